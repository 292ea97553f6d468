import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createPasswordVerifier } from '../../../src/credential/password-hash.ts';
import { Secret } from '../../../src/credential/secret.ts';
import { mintToken } from '../../../src/credential/token-format.ts';
import { AppError, storeUnavailable } from '../../../src/errors.ts';
import type { Store } from '../../../src/store/ports.ts';
import { serveTokenPath, type Replaced, type TokenPath } from '../../support/token-path.ts';
import { get, post, type Answer } from '../../support/token-server.ts';
import { openWorld, type World } from '../../support/world.ts';

let world: World;
let logins: Record<string, readonly [string, string]>;
const paths: TokenPath[] = [];

beforeAll(async () => {
  world = await openWorld();
  const jane = await world.user('jane', { password: new Secret('correct horse') });
  await world.group('acme');
  const app = await world.project('acme/app', { visibility: 'public' });
  const deploy = await world.deployToken(app, ['read_registry']);
  logins = {
    'a password': ['jane', 'correct horse'],
    'a personal access token': ['jane', (await world.personalAccessToken(jane, ['api'])).secret],
    'a deploy token': [deploy.username, deploy.secret],
    'a job token': ['gitlab-ci-token', (await world.job(app, jane)).token.reveal()],
    'an unknown token': ['jane', mintToken('glpat-').reveal()],
  };
});
afterAll(async () => {
  for (const path of paths) await path.close();
  await world.close();
});

async function serve(replaced: Replaced): Promise<TokenPath> {
  const path = await serveTokenPath(world, replaced);
  paths.push(path);
  return path;
}

/** A port whose every method fails as a store does that is away. */
function away<Port extends object>(port: Port): Port {
  const fail = () => Promise.reject(storeUnavailable('the disk is gone'));
  return Object.fromEntries(Object.keys(port).map((name) => [name, fail])) as Port;
}

function allAway(): Partial<Store> {
  const { jobs, deployTokens, personalAccessTokens, directory } = world.store;
  return {
    jobs: away(jobs),
    deployTokens: away(deployTokens),
    personalAccessTokens: away(personalAccessTokens),
    directory: away(directory),
  };
}

function expectUnavailable(answer: Answer): void {
  expect(answer.status).toBe(503);
  expect(answer.headers.get('retry-after')).toBe('1');
  expect(answer.headers.get('content-type')).toBe('application/json');
  expect(answer.body).toMatchObject({
    errors: [{ code: 'UNAVAILABLE' }],
    error: 'temporarily_unavailable',
  });
  expect(answer.text).not.toMatch('disk');
  expect(answer.body).not.toHaveProperty('token');
}

const SCOPE = 'repository:acme/app:pull';

describe('P-35: the store is away', () => {
  const kinds = [
    'a password',
    'a personal access token',
    'a deploy token',
    'a job token',
    'an unknown token',
  ];

  test.each(kinds)('%s: 503 with Retry-After, never 401 and never a token', async (kind) => {
    const path = await serve({ store: allAway() });
    for (const ask of [get, post])
      expectUnavailable(await ask(path, { as: logins[kind], scope: SCOPE }));
  });

  test('nobody, for a public image: 503, since it may have been closed', async () => {
    const path = await serve({ store: { directory: away(world.store.directory) } });
    expectUnavailable(await get(path, { scope: SCOPE }));
  });

  test('T2: what needs no store is answered as ever, a token with a wrong checksum among it', async () => {
    const path = await serve({ store: allAway() });
    expect((await get(path)).status).toBe(401);
    for (const secret of ['glpat-mistyped', 'gldt-mistyped', 'glcbt-mistyped', 'glcbt-a.b.c']) {
      expect((await get(path, { as: ['gitlab-ci-token', secret] })).status).toBe(401);
    }
    expect((await get(path, { more: { service: 'unknown' } })).status).toBe(400);
  });

  test('facts cannot be read after a good login: 503, not an empty token', async () => {
    const { directory } = world.store;
    const path = await serve({
      store: { directory: { ...directory, facts: away(directory).facts } },
    });
    expectUnavailable(await get(path, { as: logins['a deploy token'], scope: SCOPE }));
  });

  test('the log has the cause, in one line, with the name of the request', async () => {
    const path = await serve({ store: { directory: away(world.store.directory) } });
    world.logged.clear();
    const { body } = await get(path, { scope: SCOPE });
    const [line, ...others] = world.logged.lines();
    expect(others).toEqual([]);
    expect(line).toMatchObject({
      level: 'error',
      msg: 'store unavailable',
      detail: 'the disk is gone',
    });
    expect(body['details']).toContain(`request ${String(line?.['request_id'])}`);
  });
});

describe('a fault of our own', () => {
  test('a signer that fails: 500 in JSON that tells nothing, and the cause in the log', async () => {
    const sign = () => Promise.reject(new TypeError('canary-of-the-signer'));
    const path = await serve({ signer: { sign } });
    world.logged.clear();
    const answer = await get(path, { as: logins['a deploy token'] });
    expect(answer.status).toBe(500);
    expect(answer.text).not.toMatch('canary');
    expect(world.logged.lines('token request failed')).toHaveLength(1);
    expect(world.logged.text()).toMatch('canary-of-the-signer');
  });
});

describe('P-36: too many at once', () => {
  test('a full line of password checks: 429 with Retry-After and TOOMANYREQUESTS', async () => {
    const verifyPassword = () =>
      Promise.reject(new AppError('too_many_requests', 'Too many.', { retryAfter: 2 }));
    const path = await serve({ verifyPassword });
    for (const ask of [get, post]) {
      const answer = await ask(path, { as: logins['a password'], scope: SCOPE });
      expect(answer.status).toBe(429);
      expect(answer.headers.get('retry-after')).toBe('2');
      expect(answer.body).toMatchObject({ errors: [{ code: 'TOOMANYREQUESTS' }] });
    }
  });

  test('T40: a real line that is full of guesses: the surplus gets 429, and tokens are served at once', async () => {
    const path = await serve({
      verifyPassword: createPasswordVerifier({ running: 2, waiting: 4 }),
    });
    const guesses = Array.from({ length: 10 }, (_, i) => get(path, { as: ['jane', `guess ${i}`] }));
    const start = performance.now();
    expect((await get(path, { as: logins['a deploy token'], scope: SCOPE })).status).toBe(200);
    expect(performance.now() - start).toBeLessThan(1500);
    const statuses = (await Promise.all(guesses)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 429).length).toBe(4);
    expect(statuses.filter((status) => status === 401).length).toBe(6);
  });

  test.each(['a password', 'a job token', 'a deploy token', 'a personal access token'])(
    'two hundred legitimate requests with %s at once are all served',
    async (kind) => {
      const path = await serve({});
      const ask = { as: logins[kind], scope: SCOPE };
      const answers = await Promise.all(Array.from({ length: 200 }, () => get(path, ask)));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    },
  );
});
