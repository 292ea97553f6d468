import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ADMIN_TOKEN, openApi, type Api, type Person } from './support.ts';

let api: Api;
let ann: Person;
let eve: Person;
beforeAll(async () => {
  api = await openApi();
  ann = await api.user('ann');
  eve = await api.user('eve');
});
afterAll(() => api.close());

const make = (caller: string, user: number, more: object = {}) =>
  api.call('post', `/users/${user}/personal_access_tokens`, caller, {
    name: 'laptop',
    scopes: ['read_api'],
    ...more,
  });

test('a token is shown once, works, and is dead the moment it is revoked', async () => {
  const made = await make(ann.token, ann.id, { description: 'mine', expires_at: null });
  expect(made.status).toBe(400);
  const good = await make(ADMIN_TOKEN, ann.id, { description: 'hers', expires_at: null });
  expect(good.body).toMatchObject({
    name: 'laptop',
    description: 'hers',
    user_id: ann.id,
    active: true,
    revoked: false,
    expires_at: null,
    last_used_at: null,
    token: expect.stringMatching(/^glpat-[0-9A-Za-z]{33}$/),
  });
  const { token, id } = good.body;
  expect((await api.call('get', '/user', token)).status).toBe(200);
  expect((await api.call('delete', `/personal_access_tokens/${id}`, ann.token)).status).toBe(204);
  expect((await api.call('get', '/user', token)).body).toEqual({ message: '401 Unauthorized' });
  const { body } = await api.call('get', `/personal_access_tokens/${id}`, ann.token);
  expect(body).toMatchObject({ revoked: true, active: false });
  expect(body).not.toHaveProperty('token');
});

test('without an end it lives a year, and at most as long as the token that made it', async () => {
  const year = await make(ADMIN_TOKEN, ann.id, { scopes: ['api'] });
  const inAYear = api.world.clock.now() + 365 * 86_400_000;
  expect(Date.parse(year.body.expires_at)).toBe(inAYear);
  const soon = new Date(api.world.clock.now() + 3_600_000).toISOString();
  const short = await make(ADMIN_TOKEN, ann.id, { scopes: ['api'], expires_at: soon });
  expect((await make(short.body.token, ann.id)).body.expires_at).toBe(soon);
  const late = await make(short.body.token, ann.id, { expires_at: '2099-01-01' });
  expect(late.body.error).toMatch(/^expires_at is invalid: it must not be later/);
  api.world.clock.advance(3_600_000);
  expect((await api.call('get', '/user', short.body.token)).status).toBe(401);
});

test('create_job is an administrator’s to give', async () => {
  const refused = await make(ann.token, ann.id, { scopes: ['create_job'] });
  expect([refused.status, refused.body.message]).toEqual([
    403,
    '403 Forbidden - only an administrator gives out create_job',
  ]);
  expect((await make(ADMIN_TOKEN, ann.id, { scopes: ['create_job'] })).status).toBe(201);
});

test('T43: the tokens of others are out of reach', async () => {
  expect((await make(eve.token, ann.id)).status).toBe(403);
  const made = await make(ADMIN_TOKEN, ann.id);
  const path = `/personal_access_tokens/${made.body.id}`;
  expect((await api.call('get', path, eve.token)).status).toBe(401);
  expect((await api.call('delete', path, eve.token)).status).toBe(401);
  expect((await api.call('get', '/personal_access_tokens/999999', eve.token)).status).toBe(401);
  expect((await api.admin('get', '/personal_access_tokens/999999')).status).toBe(404);
  const mine = await api.call('get', '/personal_access_tokens', eve.token);
  expect(new Set(mine.body.map((token: { user_id: number }) => token.user_id))).toEqual(
    new Set([eve.id]),
  );
  const asked = `/personal_access_tokens?user_id=${ann.id}`;
  expect((await api.call('get', asked, eve.token)).status).toBe(401);
  const all = await api.admin('get', `${asked}&state=inactive`);
  expect(all.body.every((token: { active: boolean }) => !token.active)).toBe(true);
  expect((await api.call('get', path, made.body.token)).status).toBe(200);
});

test('a token looks at itself and ends itself, whatever its scopes', async () => {
  const made = await make(ADMIN_TOKEN, ann.id, { scopes: ['read_registry'] });
  const { token, ...rest } = made.body;
  const self = await api.call('get', '/personal_access_tokens/self', token);
  expect(self.body).toEqual({ ...rest, last_used_at: self.body.last_used_at });
  expect((await api.call('get', '/user', token)).body).toEqual({
    error: 'insufficient_scope',
    error_description: 'The request requires higher privileges than provided by the access token.',
    scope: 'api read_api read_user',
  });
  expect((await api.call('delete', '/personal_access_tokens/self', token)).status).toBe(204);
  expect((await api.call('get', '/personal_access_tokens/self', token)).status).toBe(401);
});

test('a blocked user gets no token', async () => {
  const bob = await api.user('bob');
  await api.admin('post', `/users/${bob.id}/block`);
  const refused = await make(ADMIN_TOKEN, bob.id);
  expect([refused.status, refused.body.error]).toEqual([
    400,
    'the user is blocked, so a token would be of no use',
  ]);
});

test('read_api reads and changes nothing; read_user reads users only', async () => {
  const reader = (await make(ADMIN_TOKEN, ann.id, { scopes: ['read_api'] })).body.token;
  expect((await api.call('get', '/projects', reader)).status).toBe(200);
  expect((await api.call('post', '/projects', reader, { path: 'x' })).status).toBe(403);
  const users = (await make(ADMIN_TOKEN, ann.id, { scopes: ['read_user'] })).body.token;
  expect((await api.call('get', '/users', users)).status).toBe(200);
  expect((await api.call('get', '/projects', users)).status).toBe(403);
});

test('an unknown scope is refused', async () => {
  const { body } = await make(ADMIN_TOKEN, ann.id, { scopes: ['sudo'] });
  expect(body.error).toMatch(/^scopes.0 is invalid: sudo has no meaning here; the scopes are api,/);
});
