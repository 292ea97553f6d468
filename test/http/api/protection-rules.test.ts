import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openApi, type Api, type Person } from './support.ts';

let api: Api;
let maintainer: Person;
let developer: Person;
let stranger: Person;
let protection: string;
let projectId: number;
beforeAll(async () => {
  api = await openApi();
  maintainer = await api.user('maintainer');
  developer = await api.user('developer');
  stranger = await api.user('stranger');
  await api.admin('post', '/groups', { name: 'acme', path: 'acme' });
  const { body } = await api.admin('post', '/projects', { path: 'app', namespace_id: 'acme' });
  projectId = body.id;
  for (const [user_id, access_level] of [
    [maintainer.id, 40],
    [developer.id, 30],
  ]) {
    await api.admin('post', `/projects/${projectId}/members`, { user_id, access_level });
  }
  protection = `/projects/${projectId}/registry/protection`;
});
afterAll(() => api.close());

const as = (person: Person, method: string, path: string, body?: object) =>
  api.call(method, `${protection}/${path}`, person.token, body);

test.each([
  ['repository', 'repository_path_pattern', 'acme/app/prod*', 'acme/app'],
  ['tag', 'tag_name_pattern', 'v*', 'release-*'],
])('a %s rule is made, listed, changed and deleted', async (kind, field, pattern, other) => {
  const rules = `${kind}/rules`;
  const made = await as(maintainer, 'post', rules, {
    [field]: pattern,
    minimum_access_level_for_push: 'maintainer',
  });
  const rule = {
    id: expect.any(Number),
    project_id: projectId,
    [field]: pattern,
    minimum_access_level_for_push: 'maintainer',
    minimum_access_level_for_delete: null,
  };
  expect([made.status, made.body]).toEqual([201, rule]);
  expect((await as(maintainer, 'get', rules)).body).toEqual([made.body]);
  const [kept] = await api.world.store.directory.protectionRules(projectId);
  expect(kept).toMatchObject({ kind, pattern, minimumAccessLevelForPush: 40 });
  const one = `${rules}/${made.body.id}`;
  const changed = await as(maintainer, 'patch', one, {
    [field]: other,
    minimum_access_level_for_push: '',
    minimum_access_level_for_delete: 'owner',
  });
  expect(changed.body).toMatchObject({
    [field]: other,
    minimum_access_level_for_push: null,
    minimum_access_level_for_delete: 'owner',
  });
  expect((await as(maintainer, 'get', rules)).body).toHaveLength(1);
  const bare = await as(maintainer, 'patch', `${rules}/${changed.body.id}`, {
    minimum_access_level_for_delete: null,
  });
  expect(bare.body.error).toMatch(/a rule needs one of them/);
  expect((await as(maintainer, 'delete', `${rules}/${changed.body.id}`)).status).toBe(204);
  expect((await as(maintainer, 'delete', `${rules}/${changed.body.id}`)).status).toBe(404);
});

test('rules are a Maintainer’s', async () => {
  for (const rules of ['repository/rules', 'tag/rules']) {
    expect((await as(developer, 'get', rules)).status).toBe(403);
    expect((await as(stranger, 'get', rules)).status).toBe(404);
  }
  const body = { tag_name_pattern: 'v*', minimum_access_level_for_push: 'owner' };
  expect((await as(developer, 'post', 'tag/rules', body)).status).toBe(403);
  const { body: made } = await as(maintainer, 'post', 'tag/rules', body);
  expect((await as(developer, 'delete', `tag/rules/${made.id}`)).status).toBe(403);
  expect((await as(maintainer, 'delete', `repository/rules/${made.id}`)).status).toBe(404);
  expect((await as(maintainer, 'post', 'tag/rules', body)).status).toBe(409);
});

test('five tag rules and no more', async () => {
  const rule = (n: number) => ({
    tag_name_pattern: `t${n}`,
    minimum_access_level_for_push: 'owner',
  });
  const held = (await as(maintainer, 'get', 'tag/rules')).body.length as number;
  for (let n = held; n < 5; n++) {
    expect((await as(maintainer, 'post', 'tag/rules', rule(n))).status).toBe(201);
  }
  expect((await as(maintainer, 'post', 'tag/rules', rule(6))).status).toBe(400);
});

test.each([
  [{ repository_path_pattern: 'other/*' }, /must start with the project's path, acme\/app/],
  [{ repository_path_pattern: 'acme/application' }, /must start with the project's path/],
  [
    { repository_path_pattern: 'acme/app/.+' },
    /^repository_path_pattern is invalid: must be a name/,
  ],
  [
    { repository_path_pattern: 'acme/app', minimum_access_level_for_push: 'admin' },
    /^minimum_access_level_for_push is invalid/,
  ],
  [
    { repository_path_pattern: 'acme/app', minimum_access_level_for_push: undefined },
    /a rule needs one of them/,
  ],
  [{ minimum_access_level_for_push: 'owner' }, /^repository_path_pattern is missing/],
])('%j is refused', async (more, error) => {
  const body = { minimum_access_level_for_push: 'owner', ...more };
  const answer = await as(maintainer, 'post', 'repository/rules', body);
  expect(answer.status).toBe(400);
  expect(answer.body.error).toMatch(error);
});
