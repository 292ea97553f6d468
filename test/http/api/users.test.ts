import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openApi, type Api } from './support.ts';

let api: Api;
beforeAll(async () => {
  api = await openApi();
});
afterAll(() => api.close());

test('GET /user says who calls', async () => {
  const { status, body } = await api.admin('get', '/user');
  expect(status).toBe(200);
  expect(body).toMatchObject({ username: 'root', is_admin: true, state: 'active' });
});

test('an administrator creates, shows, changes and deletes a user', async () => {
  const made = await api.admin('post', '/users', {
    username: 'ann',
    name: 'Ann',
    email: 'ann@example.com',
    password: 'correct horse battery',
    skip_confirmation: true,
  });
  expect(made.status).toBe(201);
  expect(made.body).toMatchObject({ username: 'ann', name: 'Ann', email: 'ann@example.com' });
  expect(made.text).not.toMatch(/correct horse|scrypt/);
  const path = `/users/${made.body.id}`;
  const put = await api.admin('put', path, { name: 'Ann B.', external: true });
  expect(put.body).toMatchObject({ name: 'Ann B.', external: true, email: 'ann@example.com' });
  expect((await api.world.store.directory.user(made.body.id))?.passwordHash).toMatch(/^\$scrypt\$/);
  expect((await api.admin('get', path)).body).toMatchObject({ id: made.body.id, is_admin: false });
  expect((await api.admin('delete', path)).status).toBe(204);
  expect((await api.admin('get', path)).body).toEqual({ message: '404 User Not Found' });
  expect(api.world.logged.text()).not.toMatch(/correct horse|scrypt/);
});

test('a blocked user is out at once, and back after unblock', async () => {
  const bob = await api.user('bob');
  expect((await api.call('get', '/user', bob.token)).status).toBe(200);
  expect((await api.admin('post', `/users/${bob.id}/block`)).body).toBe(true);
  expect((await api.call('get', '/user', bob.token)).status).toBe(401);
  expect((await api.admin('post', `/users/${bob.id}/unblock`)).status).toBe(201);
  expect((await api.call('get', '/user', bob.token)).status).toBe(200);
});

test('the list is paged with GitLab headers', async () => {
  for (const name of ['page1', 'page2', 'page3']) {
    await api.admin('post', '/users', { username: name });
  }
  const { body, headers } = await api.admin('get', '/users?search=page&per_page=2&page=1');
  expect(body).toHaveLength(2);
  expect(headers).toMatchObject({
    'x-total': '3',
    'x-total-pages': '2',
    'x-page': '1',
    'x-per-page': '2',
    'x-next-page': '2',
    'x-prev-page': '',
  });
  expect(headers['link']).toContain('search=page&per_page=2&page=2');
  expect(headers['link']).toMatch(/<http:\/\/127.0.0.1:\d+\/api\/v4\/users\?[^>]*>; rel="next"/);
  const found = await api.admin('get', '/users?username=page2');
  expect(found.body).toMatchObject([{ username: 'page2' }]);
  expect((await api.admin('get', '/users?per_page=100000')).headers['x-per-page']).toBe('100');
});

test('others see only what is everybody’s, and change nothing', async () => {
  const eve = await api.user('eve');
  const root = await api.world.store.directory.userByUsername('root');
  const seen = await api.call('get', `/users/${root?.id}`, eve.token);
  expect(seen.body).toEqual({
    id: root?.id,
    username: 'root',
    name: 'Administrator',
    state: 'active',
  });
  const attempts = [
    ['post', '/users', { username: 'mallory', admin: true }],
    ['put', `/users/${eve.id}`, { admin: true }],
    ['delete', `/users/${root?.id}`],
    ['post', `/users/${root?.id}/block`],
    ['post', `/users/${eve.id}/unblock`],
  ] as const;
  for (const [method, path, body] of attempts) {
    const answer = await api.call(method, path, eve.token, body);
    expect([path, answer.status, answer.body]).toEqual([path, 403, { message: '403 Forbidden' }]);
  }
  expect((await api.world.store.directory.user(eve.id))?.admin).toBe(false);
});

test('administrators cannot shut themselves out', async () => {
  const root = await api.world.store.directory.userByUsername('root');
  expect((await api.admin('post', `/users/${root?.id}/block`)).status).toBe(403);
  expect((await api.admin('delete', `/users/${root?.id}`)).status).toBe(403);
  expect((await api.admin('put', `/users/${root?.id}`, { admin: false })).status).toBe(403);
});

test('T43: a field that is not the caller’s to set is refused by its name', async () => {
  const { status, body } = await api.admin('post', '/users', {
    username: 'x',
    id: 1,
    state: 'active',
  });
  expect([status, body]).toEqual([400, { error: 'id is unknown here, state is unknown here' }]);
  const missing = await api.admin('post', '/users', {});
  expect(missing.body).toEqual({ error: 'username is missing' });
  const short = await api.admin('post', '/users', { username: 'y', password: 'abc' });
  expect(short.body).toEqual({ error: 'password is invalid: must have at least 8 characters' });
});

test.each([
  ['gitlab-ci-token', 400],
  ['gitlab+deploy-token-1', 400],
  ['root', 409],
  ['ROOT', 409],
  ['a b', 400],
  ['__proto__', 400],
])('T7: the username %s is refused with %i', async (username, status) => {
  expect((await api.admin('post', '/users', { username })).status).toBe(status);
});
