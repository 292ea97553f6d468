/** Objects for the requests of the audit sweep. */
import type { Api } from './support.ts';

/** Fresh objects, one call each. */
export function createMaker(api: Api) {
  let count = 0;
  const name = (what: string): string => `${what}-${++count}`;
  const make = async (path: string, body: object) => {
    const answer = await api.admin('post', path, body);
    if (answer.status !== 201) throw new Error(`${path}: ${answer.status} ${answer.text}`);
    return answer.body;
  };
  const user = async (): Promise<number> => (await make('/users', { username: name('user') })).id;
  const group = async (): Promise<number> =>
    (await make('/groups', { name: name('group'), path: name('group') })).id;
  const project = async (): Promise<number> =>
    (await make('/projects', { path: name('project'), namespace_id: await group() })).id;
  const at = async (kind: 'project' | 'group') =>
    `/${kind}s/${kind === 'project' ? await project() : await group()}`;
  const member = async (kind: 'project' | 'group') => {
    const members = `${await at(kind)}/members`;
    const user_id = await user();
    await make(members, { user_id, access_level: 20 });
    return `${members}/${user_id}`;
  };
  const deployToken = async (kind: 'project' | 'group') => {
    const tokens = `${await at(kind)}/deploy_tokens`;
    return `${tokens}/${(await make(tokens, { name: name('deploy'), scopes: ['read_registry'] })).id}`;
  };
  const personalToken = async (): Promise<{ id: number; token: string }> =>
    make(`/users/${await user()}/personal_access_tokens`, { name: 'laptop', scopes: ['api'] });
  const job = async () => {
    const holder = await project();
    await api.admin('patch', `/projects/${holder}/registry_access`, {
      job_token_after_job: 'read',
    });
    const user_id = await user();
    await make(`/projects/${holder}/members`, { user_id, access_level: 30 });
    const { id } = await make(`/projects/${holder}/jobs`, { user_id, timeout: 3600 });
    return { holder, path: `/projects/${holder}/jobs/${id}` };
  };
  const entry = async (kind: 'project' | 'group') => {
    const list = kind === 'project' ? 'allowlist' : 'groups_allowlist';
    const path = `/projects/${await project()}/job_token_scope/${list}`;
    const id = kind === 'project' ? await project() : await group();
    await make(path, { [`target_${kind}_id`]: id });
    return `${path}/${id}`;
  };
  const rule = async (kind: 'repository' | 'tag') => {
    const holder = await make('/projects', { path: name('ruled'), namespace_id: await group() });
    const path = `/projects/${holder.id}/registry/protection/${kind}/rules`;
    const body = {
      minimum_access_level_for_push: 'maintainer',
      minimum_access_level_for_delete: 'maintainer',
      ...(kind === 'tag'
        ? { tag_name_pattern: 'v*' }
        : { repository_path_pattern: `${holder.path_with_namespace}/*` }),
    };
    return { path, body };
  };
  return {
    name,
    make,
    user,
    group,
    project,
    at,
    member,
    deployToken,
    personalToken,
    job,
    entry,
    rule,
  };
}

export type Maker = ReturnType<typeof createMaker>;
