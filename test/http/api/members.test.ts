import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openApi, type Api, type Person } from './support.ts';

let api: Api;
let owner: Person;
let maintainer: Person;
let guest: Person;
let stranger: Person;
let members: string;
beforeAll(async () => {
  api = await openApi();
  owner = await api.user('owner');
  maintainer = await api.user('maintainer');
  guest = await api.user('guest');
  stranger = await api.user('stranger');
  await api.call('post', '/groups', owner.token, { name: 'acme', path: 'acme' });
  const { body } = await api.call('post', '/projects', owner.token, {
    path: 'app',
    namespace_id: 'acme',
  });
  members = `/projects/${body.id}/members`;
  const first = { user_id: maintainer.id, access_level: 40 };
  await api.call('post', members, owner.token, first);
});
afterAll(() => api.close());

test('a member is added, listed, changed and removed', async () => {
  const added = await api.call('post', members, maintainer.token, {
    username: 'guest',
    access_level: '10',
    expires_at: '2099-06-30',
  });
  expect(added.status).toBe(201);
  expect(added.body).toMatchObject({
    id: guest.id,
    username: 'guest',
    access_level: 10,
    expires_at: '2099-06-30',
  });
  const one = `${members}/${guest.id}`;
  expect((await api.call('get', one, guest.token)).body).toEqual(added.body);
  const raised = await api.call('put', one, maintainer.token, { access_level: 30 });
  expect(raised.body).toMatchObject({ access_level: 30, expires_at: '2099-06-30' });
  const forever = await api.call('put', one, maintainer.token, {
    access_level: 10,
    expires_at: null,
  });
  expect(forever.body).toMatchObject({ access_level: 10, expires_at: null });
  const again = { user_id: guest.id, access_level: 20 };
  expect((await api.call('post', members, maintainer.token, again)).status).toBe(409);
  expect((await api.call('delete', one, maintainer.token)).status).toBe(204);
  expect((await api.call('delete', one, maintainer.token)).status).toBe(404);
  expect((await api.call('put', one, maintainer.token, { access_level: 10 })).status).toBe(404);
  expect((await api.call('get', one, owner.token)).body).toEqual({ message: '404 Not found' });
});

test('direct members, and all of them with those of the groups above', async () => {
  const ids = (body: readonly { id: number }[]) => body.map(({ id }) => id).sort();
  const direct = await api.call('get', members, owner.token);
  expect(ids(direct.body)).toEqual([maintainer.id]);
  const all = await api.call('get', `${members}/all`, owner.token);
  expect(ids(all.body)).toEqual([owner.id, maintainer.id].sort());
  expect(all.headers['x-total']).toBe('2');
  const inherited = await api.call('get', `${members}/all/${owner.id}`, owner.token);
  expect(inherited.body).toMatchObject({ id: owner.id, access_level: 50 });
  expect((await api.call('get', `${members}/${owner.id}`, owner.token)).status).toBe(404);
});

test('nobody gives, changes or takes more than they have', async () => {
  const one = `${members}/${guest.id}`;
  const body = { user_id: guest.id, access_level: 50 };
  const refused = await api.call('post', members, maintainer.token, body);
  expect([refused.status, refused.body.message]).toEqual([
    403,
    '403 Forbidden - this access level is above your own',
  ]);
  expect((await api.call('post', members, owner.token, body)).status).toBe(201);
  expect((await api.call('put', one, maintainer.token, { access_level: 10 })).status).toBe(403);
  expect((await api.call('delete', one, maintainer.token)).status).toBe(403);
  expect((await api.call('put', one, owner.token, { access_level: 10 })).status).toBe(200);
  const self = `${members}/${maintainer.id}`;
  expect((await api.call('put', self, maintainer.token, { access_level: 50 })).status).toBe(403);
});

test('a guest manages nobody, and may leave', async () => {
  const self = `${members}/${guest.id}`;
  const body = { user_id: stranger.id, access_level: 10 };
  expect((await api.call('post', members, guest.token, body)).status).toBe(403);
  expect((await api.call('put', self, guest.token, { access_level: 40 })).status).toBe(403);
  expect((await api.call('delete', `${members}/${maintainer.id}`, guest.token)).status).toBe(403);
  expect((await api.call('delete', self, guest.token)).status).toBe(204);
});

test('T43: to a stranger the project does not exist', async () => {
  for (const [method, path] of [
    ['get', members],
    ['get', `${members}/all`],
    ['get', `${members}/${maintainer.id}`],
    ['post', members],
    ['put', `${members}/${stranger.id}`],
    ['delete', `${members}/${stranger.id}`],
  ] as const) {
    const body = method === 'post' ? { user_id: stranger.id, access_level: 50 } : undefined;
    const put = method === 'put' ? { access_level: 50 } : body;
    const answer = await api.call(method, path, stranger.token, put);
    expect([path, answer.status, answer.body]).toEqual([
      path,
      404,
      { message: '404 Project Not Found' },
    ]);
  }
});

test('members of a group are its Owner’s to choose', async () => {
  const path = '/groups/acme/members';
  const body = { user_id: guest.id, access_level: 40 };
  expect((await api.call('post', path, owner.token, body)).status).toBe(201);
  expect((await api.call('get', path, guest.token)).body).toHaveLength(2);
  const more = { user_id: stranger.id, access_level: 10 };
  expect((await api.call('post', path, guest.token, more)).status).toBe(403);
  expect((await api.call('delete', `${path}/${guest.id}`, owner.token)).status).toBe(204);
});

test('a membership ends by itself', async () => {
  const end = api.world.clock.now() + 60_000;
  const body = {
    user_id: stranger.id,
    access_level: 20,
    expires_at: new Date(end).toISOString(),
  };
  expect((await api.call('post', members, owner.token, body)).status).toBe(201);
  expect((await api.call('get', members, stranger.token)).status).toBe(200);
  api.world.clock.advance(60_000);
  expect((await api.call('get', members, stranger.token)).status).toBe(404);
});

test.each([
  [{ access_level: 30 }, 'user_id is missing: name the user by user_id or by username'],
  [
    { user_id: 1, username: 'guest', access_level: 30 },
    'username is invalid: must not stand beside user_id: name the user once',
  ],
  [
    { user_id: 1, access_level: 35 },
    'access_level is invalid: must be one of 10, 15, 20, 30, 40, 50',
  ],
  [
    { user_id: 1, access_level: 30, expires_at: '2001-01-01' },
    'expires_at is invalid: it must be in the future',
  ],
  [
    { user_id: 1, access_level: 30, expires_at: '31.12.2099' },
    'expires_at is invalid: must be a date (2027-01-31) or a date and time with its zone (2027-01-31T12:00:00Z)',
  ],
  [{ user_id: 1, access_level: 30, role: 'owner' }, 'role is unknown here'],
])('%j is refused', async (body, error) => {
  const answer = await api.call('post', members, owner.token, body);
  expect([answer.status, answer.body]).toEqual([400, { error }]);
});

test('an unknown user is not found', async () => {
  const body = { user_id: 999_999, access_level: 30 };
  expect((await api.call('post', members, owner.token, body)).status).toBe(404);
});
