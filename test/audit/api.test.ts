/** The stream over HTTP: what changes leave in it, who may read it, and page by page. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ADMIN_TOKEN, openApi, type Api, type Person } from '../http/api/support.ts';

let api: Api;
let jane: Person;
let project: number;
let group: number;
beforeAll(async () => {
  api = await openApi();
  jane = await api.user('jane', { scopes: ['api', 'create_job'] });
  group = (await api.admin('post', '/groups', { name: 'acme', path: 'acme' })).body.id;
  const made = await api.admin('post', '/projects', { path: 'app', namespace_id: 'acme' });
  project = made.body.id;
  const member = { user_id: jane.id, access_level: 40 };
  await api.admin('post', `/projects/${project}/members`, member);
});
afterAll(() => api.close());

interface Event {
  readonly type: string;
  readonly target?: object;
  readonly [field: string]: unknown;
}

const events = async (query: string): Promise<Event[]> =>
  (await api.admin('get', `/audit_events?${query}`)).body;
const newest = async (query = ''): Promise<Event | undefined> =>
  (await events(`per_page=1&${query}`))[0];

test('an event has author, target, address and the id of the request', async () => {
  const { headers } = await api.call('patch', `/projects/${project}/job_token_scope`, jane.token, {
    enabled: true,
  });
  expect(headers['x-request-id']).toMatch(/^[0-9a-f]{8}-/);
  expect(await newest()).toEqual({
    id: expect.any(String),
    time: new Date(api.world.clock.now()).toISOString(),
    instance: null,
    type: 'allowlist.changed',
    author: { kind: 'user', id: jane.id, name: 'jane', token_id: expect.any(Number) },
    target: { kind: 'project', id: project, path: 'acme/app' },
    ip: '127.0.0.1',
    request_id: headers['x-request-id'],
    // It was on before.
    details: { change: 'switched', enabled: true, before: {}, after: {} },
  });
  const byRequest = await events(`request_id=${headers['x-request-id']}`);
  expect(byRequest).toMatchObject([{ type: 'allowlist.changed' }]);
  expect(api.world.logged.lines('api change').at(-1)).toMatchObject({
    request_id: headers['x-request-id'],
  });
});

test('an import names those whom it makes administrators', async () => {
  const records = [{ username: 'lou', admin: true }, { username: 'max' }];
  const { status } = await api.admin('post', '/directory/import', { kind: 'users', records });
  expect(status).toBe(200);
  expect(await newest()).toMatchObject({
    type: 'directory.imported',
    target: { kind: 'directory' },
    details: { objects: 'users', created: 2, updated: 0, unchanged: 0, admins: ['lou'] },
  });
});

describe('every change is an event', () => {
  async function leaves(request: () => Promise<unknown>, expected: object): Promise<void> {
    await request();
    expect(await newest()).toMatchObject(expected);
  }

  test('of users', async () => {
    const { body } = await api.admin('post', '/users', { username: 'mia' });
    const target = { kind: 'user', id: body.id, path: 'mia' };
    const is = (type: string, details = {}) => ({ type, target, details });
    expect(await newest()).toMatchObject(is('user.created', { admin: false }));
    const at = `/users/${body.id}`;
    const password = 'a-long-password-1';
    await leaves(
      () => api.admin('put', at, { password }),
      is('user.updated', { fields: ['password'] }),
    );
    await leaves(() => api.admin('post', `${at}/block`), is('user.blocked'));
    await leaves(() => api.admin('post', `${at}/unblock`), is('user.unblocked'));
    await leaves(() => api.admin('delete', at), is('user.deleted'));
    expect((await events('')).some((event) => JSON.stringify(event).includes(password))).toBe(
      false,
    );
  });

  test('of groups, projects and members', async () => {
    const made = await api.admin('post', '/groups', { name: 'tmp', path: 'tmp' });
    const at = { kind: 'group', id: made.body.id, path: 'tmp' };
    expect(await newest()).toMatchObject({ type: 'group.created', target: at });
    await leaves(() => api.admin('put', '/groups/tmp', { visibility: 'public' }), {
      type: 'group.updated',
      details: { visibility: 'public' },
    });
    await leaves(
      () => api.admin('post', '/groups/tmp/members', { user_id: jane.id, access_level: 20 }),
      { type: 'member.created', target: at, details: { user_id: jane.id, access_level: 20 } },
    );
    const member = `/groups/tmp/members/${jane.id}`;
    await leaves(() => api.admin('put', member, { access_level: 30 }), { type: 'member.updated' });
    await leaves(() => api.admin('delete', member), { type: 'member.deleted' });
    const { body } = await api.admin('post', '/projects', {
      path: 'x',
      namespace_id: 'tmp',
      visibility: 'public',
    });
    const target = { kind: 'project', id: body.id, path: 'tmp/x' };
    expect(await newest('type=project.created')).toMatchObject({ target });
    await leaves(() => api.admin('post', `/projects/${body.id}/archive`), {
      type: 'project.updated',
      target,
      details: { archived: true },
    });
    await leaves(() => api.admin('delete', `/projects/${body.id}`), {
      type: 'project.deleted',
      target,
    });
    await leaves(() => api.admin('delete', '/groups/tmp'), { type: 'group.deleted', target: at });
  });

  test('of allowlists and protection rules', async () => {
    const target = { kind: 'project', id: project, path: 'acme/app' };
    const list = `/projects/${project}/job_token_scope/groups_allowlist`;
    const source = { source: 'group', source_id: group, source_path: 'acme' };
    const is = (change: string) => ({
      type: 'allowlist.changed',
      target,
      details: { change, ...source },
    });
    await leaves(() => api.admin('post', list, { target_group_id: group }), is('added'));
    const limit = { job_token_policies: ['READ_CONTAINERS'] };
    await leaves(() => api.admin('patch', `${list}/${group}`, limit), is('updated'));
    await leaves(() => api.admin('delete', `${list}/${group}`), is('removed'));
    const rules = `/projects/${project}/registry/protection/tag/rules`;
    const rule = {
      tag_name_pattern: 'v*',
      minimum_access_level_for_push: 'maintainer',
      minimum_access_level_for_delete: 'maintainer',
    };
    const { body } = await api.admin('post', rules, rule);
    const changed = (change: string) => ({
      type: 'protection_rule.changed',
      target,
      details: { change, rule: 'tag', pattern: 'v*' },
    });
    expect(await newest()).toMatchObject(changed('created'));
    const owner = { minimum_access_level_for_push: 'owner' };
    await leaves(() => api.admin('patch', `${rules}/${body.id}`, owner), changed('updated'));
    await leaves(() => api.admin('delete', `${rules}/${body.id}`), changed('deleted'));
  });

  test('JOB-16: of jobs, found by job, project and user', async () => {
    const { body } = await api.call('post', `/projects/${project}/jobs`, jane.token, {
      user_id: jane.id,
      runner: { id: 5, executor: 'docker' },
    });
    const started = {
      type: 'job.started',
      target: { kind: 'job', id: body.id },
      details: { project_id: project, user_id: jane.id, runner_id: 5 },
    };
    expect(await newest('type=job.started')).toMatchObject(started);
    const at = `/projects/${project}/jobs/${body.id}`;
    const end = { status: 'success' };
    await api.call('put', at, jane.token, end);
    await api.call('put', at, jane.token, end);
    const ofJob = await events(`job_id=${body.id}&project_id=${project}&user_id=${jane.id}`);
    expect(ofJob.map(({ type }) => type)).toEqual(['job.finished', 'job.started']);
  });

  test('of tokens, and never with their secret', async () => {
    const tokens = `/projects/${project}/deploy_tokens`;
    const { body } = await api.admin('post', tokens, { name: 'd', scopes: ['read_registry'] });
    const target = { kind: 'deploy_token', id: body.id, path: 'd' };
    expect(await newest()).toMatchObject({ type: 'deploy_token.created', target });
    await leaves(() => api.admin('delete', `${tokens}/${body.id}`), {
      type: 'deploy_token.revoked',
      target,
    });
    const text = JSON.stringify(await events('per_page=100'));
    for (const secret of api.secrets) expect(text).not.toContain(secret);
    expect(text).not.toMatch(/scrypt|"hash"/);
  });

  test('and what is refused, or fails, is none', async () => {
    const before = await newest();
    await api.call('post', '/users', jane.token, { username: 'no' });
    await api.admin('post', '/users', { username: 'jane' });
    await api.admin('delete', '/users/99999');
    expect(await newest()).toEqual(before);
  });
});

describe('reading', () => {
  test('is for administrators', async () => {
    expect((await api.call('get', '/audit_events', jane.token)).status).toBe(403);
    expect((await api.call('get', '/audit_events', null)).status).toBe(401);
  });

  test('goes by page, or by the link to what is older, and each event comes once', async () => {
    const all = await events('per_page=100');
    const [byPage, byLink]: [Event[], Event[]] = [[], []];
    for (let page = '1'; page !== '';) {
      const { body, headers } = await api.admin('get', `/audit_events?per_page=7&page=${page}`);
      byPage.push(...body);
      expect(headers).not.toHaveProperty('x-total');
      expect(headers['x-search-complete']).toBe('true');
      page = headers['x-next-page'] ?? '';
    }
    for (let path: string | undefined = '/audit_events?per_page=7'; path !== undefined;) {
      const { body, headers } = await api.admin('get', path);
      byLink.push(...body);
      path = /<[^>]*\/api\/v4([^>]*)>; rel="next"/.exec(headers['link'] ?? '')?.[1];
      // What comes meanwhile does not move the rest.
      await api.admin('put', `/projects/${project}`, { name: `app ${byLink.length}` });
    }
    expect(byPage).toEqual(all);
    expect(byLink).toEqual(all);
  });

  test('by the field that was changed, before or after', async () => {
    const type = 'type=user.updated&changed=';
    const { body } = await api.admin('post', '/users', { username: 'boss' });
    await api.admin('put', `/users/${body.id}`, { admin: true });
    await api.admin('put', `/users/${body.id}`, { name: 'admin' });
    const [found, ...more] = await events(`${type}admin`);
    expect(found).toMatchObject({
      target: { path: 'boss' },
      details: { fields: ['admin'], before: { admin: false }, after: { admin: true } },
    });
    expect(more).toEqual([]);
    expect(await events(`${type}fields`)).toEqual([]);
    await api.admin('delete', `/users/${body.id}`);
    expect(await events('type=user.deleted&changed=admin')).not.toEqual([]);
  });

  test('by author, and by what came of it', async () => {
    const own = await events(`author_id=${jane.id}&per_page=100`);
    expect(own.length).toBeGreaterThan(2);
    expect(await events('author=jane&per_page=100')).toEqual(own);
    expect(await events('outcome=refused')).toEqual([]);
    expect(await events('author=system')).toEqual([]);
  });

  test.each([
    ['type=nonsense', 'type'],
    ['cursor=../../etc/passwd.1', 'cursor'],
    ['created_after=yesterday', 'created_after'],
    ['project_id=0', 'project_id'],
  ])('?%s is refused', async (query, name) => {
    const { status, body } = await api.admin('get', `/audit_events?${query}`);
    expect([status, body.error]).toEqual([400, expect.stringContaining(`${name} is invalid`)]);
  });

  test('where no files are kept, that is said', async () => {
    const other = await openApi('audit: {file: false}\n');
    const { status, body } = await other.call('get', '/audit_events', ADMIN_TOKEN);
    expect([status, body.message]).toEqual([404, expect.stringContaining('audit.file is off')]);
    await other.close();
  });
});
