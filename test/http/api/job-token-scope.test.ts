import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openApi, type Api, type Person } from './support.ts';

let api: Api;
let maintainer: Person;
let developer: Person;
let stranger: Person;
const ids: Record<string, number> = {};
let scope: string;
beforeAll(async () => {
  api = await openApi('jobs: { enforce_allowlist: false }');
  maintainer = await api.user('maintainer');
  developer = await api.user('developer');
  stranger = await api.user('stranger');
  for (const path of ['acme', 'secret']) {
    ids[path] = (await api.admin('post', '/groups', { name: path, path })).body.id;
  }
  for (const [path, visibility] of [
    ['lib', 'private'],
    ['app', 'private'],
    ['open', 'public'],
    ['inner', 'internal'],
  ]) {
    const body = { path, visibility, namespace_id: 'acme' };
    ids[path as string] = (await api.admin('post', '/projects', body)).body.id;
  }
  const hidden = { path: 'hidden', namespace_id: 'secret' };
  ids['hidden'] = (await api.admin('post', '/projects', hidden)).body.id;
  for (const [path, user_id, access_level] of [
    ['lib', maintainer.id, 40],
    ['lib', developer.id, 30],
    ['app', maintainer.id, 10],
  ] as const) {
    const body = { user_id, access_level };
    await api.admin('post', `/projects/${ids[path]}/members`, body);
  }
  scope = `/projects/${ids['lib']}/job_token_scope`;
});
afterAll(() => api.close());

describe('the switch', () => {
  test('is on, goes off and on again', async () => {
    const state = async () => (await api.call('get', scope, maintainer.token)).body;
    expect(await state()).toEqual({ inbound_enabled: true, outbound_enabled: false });
    const off = await api.call('patch', scope, maintainer.token, { enabled: false });
    expect([off.status, off.text]).toEqual([204, '']);
    expect((await state()).inbound_enabled).toBe(false);
    await api.call('patch', scope, maintainer.token, { enabled: 'true' });
    expect((await state()).inbound_enabled).toBe(true);
  });

  test('is a Maintainer’s', async () => {
    expect((await api.call('get', scope, developer.token)).status).toBe(403);
    expect((await api.call('patch', scope, developer.token, { enabled: false })).status).toBe(403);
    expect((await api.call('patch', scope, stranger.token, { enabled: false })).status).toBe(404);
  });

  test('stays on where the server enforces it', async () => {
    const strict = await openApi();
    const { body } = await strict.admin('post', '/projects', { path: 'x' });
    const path = `/projects/${body.id}/job_token_scope`;
    const refused = await strict.admin('patch', path, { enabled: false });
    expect([refused.status, refused.body.error]).toEqual([
      400,
      expect.stringMatching(/^enabled is invalid: this server/),
    ]);
    await strict.close();
  });
});

describe('JOB-19 JOB-20: the two lists', () => {
  test('a project is added, limited and removed', async () => {
    const list = `${scope}/allowlist`;
    const body = { target_project_id: ids['app'] };
    const added = await api.call('post', list, maintainer.token, body);
    expect([added.status, added.body]).toEqual([
      201,
      { source_project_id: ids['lib'], target_project_id: ids['app'] },
    ]);
    const shown = await api.call('get', list, maintainer.token);
    expect(shown.body).toMatchObject([
      { id: ids['app'], path_with_namespace: 'acme/app', default_permissions: true },
    ]);
    expect(shown.headers['x-total']).toBe('1');
    expect((await api.call('post', list, maintainer.token, body)).body.error).toMatch(
      /on the list already/,
    );
    const one = `${list}/${ids['app']}`;
    const limited = await api.call('patch', one, maintainer.token, {
      default_permissions: false,
      job_token_policies: ['READ_CONTAINERS', 'ADMIN_JOBS'],
    });
    expect(limited.body).toMatchObject({
      default_permissions: false,
      job_token_policies: ['READ_CONTAINERS', 'ADMIN_JOBS'],
    });
    const [entry] = await api.world.store.directory.allowlist(ids['lib'] ?? 0);
    expect(entry?.policies).toEqual(['READ_CONTAINERS', 'ADMIN_JOBS']);
    expect((await api.call('patch', one, maintainer.token, {})).status).toBe(400);
    expect((await api.call('delete', one, maintainer.token)).status).toBe(204);
    expect((await api.call('delete', one, maintainer.token)).status).toBe(404);
    expect(
      (await api.call('patch', one, maintainer.token, { default_permissions: true })).status,
    ).toBe(404);
  });

  test('a group likewise, in its own list', async () => {
    const list = `${scope}/groups_allowlist`;
    const body = { target_group_id: ids['acme'], job_token_policies: ['READ_CONTAINERS'] };
    const added = await api.admin('post', list, body);
    expect(added.body).toEqual({ source_project_id: ids['lib'], target_group_id: ids['acme'] });
    expect((await api.call('get', list, maintainer.token)).body).toMatchObject([
      { id: ids['acme'], full_path: 'acme', job_token_policies: ['READ_CONTAINERS'] },
    ]);
    expect((await api.call('get', `${scope}/allowlist`, maintainer.token)).body).toEqual([]);
    expect((await api.call('delete', `${list}/${ids['acme']}`, maintainer.token)).status).toBe(204);
  });

  test('T43: what a Maintainer cannot see cannot be added, nor what they are no member of', async () => {
    const add = async (list: string, body: object) => {
      const answer = await api.call('post', `${scope}/${list}`, maintainer.token, body);
      return answer.status;
    };
    expect(await add('allowlist', { target_project_id: ids['hidden'] })).toBe(404);
    expect(await add('groups_allowlist', { target_group_id: ids['secret'] })).toBe(404);
    expect(await add('allowlist', { target_project_id: ids['inner'] })).toBe(403);
    expect(await add('allowlist', { target_project_id: ids['open'] })).toBe(201);
  });

  test('LOW-03: lists are a Maintainer’s', async () => {
    const list = `${scope}/allowlist`;
    const body = { target_project_id: ids['open'] };
    expect((await api.call('get', list, developer.token)).status).toBe(403);
    expect((await api.call('post', list, developer.token, body)).status).toBe(403);
    expect((await api.call('delete', `${list}/${ids['open']}`, developer.token)).status).toBe(403);
    expect((await api.call('get', list, stranger.token)).status).toBe(404);
  });

  test.each([
    [{ job_token_policies: ['READ_EVERYTHING'] }, /^job_token_policies.0 is invalid/],
    [
      { default_permissions: true, job_token_policies: ['READ_JOBS'] },
      /^job_token_policies is invalid: policies limit/,
    ],
    [{ target_group_id: 1 }, /^target_group_id is unknown here/],
  ])('LOW-04: %j is refused', async (more, error) => {
    const body = { target_project_id: ids['app'], ...more };
    const answer = await api.call('post', `${scope}/allowlist`, maintainer.token, body);
    expect(answer.status).toBe(400);
    expect(answer.body.error).toMatch(error);
  });

  test('both lists together hold 200 entries', async () => {
    const { store, clock } = api.world;
    const bulk = Array.from({ length: 200 }, (_, i) => `bulk${i}`);
    await api.world.apply(
      ...bulk.map((name) => ({
        kind: 'group.create' as const,
        fullPath: name,
        fields: { name, visibility: 'public' as const },
        managedBy: 'api' as const,
      })),
    );
    const held = await store.directory.allowlist(ids['lib'] ?? 0);
    const sources = bulk.slice(held.length).map((ref) => ({ kind: 'group' as const, ref }));
    await store.directory.apply(
      sources.map((source) => ({
        kind: 'allowlist.set' as const,
        target: ids['lib'] ?? 0,
        source,
        policies: null,
        managedBy: 'api' as const,
      })),
      clock.now(),
    );
    const body = { target_project_id: ids['app'] };
    const full = await api.call('post', `${scope}/allowlist`, maintainer.token, body);
    expect(full.body.error).toBe('the two lists hold 200 entries at most');
    const page = await api.call(
      'get',
      `${scope}/groups_allowlist?per_page=7&page=2`,
      maintainer.token,
    );
    expect(page.body).toHaveLength(7);
  });
});
