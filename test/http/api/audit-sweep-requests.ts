/** For every route that changes something, one request that succeeds, and what its event tells. */
import type { Maker } from './audit-sweep-maker.ts';
import type { Api } from './support.ts';

/** Of what begins there is only `after`, of what ends only `before`; `counts`: it is one event for many objects. */
export type Tells = 'after' | 'before' | 'both' | 'counts' | 'nothing';

export interface Sent {
  /** Below /api/v4. */
  readonly path: string;
  readonly body?: object;
  /** Whose token; default: the administrator's. */
  readonly token?: string;
  readonly tells: Tells;
}

const PASSWORD = 'correct-horse-battery';

type Prepare = (make: Maker, api: Api) => Promise<Sent>;

const users: Readonly<Record<string, Prepare>> = {
  'POST /users': async ({ name }) => ({
    path: '/users',
    body: { username: name('new'), email: 'new@example.com' },
    tells: 'after',
  }),
  'PUT /users/:id': async ({ user }) => ({
    path: `/users/${await user()}`,
    body: { admin: true, password: PASSWORD },
    tells: 'both',
  }),
  'DELETE /users/:id': async ({ user }) => ({ path: `/users/${await user()}`, tells: 'before' }),
  'POST /users/:id/block': async ({ user }) => ({
    path: `/users/${await user()}/block`,
    tells: 'both',
  }),
  'POST /users/:id/unblock': async ({ user }, api) => {
    const path = `/users/${await user()}`;
    await api.admin('post', `${path}/block`);
    return { path: `${path}/unblock`, tells: 'both' };
  },
  'POST /users/:id/personal_access_tokens': async ({ user }) => ({
    path: `/users/${await user()}/personal_access_tokens`,
    body: { name: 'laptop', scopes: ['api'] },
    tells: 'after',
  }),
  'DELETE /personal_access_tokens/self': async ({ personalToken }) => ({
    path: '/personal_access_tokens/self',
    token: (await personalToken()).token,
    tells: 'both',
  }),
  'DELETE /personal_access_tokens/:id': async ({ personalToken }) => ({
    path: `/personal_access_tokens/${(await personalToken()).id}`,
    tells: 'both',
  }),
  'POST /personal_access_tokens/self/rotate': async ({ personalToken }) => ({
    path: '/personal_access_tokens/self/rotate',
    token: (await personalToken()).token,
    tells: 'both',
  }),
  'POST /personal_access_tokens/:id/rotate': async ({ personalToken }) => ({
    path: `/personal_access_tokens/${(await personalToken()).id}/rotate`,
    tells: 'both',
  }),
};

const places: Readonly<Record<string, Prepare>> = {
  'POST /groups': async ({ name }) => ({
    path: '/groups',
    body: { name: 'new', path: name('new') },
    tells: 'after',
  }),
  'PUT /groups/:id': async ({ at }) => ({
    path: await at('group'),
    body: { visibility: 'public' },
    tells: 'both',
  }),
  'DELETE /groups/:id': async ({ at }) => ({ path: await at('group'), tells: 'before' }),
  'POST /projects': async ({ name, group }) => ({
    path: '/projects',
    body: { path: name('new'), namespace_id: await group() },
    tells: 'after',
  }),
  'PUT /projects/:id': async ({ at }) => ({
    path: await at('project'),
    body: { visibility: 'public', name: 'another' },
    tells: 'both',
  }),
  'DELETE /projects/:id': async ({ at }) => ({ path: await at('project'), tells: 'before' }),
  'POST /projects/:id/archive': async ({ at }) => ({
    path: `${await at('project')}/archive`,
    tells: 'both',
  }),
  'POST /projects/:id/unarchive': async ({ at }, api) => {
    const path = await at('project');
    await api.admin('post', `${path}/archive`);
    return { path: `${path}/unarchive`, tells: 'both' };
  },
  'PATCH /projects/:id/registry_access': async ({ at }) => ({
    path: `${await at('project')}/registry_access`,
    body: { job_token_after_job: 'read' },
    tells: 'both',
  }),
  'POST /directory/import': async ({ name }) => ({
    path: '/directory/import',
    body: { kind: 'groups', records: [{ path: name('imported') }] },
    tells: 'counts',
  }),
};

const revocations: Readonly<Record<string, Prepare>> = {
  'POST /revocations': async ({ project, name, make }) => {
    const holder = await project();
    const body = { name: name('deploy'), scopes: ['read_registry'] };
    await make(`/projects/${holder}/deploy_tokens`, body);
    return { path: '/revocations', body: { project: holder }, tells: 'both' };
  },
  'POST /revocations/secret': async ({ personalToken }) => ({
    path: '/revocations/secret',
    body: { secret: (await personalToken()).token },
    tells: 'both',
  }),
};

const inEither = (kind: 'project' | 'group'): Readonly<Record<string, Prepare>> => ({
  [`POST /${kind}s/:id/members`]: async ({ at, user }) => ({
    path: `${await at(kind)}/members`,
    body: { user_id: await user(), access_level: 30, expires_at: '2099-01-31' },
    tells: 'after',
  }),
  [`PUT /${kind}s/:id/members/:user_id`]: async ({ member }) => ({
    path: await member(kind),
    body: { access_level: 40 },
    tells: 'both',
  }),
  [`DELETE /${kind}s/:id/members/:user_id`]: async ({ member }) => ({
    path: await member(kind),
    tells: 'before',
  }),
  [`POST /${kind}s/:id/deploy_tokens`]: async ({ at }) => ({
    path: `${await at(kind)}/deploy_tokens`,
    body: { name: 'cluster', scopes: ['read_registry'] },
    tells: 'after',
  }),
  [`DELETE /${kind}s/:id/deploy_tokens/:token_id`]: async ({ deployToken }) => ({
    path: await deployToken(kind),
    tells: 'both',
  }),
  [`POST /${kind}s/:id/deploy_tokens/:token_id/rotate`]: async ({ deployToken }) => ({
    path: `${await deployToken(kind)}/rotate`,
    tells: 'both',
  }),
  [`PUT /${kind}s/:id/deploy_tokens/:token_id/rotation`]: async ({ deployToken }) => ({
    path: `${await deployToken(kind)}/rotation`,
    body: { every_days: 30 },
    tells: 'both',
  }),
  [`DELETE /${kind}s/:id/deploy_tokens/:token_id/secrets/:secret_id`]: async (make, api) => {
    const path = await make.deployToken(kind);
    const rotated = await api.admin('post', `${path}/rotate`, { grace_period: 3600 });
    return { path: `${path}/secrets/${rotated.body.secrets[0].id}`, tells: 'both' };
  },
});

const jobs: Readonly<Record<string, Prepare>> = {
  'POST /projects/:id/jobs': async ({ project, user, make }) => {
    const [holder, user_id] = [await project(), await user()];
    await make(`/projects/${holder}/members`, { user_id, access_level: 30 });
    return { path: `/projects/${holder}/jobs`, body: { user_id }, tells: 'after' };
  },
  'PUT /projects/:id/jobs/:job_id': async ({ job }) => ({
    path: (await job()).path,
    body: { status: 'success' },
    tells: 'after',
  }),
  // Comes every few seconds from every job: the stream would hold little else.
  'POST /projects/:id/jobs/:job_id/heartbeat': async ({ job }) => ({
    path: `${(await job()).path}/heartbeat`,
    tells: 'nothing',
  }),
  'DELETE /projects/:id/converted_job_tokens/:token_id': async ({ job }, api) => {
    const { holder, path } = await job();
    await api.admin('put', path, { status: 'success' });
    const tokens = `/projects/${holder}/converted_job_tokens`;
    const [{ id }] = (await api.admin('get', tokens)).body;
    return { path: `${tokens}/${id}`, tells: 'both' };
  },
  'PATCH /projects/:id/job_token_scope': async ({ at }) => ({
    path: `${await at('project')}/job_token_scope`,
    body: { enabled: false },
    tells: 'both',
  }),
  'POST /projects/:id/job_token_scope/auth_log/allow': async ({ at, project }) => ({
    path: `${await at('project')}/job_token_scope/auth_log/allow`,
    body: { source_project_id: await project() },
    tells: 'after',
  }),
};

function allowlist(kind: 'project' | 'group'): Readonly<Record<string, Prepare>> {
  const list = kind === 'project' ? 'allowlist' : 'groups_allowlist';
  const route = `/projects/:id/job_token_scope/${list}`;
  return {
    [`POST ${route}`]: async (make) => ({
      path: `${await make.at('project')}/job_token_scope/${list}`,
      body: { [`target_${kind}_id`]: await make[kind]() },
      tells: 'after',
    }),
    [`PATCH ${route}/:target_id`]: async ({ entry }) => ({
      path: await entry(kind),
      body: { job_token_policies: ['READ_CONTAINERS'] },
      tells: 'both',
    }),
    [`DELETE ${route}/:target_id`]: async ({ entry }) => ({
      path: await entry(kind),
      tells: 'before',
    }),
  };
}

function protection(kind: 'repository' | 'tag'): Readonly<Record<string, Prepare>> {
  const route = `/projects/:id/registry/protection/${kind}/rules`;
  const made = async ({ rule, make }: Maker) => {
    const { path, body } = await rule(kind);
    return `${path}/${(await make(path, body)).id}`;
  };
  return {
    [`POST ${route}`]: async ({ rule }) => ({ ...(await rule(kind)), tells: 'after' }),
    [`PATCH ${route}/:rule_id`]: async (make) => ({
      path: await made(make),
      body: { minimum_access_level_for_push: 'owner' },
      tells: 'both',
    }),
    [`DELETE ${route}/:rule_id`]: async (make) => ({ path: await made(make), tells: 'before' }),
  };
}

/** By method and path of the route. A new route needs an entry here. */
export const REQUESTS: Readonly<Record<string, Prepare>> = {
  ...users,
  ...places,
  ...revocations,
  ...inEither('project'),
  ...inEither('group'),
  ...jobs,
  ...allowlist('project'),
  ...allowlist('group'),
  ...protection('repository'),
  ...protection('tag'),
};
