/** What the log and the audit stream keep of a request, and what a token's size does. */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import {
  claimsOf,
  get,
  janeDevelops,
  post,
  startTokenServer,
  type TokenServer,
} from '../../support/token-server.ts';

const PULL = 'repository:acme/app:pull';
let server: TokenServer;
let as: readonly [string, string];

beforeAll(async () => {
  server = await startTokenServer();
  as = await janeDevelops(server);
});
afterAll(() => server.close());
beforeEach(() => server.logged.clear());

test('P-39: another account than the login, and no client, are tolerated and logged as they came', async () => {
  const answer = await get(server, { as, scope: PULL, more: { account: 'somebody-else', x: 'y' } });
  expect(answer.status).toBe(200);
  expect(server.logged.lines()).toEqual([
    expect.objectContaining({ account: 'somebody-else', client_id: null, sub: 'user:jane' }),
  ]);
  expect((await claimsOf(server, answer)).sub).toBe('user:jane');
});

test('P-58: the audit stream has the id, the subject, the service, what was granted, the client and the address', async () => {
  const headers = { 'user-agent': 'docker/28.0' };
  const ask = { as, scope: `${PULL},push`, more: { client_id: 'docker' }, headers };
  const answer = await post(server, ask);
  const { jti } = await claimsOf(server, answer);
  const token = readFileSync(server.running.adminTokenPath ?? '', 'utf8').trim();
  const url = `${server.url}/api/v4/audit_events?type=token.issued`;
  const response = await fetch(url, { headers: { 'PRIVATE-TOKEN': token } });
  const text = await response.text();
  expect((JSON.parse(text) as object[])[0]).toMatchObject({
    author: { kind: 'user', name: 'jane' },
    ip: '127.0.0.1',
    details: {
      jti,
      service: 'container_registry',
      granted: `${PULL},push`,
      client_id: 'docker',
      user_agent: 'docker/28.0',
    },
  });
  for (const secret of [as[1], token, String(answer.body['token'])]) {
    expect(text + server.logged.text()).not.toContain(secret);
  }
});

test('P-55: a token of over 7 KiB is given, with a warning; one over the limit is a 400 and is not cut', async () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, i) => `repository:acme/app/${'n'.repeat(40)}${i}:pull`);
  const counts = Array.from({ length: 40 }, (_, i) => 25 + i);
  const seen = new Set<string>();
  for (const count of counts) {
    server.logged.clear();
    const { status, body } = await get(server, { as, scope: many(count) });
    const [line] = server.logged.lines();
    if (status === 200) {
      const bytes = String(body['token']).length;
      const large = bytes > 7168;
      expect(line).toMatchObject(large ? { level: 'warn', token_bytes: bytes } : { level: 'info' });
      seen.add(large ? 'large' : 'usual');
    } else {
      expect(status).toBe(400);
      expect(body['details']).toMatch(/at most 8000 are allowed .*Ask for fewer repositories/);
      seen.add('refused');
    }
  }
  expect([...seen]).toEqual(['usual', 'large', 'refused']);
});

test('P-56: of URL and headers 60 KiB are taken together, and at 64 KiB the answer says what to do', async () => {
  const sizes = [
    [60_000, 200],
    [66_000, 431],
  ] as const;
  for (const [size, status] of sizes) {
    const half = 'n'.repeat(size / 2);
    const answer = await get(server, { as, more: { half }, headers: { 'x-half': half } });
    expect(answer.status).toBe(status);
    if (status === 431) expect(answer.body['details']).toMatch(/fewer scopes at once, or use POST/);
  }
});
