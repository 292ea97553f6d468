import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openApi, type Api, type Person } from './support.ts';

const DAY = 86_400_000;
const SELF = '/personal_access_tokens/self/rotate';

let api: Api;
let jane: Person;
beforeAll(async () => {
  api = await openApi();
  jane = await api.user('jane');
});
afterAll(() => api.close());

async function make(scopes: string[] = ['api']): Promise<{ id: number; token: string }> {
  const path = `/users/${jane.id}/personal_access_tokens`;
  return (await api.admin('post', path, { name: 'laptop', description: 'mine', scopes })).body;
}

const status = async (token: string) =>
  (await api.call('get', '/personal_access_tokens/self', token)).status;

test('CD-14: a token exchanges itself for one that lives a week, and is dead', async () => {
  const old = await make(['self_rotate', 'read_registry']);
  const answer = await api.call('post', SELF, old.token);
  expect(answer.status).toBe(200);
  const week = new Date(api.world.clock.now() + 7 * DAY).toISOString();
  expect(answer.body).toMatchObject({
    name: 'laptop',
    description: 'mine',
    scopes: ['self_rotate', 'read_registry'],
    user_id: jane.id,
    revoked: false,
    active: true,
    expires_at: week,
  });
  expect(answer.body.id).not.toBe(old.id);
  expect([await status(old.token), await status(answer.body.token)]).toEqual([401, 200]);
});

test('by id: one’s own, and an administrator anybody’s', async () => {
  const [first, second] = [await make(), await make()];
  const rotate = (id: number, token: string, body = {}) =>
    api.call('post', `/personal_access_tokens/${id}/rotate`, token, body);
  const end = new Date(api.world.clock.now() + 30 * DAY).toISOString();
  const mine = await rotate(first.id, jane.token, { expires_at: end });
  expect([mine.status, mine.body.expires_at]).toEqual([200, end]);
  expect((await api.admin('post', `/personal_access_tokens/${second.id}/rotate`)).status).toBe(200);
  const joe = await api.user(`joe${second.id}`);
  expect((await rotate(mine.body.id, joe.token)).status).toBe(401);
  expect((await api.admin('post', '/personal_access_tokens/999999/rotate')).status).toBe(404);
});

test('400 for a token that has ended, and for an end that is none', async () => {
  const token = await make();
  await api.admin('delete', `/personal_access_tokens/${token.id}`);
  const revoked = await api.admin('post', `/personal_access_tokens/${token.id}/rotate`);
  expect(revoked.status).toBe(400);
  const live = await make();
  const later = new Date(api.world.clock.now() + 366 * DAY).toISOString();
  for (const expires_at of ['2020-01-01', later, null]) {
    expect((await api.call('post', SELF, live.token, { expires_at })).status).toBe(400);
  }
  expect(await status(live.token)).toBe(200);
});

test('by another token nobody gets what that could not give out', async () => {
  const by = async (rotator: string, id: number, body = {}) =>
    api.call('post', `/personal_access_tokens/${id}/rotate`, rotator, body);
  const end = api.world.clock.now() + DAY;
  const path = `/users/${jane.id}/personal_access_tokens`;
  const expires_at = new Date(end).toISOString();
  const short = await api.admin('post', path, { name: 'short', scopes: ['api'], expires_at });
  const long = await make();
  const later = { expires_at: new Date(end + 1).toISOString() };
  expect((await by(short.body.token, long.id, later)).status).toBe(400);
  const made = await by(short.body.token, long.id);
  expect([made.status, made.body.expires_at]).toEqual([200, expires_at]);
  const runner = await make(['create_job', 'self_rotate']);
  expect((await by(short.body.token, runner.id)).status).toBe(403);
  expect((await api.call('post', SELF, runner.token)).status).toBe(200);
});

test('403 without api or self_rotate, 405 for what is no personal access token', async () => {
  const weak = await make(['read_registry']);
  expect((await api.call('post', SELF, weak.token)).status).toBe(403);
  expect(await status(weak.token)).toBe(200);
  const onlySelf = await make(['self_rotate']);
  const byId = `/personal_access_tokens/${onlySelf.id}/rotate`;
  expect((await api.call('post', byId, onlySelf.token)).status).toBe(403);
  const { id } = await api.world.project('jane/app');
  const job = await api.admin('post', `/projects/${id}/jobs`, { user_id: jane.id });
  const answer = await api.raw('post', `/api/v4${SELF}`).set('JOB-TOKEN', job.body.token);
  expect(answer.status).toBe(405);
});

test('a rotated token that comes back on a rotate route ends the whole chain', async () => {
  const first = await make();
  const second = (await api.call('post', SELF, first.token)).body;
  const third = (await api.call('post', SELF, second.token)).body;
  const other = await make();
  // Elsewhere it is refused like any other, and nothing more comes of it.
  expect(await status(first.token)).toBe(401);
  expect(await status(third.token)).toBe(200);
  expect((await api.call('post', SELF, first.token)).status).toBe(401);
  expect(await status(third.token)).toBe(401);
  expect(await status(other.token)).toBe(200);
  const [event] = (await api.admin('get', '/audit_events?per_page=1')).body;
  expect(event).toMatchObject({
    type: 'personal_access_token.reuse_detected',
    author: { kind: 'unknown' },
    ip: '127.0.0.1',
    target: { kind: 'personal_access_token', id: first.id },
    details: { user_id: jane.id, revoked: [third.id] },
  });
});

test('of two who rotate one token at once only one gets a successor that lasts', async () => {
  const token = await make();
  const answers = await Promise.all([
    api.call('post', SELF, token.token),
    api.call('post', SELF, token.token),
  ]);
  const won = answers.filter((answer) => answer.status === 200);
  expect(won).toHaveLength(1);
  expect([400, 401]).toContain(answers.find((answer) => answer.status !== 200)?.status);
});
