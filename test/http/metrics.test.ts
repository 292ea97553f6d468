/** The metrics of a real server, as Prometheus would scrape them. */
import { randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startServer } from '../../src/compose.ts';
import { mintToken } from '../../src/credential/token-format.ts';
import { Secret } from '../../src/credential/secret.ts';
import { AppError, storeUnavailable } from '../../src/errors.ts';
import { createTokenMeters } from '../../src/http/token-meter.ts';
import { seriesOf, valueOf } from '../metrics/page.ts';
import { serveTokenPath, type Replaced } from '../support/token-path.ts';
import { basic, get, post, startTokenServer, type TokenServer } from '../support/token-server.ts';

const PASSWORD = 'canary-password';
const SCOPE = 'repository:canary-group/canary-app:pull';

let server: TokenServer;
let pat: readonly [string, string];
let job: readonly [string, string];
let deploy: readonly [string, string];

beforeAll(async () => {
  server = await startTokenServer();
  const jane = await server.user('canary-jane', { password: new Secret(PASSWORD) });
  await server.group('canary-group');
  const app = await server.project('canary-group/canary-app');
  await server.member('canary-group/canary-app', 'canary-jane', 'reporter');
  pat = ['canary-jane', (await server.personalAccessToken(jane, ['api'])).secret];
  job = ['gitlab-ci-token', (await server.job(app, jane)).token.reveal()];
  const token = await server.deployToken(app, ['read_registry']);
  deploy = [token.username, token.secret];
});
afterAll(() => server.close());

async function scrape(): Promise<string> {
  const answer = await fetch(server.running.metricsUrl ?? '');
  expect([answer.status, answer.headers.get('content-type')]).toEqual([
    200,
    'text/plain; version=0.0.4; charset=utf-8',
  ]);
  return answer.text();
}

/** What a request adds to the counter, as `outcome credential`. */
async function counted(ask: () => Promise<unknown>): Promise<string[]> {
  const before = await scrape();
  await ask();
  const after = await scrape();
  const name = 'wharfpass_token_requests_total';
  const all = seriesOf(after).filter((one) => one.startsWith(name));
  return all.flatMap((one) => {
    const labels = JSON.parse(one.slice(name.length)) as Record<string, string>;
    const more = (valueOf(after, name, labels) ?? 0) - (valueOf(before, name, labels) ?? 0);
    return Array.from({ length: more }, () => `${labels['outcome']} ${labels['credential']}`);
  });
}

test('the listener of the tokens has no metrics, nor the other way round', async () => {
  expect((await fetch(`${server.url}/metrics`)).status).toBe(404);
  expect((await fetch(new URL('/token', server.running.metricsUrl ?? ''))).status).toBe(404);
});

describe('what a request for a token counts as', () => {
  const cases: [name: string, ask: () => Promise<unknown>, counts: string][] = [
    ['all of it', () => get(server, { as: job, scope: SCOPE }), 'granted job_token'],
    ['a login', () => get(server, { as: deploy }), 'granted deploy_token'],
    ['by POST', () => post(server, { as: pat, scope: SCOPE }), 'granted personal_access_token'],
    [
      'a password',
      () => get(server, { as: ['canary-jane', PASSWORD], scope: SCOPE }),
      'granted password',
    ],
    [
      'a part of it',
      () => get(server, { as: pat, scope: `${SCOPE},push` }),
      'narrowed personal_access_token',
    ],
    ['nothing of it', () => get(server, { scope: SCOPE }), 'empty anonymous'],
    ['no login', () => get(server), 'unauthorized anonymous'],
    [
      'an unknown token',
      () => get(server, { as: ['x', mintToken('gldt-').reveal()] }),
      'unauthorized deploy_token',
    ],
    [
      'no such header',
      () => get(server, { headers: { authorization: 'Bearer x' } }),
      'unauthorized unknown',
    ],
    [
      'no such service',
      () => get(server, { as: job, more: { service: 'x' } }),
      'bad_request job_token',
    ],
    ['no such grant', () => post(server, { more: { grant_type: 'x' } }), 'bad_request unknown'],
    [
      'no such method',
      () => fetch(`${server.url}/token`, { method: 'PUT' }),
      'bad_request unknown',
    ],
  ];

  test.each(cases)('%s', async (_name, ask, counts) => {
    expect(await counted(ask)).toEqual([counts]);
  });

  test('what is no request for a token is not counted', async () => {
    expect(await counted(() => fetch(`${server.url}/healthz`))).toEqual([]);
    expect(await counted(() => fetch(`${server.url}/api/v4/user`))).toEqual([]);
  });

  const faults: [Error, Replaced['verifyPassword'] | null, string][] = [
    [storeUnavailable('gone'), null, 'unavailable job_token'],
    [new TypeError('x'), null, 'failed job_token'],
    [
      new AppError('too_many_requests', 'Too many.'),
      () => Promise.reject(new AppError('too_many_requests', 'Too many.')),
      'too_many_requests password',
    ],
  ];

  test.each(faults)('%s', async (fault, verifyPassword, counts) => {
    const seen: string[] = [];
    const { prefixes } = server.settings.credentials;
    const path = await serveTokenPath(server, {
      store: { jobs: { ...server.store.jobs, admit: () => Promise.reject(fault) } },
      ...(verifyPassword && { verifyPassword }),
      startMeter: createTokenMeters((outcome, kind, ms) => {
        expect(ms).toBeGreaterThan(0);
        seen.push(`${outcome} ${kind}`);
      }, prefixes),
    });
    await get(path, { as: verifyPassword === null ? job : ['canary-jane', PASSWORD] });
    await path.close();
    expect(seen).toEqual([counts]);
  });
});

test('the store is seen through its verbs, and every kind is served', async () => {
  await get(server, { as: job, scope: SCOPE });
  const page = await scrape();
  for (const call of ['jobs.admit', 'directory.facts']) {
    const labels = { call, outcome: 'ok' };
    expect(valueOf(page, 'wharfpass_store_calls_total', labels)).toBeGreaterThan(0);
  }
  for (const credential of ['job_token', 'stored_token', 'anonymous']) {
    expect(valueOf(page, 'wharfpass_serving', { credential })).toBe(1);
  }
  expect(valueOf(page, 'wharfpass_signing')).toBe(1);
});

/** Sends what fetch would not, over connections that stay. */
function send(agent: Agent, method: string, path: string, headers: Record<string, string>) {
  return new Promise<void>((resolve, reject) => {
    const sent = request(server.url + path, { agent, method, headers }, (res) => {
      res.resume().on('end', resolve);
    });
    sent.on('error', reject).end();
  });
}

const pick = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)] as T;

/** One request with new text in every place that takes text; `names` gets the texts. */
function randomRequest(
  names: Set<string>,
): [method: string, path: string, headers: Record<string, string>] {
  const name = (): string => {
    const text = `x${randomBytes(6).toString('hex')}`;
    names.add(text);
    return text;
  };
  const secret = pick(['glpat-', 'gldt-', 'glcbt-', 'glcbt-ey.']) + name();
  const query = new URLSearchParams([
    ['service', pick(['container_registry', 'container_registry', name()])],
    [
      'scope',
      `${pick(['repository', name()])}:${name()}/${name()}:${pick(['pull', 'push', name()])}`,
    ],
    [pick(['account', 'client_id', name()]), name()],
  ]);
  const headers: Record<string, string> = {
    'user-agent': name(),
    [name()]: name(),
    ...pick<Record<string, string>>([
      {},
      { authorization: `Basic ${name()}` },
      { authorization: `${name()} x` },
      basic(name(), secret),
      basic(name(), mintToken(pick(['glpat-', 'gldt-', 'glcbt-'])).reveal()),
    ]),
  };
  const path = pick(['/token', '/token', '/jwt/auth', '/auth/token/', `/token/${name()}`]);
  return [pick(['GET', 'GET', 'GET', 'PUT', 'POST']), `${path}?${query.toString()}`, headers];
}

test('T46, T47: ten thousand requests with new names everywhere add no series and leave no name', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const nobodys = ['gitlab-ci-token', mintToken('glcbt-').reveal()] as const;
  for (const as of [job, pat, deploy, nobodys, ['canary-jane', PASSWORD], ['x', 'y']] as const) {
    await get(server, { as, scope: SCOPE });
  }
  const ours = async () => seriesOf(await scrape()).filter((one) => one.startsWith('wharfpass_'));
  const before = await ours();
  const names = new Set<string>();
  for (let sent = 0; sent < 10_000; sent += 100) {
    await Promise.all(Array.from({ length: 100 }, () => send(agent, ...randomRequest(names))));
  }
  agent.destroy();
  expect(await ours()).toEqual(before);
  const page = await scrape();
  expect(names.size).toBeGreaterThan(50_000);
  for (const [text] of page.matchAll(/x[0-9a-f]{12}/g)) expect(names.has(text)).toBe(false);
}, 60_000);

test('T46: no name, no secret and no token is on the page, whoever was served', async () => {
  const asks = [job, pat, deploy, ['canary-jane', PASSWORD] as const];
  const answers = await Promise.all(asks.map((as) => get(server, { as, scope: SCOPE })));
  const page = await scrape();
  expect(page).not.toMatch(/canary|127\.0\.0\.1|gitlab-ci-token/);
  expect(page).not.toContain(server.folder);
  for (const [, secret] of asks) expect(page).not.toContain(secret);
  for (const { body } of answers) expect(page).not.toContain(String(body['token']));
});

test('switched off, there is no listener', async () => {
  const { settings, clock, logged } = server;
  const off = await startServer({
    settings: { ...settings, metrics: { listen: 'off' } },
    clock,
    log: logged.log,
  });
  expect(off.metricsUrl).toBeNull();
  expect((await fetch(`${off.url}/token?scope=${SCOPE}`)).status).toBe(200);
  await off.close();
});

test('an address that is taken stops the start', async () => {
  const { settings, clock, logged } = server;
  const listen = new URL(server.running.metricsUrl ?? '').host;
  const second = startServer({
    settings: { ...settings, metrics: { listen } },
    clock,
    log: logged.log,
  });
  await expect(second).rejects.toThrow(`metrics.listen: the address ${listen} is in use`);
});
