import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openApi, type Api, type Person } from './support.ts';

let api: Api;
let owner: Person;
let maintainer: Person;
let developer: Person;
let stranger: Person;
let project: string;
beforeAll(async () => {
  api = await openApi('deploy_tokens: {automatic: off}');
  owner = await api.user('owner');
  maintainer = await api.user('maintainer');
  developer = await api.user('developer');
  stranger = await api.user('stranger');
  await api.call('post', '/groups', owner.token, { name: 'acme', path: 'acme' });
  for (const [user_id, access_level] of [
    [maintainer.id, 40],
    [developer.id, 30],
  ]) {
    await api.call('post', '/groups/acme/members', owner.token, { user_id, access_level });
  }
  const body = { path: 'app', namespace_id: 'acme' };
  project = `/projects/${(await api.call('post', '/projects', owner.token, body)).body.id}`;
});
afterAll(() => api.close());

const token = (more: object = {}) => ({ name: 'cluster', scopes: ['read_registry'], ...more });

test('a deploy token is shown once, listed without its secret, and revoked', async () => {
  const path = `${project}/deploy_tokens`;
  const made = await api.call('post', path, maintainer.token, token());
  expect(made.status).toBe(201);
  expect(made.body).toEqual({
    id: expect.any(Number),
    name: 'cluster',
    username: `gitlab+deploy-token-${made.body.id}`,
    expires_at: null,
    scopes: ['read_registry'],
    revoked: false,
    expired: false,
    created_at: expect.any(String),
    origin: 'manual',
    rotate_every_days: null,
    rotation_due_at: null,
    secrets: [
      {
        id: expect.any(Number),
        created_at: made.body.created_at,
        last_used_at: null,
        expires_at: null,
      },
    ],
    token: expect.stringMatching(/^gldt-[0-9A-Za-z]{33}$/),
  });
  const { token: secret, ...rest } = made.body;
  const one = `${path}/${made.body.id}`;
  expect((await api.call('get', one, maintainer.token)).body).toEqual(rest);
  const list = await api.call('get', path, maintainer.token);
  expect(list.body).toEqual([rest]);
  expect(list.text).not.toContain(secret);
  const login = { kind: 'project', id: Number(project.slice(10)) } as const;
  expect(await api.world.store.deployTokens.find(login, made.body.id)).not.toBeNull();
  expect((await api.call('delete', one, maintainer.token)).status).toBe(204);
  expect((await api.call('get', one, maintainer.token)).body).toMatchObject({ revoked: true });
  expect((await api.call('get', `${path}?active=true`, maintainer.token)).body).toEqual([]);
  expect((await api.call('get', `${path}?active=false`, maintainer.token)).body).toHaveLength(1);
  expect((await api.call('delete', `${path}/999999`, maintainer.token)).status).toBe(404);
});

test('a token with its own username and end', async () => {
  const end = new Date(api.world.clock.now() + 60_000).toISOString();
  const made = await api.call(
    'post',
    `${project}/deploy_tokens`,
    maintainer.token,
    token({
      username: 'pull.er+1_x-y',
      scopes: ['write_registry', 'read_registry'],
      expires_at: end,
    }),
  );
  expect(made.body).toMatchObject({ username: 'pull.er+1_x-y', expires_at: end, expired: false });
  api.world.clock.advance(60_000);
  const one = await api.call('get', `${project}/deploy_tokens/${made.body.id}`, maintainer.token);
  expect(one.body.expired).toBe(true);
});

test('who may: Maintainers of a project; of a group Maintainers read and Owners write', async () => {
  const statuses = async (path: string, person: Person) => {
    const made = await api.call('post', path, person.token, token());
    return [(await api.call('get', path, person.token)).status, made.status];
  };
  const [ofProject, ofGroup] = [`${project}/deploy_tokens`, '/groups/acme/deploy_tokens'];
  expect(await statuses(ofProject, maintainer)).toEqual([200, 201]);
  expect(await statuses(ofProject, developer)).toEqual([403, 403]);
  expect(await statuses(ofProject, stranger)).toEqual([404, 404]);
  expect(await statuses(ofGroup, owner)).toEqual([200, 201]);
  expect(await statuses(ofGroup, maintainer)).toEqual([200, 403]);
  expect(await statuses(ofGroup, stranger)).toEqual([404, 404]);
});

test('T43: a token of one holder is not reached through another', async () => {
  const made = await api.call('post', '/groups/acme/deploy_tokens', owner.token, token());
  const through = `${project}/deploy_tokens/${made.body.id}`;
  expect((await api.call('get', through, owner.token)).status).toBe(404);
  expect((await api.call('delete', through, owner.token)).status).toBe(404);
  const own = `/groups/acme/deploy_tokens/${made.body.id}`;
  expect((await api.call('get', own, owner.token)).body.revoked).toBe(false);
});

test.each([
  [{ scopes: [] }, /^scopes is invalid: must name at least one of read_registry/],
  [{ scopes: undefined }, /^scopes is missing/],
  [
    { scopes: ['read_package_registry'] },
    /^scopes.0 is invalid: read_package_registry has no meaning here/,
  ],
  [{ scopes: ['api'] }, /^scopes.0 is invalid: the scopes are read_registry/],
  [{ username: 'a b' }, /^username is invalid/],
  [{ username: 'gitlab-ci-token' }, /^username is invalid: this name is reserved/],
  [{ username: 'GitLab+deploy-token-1' }, /^username is invalid: this name is reserved/],
  [{ expires_at: '2020-01-01' }, /^expires_at is invalid: it must be in the future/],
  [{ token: 'gldt-mine' }, /^token is unknown here/],
  [{ name: '' }, /^name is invalid: must not be empty/],
])('%j is refused', async (more, error) => {
  const answer = await api.call('post', `${project}/deploy_tokens`, owner.token, token(more));
  expect(answer.status).toBe(400);
  expect(answer.body.error).toMatch(error);
});

test('a form does as well as JSON', async () => {
  const answer = await api
    .raw('post', `/api/v4${project}/deploy_tokens`)
    .set('PRIVATE-TOKEN', owner.token)
    .type('form')
    .send('name=by+form&scopes[]=read_registry&scopes[]=write_registry&username=');
  expect(answer.status).toBe(400);
  const good = await api
    .raw('post', `/api/v4${project}/deploy_tokens`)
    .set('PRIVATE-TOKEN', owner.token)
    .type('form')
    .send('name=by+form&scopes[]=read_registry&scopes[]=write_registry');
  expect(good.status).toBe(201);
  expect(good.body).toMatchObject({ name: 'by form', scopes: ['read_registry', 'write_registry'] });
});
