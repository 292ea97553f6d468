/** Who gets a refresh token, where, and what happens while the store is away. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Secret } from '../../../src/credential/secret.ts';
import { mintToken } from '../../../src/credential/token-format.ts';
import { storeUnavailable } from '../../../src/errors.ts';
import { serveTokenPath } from '../../support/token-path.ts';
import { get, post, startTokenServer, type TokenServer } from '../../support/token-server.ts';
import { SERVICES } from './harbour.ts';

const PASSWORD = 'correct horse';
const offline = { offline_token: 'true' };
let server: TokenServer;
let token: string;
let jane: Awaited<ReturnType<TokenServer['user']>>;

beforeAll(async () => {
  server = await startTokenServer(SERVICES);
  jane = await server.user('jane', { password: new Secret(PASSWORD) });
  await server.group('acme');
  await server.project('acme/open', { visibility: 'public' });
  token = (await server.personalAccessToken(jane, ['api'])).secret;
});
afterAll(() => server.close());

describe('P-29: where a service has none', () => {
  test('a login gets none and succeeds all the same, so that docker keeps the password', async () => {
    const as = ['jane', token] as const;
    const more = { ...offline, service: 'plain' };
    const answer = await get(server, { as, more });
    expect([answer.status, 'refresh_token' in answer.body]).toEqual([200, false]);
    const posted = await post(server, { as, more: { access_type: 'offline', service: 'plain' } });
    expect([posted.status, 'refresh_token' in posted.body]).toEqual([200, false]);
  });

  test('that is so for every service that does not say otherwise', async () => {
    const plain = await startTokenServer();
    const user = await plain.user('jane');
    const { secret } = await plain.personalAccessToken(user, ['api']);
    const answer = await get(plain, { as: ['jane', secret], more: offline });
    expect([answer.status, 'refresh_token' in answer.body]).toEqual([200, false]);
    await plain.close();
  });

  test('P-33: a refresh grant is refused with 401, whatever it brings', async () => {
    const brought = ['x', token, mintToken('wprt-').reveal()];
    for (const refreshToken of brought) {
      const more = { grant_type: 'refresh_token', refresh_token: refreshToken, service: 'plain' };
      const answer = await post(server, { more });
      expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_grant' } });
      expect(answer.body['details']).toMatch('gives out no refresh tokens for this service');
    }
  });
});

test('P-29: switched off later, those that were given out are refused', async () => {
  const answer = await get(server, { as: ['jane', token], more: offline });
  const settings = { ...server.settings, services: {} };
  const path = await serveTokenPath({ ...server, settings });
  const more = { grant_type: 'refresh_token', refresh_token: String(answer.body['refresh_token']) };
  expect((await post(server, { more })).status).toBe(200);
  expect((await post(path, { more })).status).toBe(401);
  await path.close();
});

test('P-33: an unknown grant: 400 unsupported_grant_type', async () => {
  const answer = await post(server, { more: { grant_type: 'authorization_code', code: '1' } });
  expect(answer).toMatchObject({ status: 400, body: { error: 'unsupported_grant_type' } });
});

test('only people get one: no job, no deploy token, and nobody', async () => {
  const project = await server.project('acme/app');
  const deploy = await server.deployToken(project, ['read_registry']);
  const job = await server.job(project, jane);
  const logins = [
    [deploy.username, deploy.secret],
    ['gitlab-ci-token', job.token.reveal()],
  ] as const;
  const scope = 'repository:acme/open:pull';
  for (const as of [...logins, undefined]) {
    const answer = await get(server, { as, scope, more: offline });
    expect([answer.status, 'refresh_token' in answer.body]).toEqual([200, false]);
  }
  for (const as of logins) {
    const answer = await post(server, { as, more: { access_type: 'offline' } });
    expect([answer.status, 'refresh_token' in answer.body]).toEqual([200, false]);
  }
});

test('the hundred and first login ends the oldest, and no other', async () => {
  const john = await server.user('john');
  const { secret } = await server.personalAccessToken(john, ['api']);
  const tokens: string[] = [];
  for (let login = 0; login < 101; login++) {
    const answer = await get(server, { as: ['john', secret], more: offline });
    tokens.push(String(answer.body['refresh_token']));
    server.clock.advance(1);
  }
  const status = async (refreshToken = ''): Promise<number> => {
    const more = { grant_type: 'refresh_token', refresh_token: refreshToken };
    return (await post(server, { more })).status;
  };
  expect([await status(tokens[0]), await status(tokens[1])]).toEqual([401, 200]);
  expect(await status(tokens[100])).toBe(200);
});

describe('P-35: the store is away', () => {
  const away = () => Promise.reject(storeUnavailable('nobody is at home'));

  test('a refresh is answered with 503 and Retry-After, and so is a login that wants one', async () => {
    const refreshTokens = { ...server.store.refreshTokens, admit: away, create: away };
    const path = await serveTokenPath(server, { store: { refreshTokens } });
    const more = { grant_type: 'refresh_token', refresh_token: mintToken('wprt-').reveal() };
    for (const answer of [
      await post(path, { more }),
      await get(path, { as: ['', mintToken('wprt-').reveal()] }),
      await get(path, { as: ['jane', token], more: offline }),
    ]) {
      expect(answer.status).toBe(503);
      expect(answer.headers.get('retry-after')).toBe('1');
      expect(answer.body).not.toHaveProperty('token');
    }
    expect((await get(path, { as: ['jane', token] })).status).toBe(200);
    await path.close();
  });
});

test('P-30: with passwords switched off a refresh token behind one is refused', async () => {
  const answer = await get(server, { as: ['jane', PASSWORD], more: offline });
  const more = { grant_type: 'refresh_token', refresh_token: String(answer.body['refresh_token']) };
  expect((await post(server, { more })).status).toBe(200);
  const { credentials } = server.settings;
  const settings = { ...server.settings, credentials: { ...credentials, password: false } };
  const path = await serveTokenPath({ ...server, settings });
  const refused = await post(path, { more });
  expect(refused.status).toBe(401);
  expect(refused.body['details']).toMatch('Passwords are switched off');
  await path.close();
});
