/** A composed server that counts its callers. The windows are an hour: no test waits for one to end. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mintToken } from '../../../src/credential/token-format.ts';
import type { PersonalAccessTokenScope } from '../../../src/lifecycle/personal-access-tokens.ts';
import type { UserRecord } from '../../../src/store/records.ts';
import { valueOf } from '../../metrics/page.ts';
import { startTokenServer, type TokenServer } from '../../support/token-server.ts';

const REQUESTS = 4;
const FAILURES = 3;
const WINDOW = 3600;
const limits = (requests: number, failures: number) => `
trusted_proxies: [127.0.0.1]
api: {rate_limit: {requests: ${requests}, failures: ${failures}, window: ${WINDOW}}}
`;

let server: TokenServer;
let jane: UserRecord;
beforeAll(async () => {
  server = await startTokenServer(limits(REQUESTS, FAILURES));
  jane = await server.user('jane');
});
afterAll(() => server.close());

interface Ask {
  readonly at?: TokenServer;
  readonly from?: string;
  readonly header?: string;
  readonly path?: string;
}

function ask(token: string, { at = server, from, header, path = '/user' }: Ask = {}) {
  return fetch(`${at.url}/api/v4${path}`, {
    headers: {
      [header ?? 'PRIVATE-TOKEN']: token,
      'X-Forwarded-For': from ?? '198.51.100.1',
    },
  });
}

async function times(count: number, once: () => Promise<Response>): Promise<number[]> {
  const statuses: number[] = [];
  for (let i = 0; i < count; i++) statuses.push((await once()).status);
  return statuses;
}

const tokenOf = async (...scopes: PersonalAccessTokenScope[]) =>
  (await server.personalAccessToken(jane, scopes.length === 0 ? ['api'] : scopes)).secret;
const guess = () => mintToken('glpat-').reveal();
const good = (count: number) => Array.from({ length: count }, () => 200);

async function refused(limit: string): Promise<number> {
  const page = await (await fetch(server.running.metricsUrl ?? '')).text();
  return valueOf(page, 'wharfpass_api_rate_limited_total', { limit }) ?? -1;
}

const figures = ({ headers }: Response) =>
  ['limit', 'observed', 'remaining'].map((name) => headers.get(`ratelimit-${name}`));

describe('requests of a token', () => {
  test('every answer says where its token stands, in GitLab’s headers', async () => {
    const token = await tokenOf();
    const first = await ask(token);
    expect(figures(first)).toEqual(['4', '1', '3']);
    const [now, reset] = [server.clock.now(), Number(first.headers.get('ratelimit-reset')) * 1000];
    expect(reset).toBeGreaterThan(now);
    expect(reset).toBeLessThanOrEqual(now + (WINDOW + 1) * 1000);
    expect(first.headers.get('retry-after')).toBeNull();
    // What the answer is does not matter.
    expect(figures(await ask(token, { path: '/groups/404' }))).toEqual(['4', '2', '2']);
  });

  test('429 beyond the limit, in JSON and with the time to come back', async () => {
    const before = await refused('requests');
    const [token, other] = [await tokenOf(), await tokenOf()];
    expect(await times(REQUESTS, () => ask(token))).toEqual(good(REQUESTS));
    const answer = await ask(token);
    expect([answer.status, await answer.json()]).toEqual([
      429,
      { message: '429 Too Many Requests - retry later' },
    ]);
    expect(figures(answer)).toEqual(['4', '5', '0']);
    const retryAfter = Number(answer.headers.get('retry-after'));
    expect(retryAfter).toBeGreaterThan(0);
    expect(retryAfter).toBeLessThanOrEqual(WINDOW);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    // Of the token, and of nobody else: not of its user, not of the address.
    expect((await ask(token, { from: '198.51.100.77' })).status).toBe(429);
    expect((await ask(other)).status).toBe(200);
    expect(await refused('requests')).toBe(before + 2);
  });

  test('a refused request does nothing', async () => {
    const token = (await server.personalAccessToken(jane, ['api'])).secret;
    await times(REQUESTS, () => ask(token));
    const made = await fetch(`${server.url}/api/v4/groups`, {
      method: 'POST',
      headers: { 'PRIVATE-TOKEN': token, 'Content-Type': 'application/json' },
      body: JSON.stringify({ name: 'too late', path: 'too-late' }),
    });
    expect(made.status).toBe(429);
    expect(await server.store.directory.group('too-late')).toBeNull();
  });

  test('a token without the scope counts as well', async () => {
    const token = await tokenOf('read_registry');
    const statuses = await times(REQUESTS + 1, () => ask(token));
    expect(statuses).toEqual([403, 403, 403, 403, 429]);
  });

  test('each job has its own limit', async () => {
    await server.group('acme');
    const app = await server.project('acme/app');
    await server.member('acme/app', 'jane', 'developer');
    const jobs = [await server.job(app, jane), await server.job(app, jane)];
    const tokens = jobs.map(({ token }) => token.reveal());
    const heartbeat = (token = '') => ask(token, { header: 'JOB-TOKEN', path: '/job' });
    const statuses = await times(REQUESTS + 1, () => heartbeat(tokens[0]));
    expect([statuses.slice(0, REQUESTS).includes(429), statuses.at(-1)]).toEqual([false, 429]);
    expect((await heartbeat(tokens[1])).status).not.toBe(429);
  });

  test('no secret is in the lines of the log, of which there is one a window', async () => {
    const token = await tokenOf();
    const about = () => server.logged.lines('api: too many requests').length;
    const before = about();
    await times(REQUESTS + 5, () => ask(token));
    expect(about()).toBe(before + 1);
    expect(JSON.stringify(server.logged.lines())).not.toContain(token);
  });
});

describe('credentials that prove nothing', () => {
  test('stop an address before its next credential is looked at, also a good one', async () => {
    const before = await refused('failures');
    const token = await tokenOf();
    const from = '203.0.113.9';
    expect(await times(FAILURES, () => ask(guess(), { from }))).toEqual([401, 401, 401]);
    const answer = await ask(guess(), { from });
    expect(answer.status).toBe(429);
    expect(figures(answer)).toEqual(['3', '3', '0']);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await ask(token, { from })).status).toBe(429);
    expect((await ask(token, { from: '203.0.113.10' })).status).toBe(200);
    expect(await refused('failures')).toBe(before + 2);
  });

  test('every kind counts; no credential at all is no guess', async () => {
    const from = '203.0.113.20';
    const nothing = () =>
      fetch(`${server.url}/api/v4/user`, { headers: { 'X-Forwarded-For': from } });
    expect(await times(FAILURES + 2, nothing)).toEqual([401, 401, 401, 401, 401]);
    await ask('glpat-no-checksum', { from });
    await ask(`Bearer ${guess()}`, { from, header: 'Authorization' });
    await ask(mintToken('glcbt-').reveal(), { from, header: 'JOB-TOKEN' });
    expect((await ask(guess(), { from })).status).toBe(429);
  });

  test('a /64 of IPv6 is one address, the next one is another', async () => {
    const from = (last: string) => ({ from: `2001:db8:1:${last}` });
    for (const last of ['2::1', '2::2', '2:ffff::3']) await ask(guess(), from(last));
    expect((await ask(guess(), from('2::4'))).status).toBe(429);
    expect((await ask(guess(), from('3::1'))).status).toBe(401);
  });

  test('the token path and the open pages are not of the API', async () => {
    const from = '203.0.113.30';
    await times(FAILURES, () => ask(guess(), { from }));
    const headers = { 'X-Forwarded-For': from };
    for (const path of ['/token?service=container_registry&scope=repository:a/b:pull', '/healthz'])
      expect((await fetch(server.url + path, { headers })).status).toBe(200);
  });
});

test('0 switches each of them off', async () => {
  const free = await startTokenServer(limits(0, 0));
  try {
    const user = await free.user('jane');
    const token = (await free.personalAccessToken(user, ['api'])).secret;
    const from = '203.0.113.40';
    expect(await times(5, () => ask(guess(), { at: free, from }))).not.toContain(429);
    const answer = await ask(token, { at: free, from });
    expect([answer.status, figures(answer)]).toEqual([200, [null, null, null]]);
  } finally {
    await free.close();
  }
});
