/** POST /oauth/introspect (RFC 7662). */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Secret } from '../../../src/credential/secret.ts';
import { mintToken } from '../../../src/credential/token-format.ts';
import {
  basic,
  get,
  startTokenServer,
  type Answer,
  type TokenServer,
} from '../../support/token-server.ts';
import { form, SERVICES } from '../token/harbour.ts';

const INACTIVE = { active: false };
let server: TokenServer;
let admin: string;
let janes: string;
let johns: string;
const tokens: Record<string, string> = {};

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const introspect = (token: string, headers: Record<string, string>): Promise<Answer> =>
  form(server, '/oauth/introspect', { token }, headers);

beforeAll(async () => {
  server = await startTokenServer(SERVICES);
  const root = await server.user('boss', { admin: true });
  const jane = await server.user('jane', { password: new Secret('correct horse') });
  const john = await server.user('john');
  await server.group('acme');
  const app = await server.project('acme/app');
  await server.member('acme/app', 'jane', 'developer');
  admin = (await server.personalAccessToken(root, ['read_api'])).secret;
  janes = (await server.personalAccessToken(jane, ['api'])).secret;
  johns = (await server.personalAccessToken(john, ['api'])).secret;
  const as = ['jane', janes] as const;
  const scope = 'repository:acme/app:pull,push';
  const { body } = await get(server, { as, scope, more: { offline_token: '1' } });
  const deploy = await server.deployToken(app, ['read_registry']);
  Object.assign(tokens, {
    access: body['access_token'],
    refresh: body['refresh_token'],
    'personal access': janes,
    job: (await server.job(app, jane)).token.reveal(),
    deploy: deploy.secret,
  });
});
afterAll(() => server.close());

test('P-60: an access token, as its user and the administrator see it', async () => {
  for (const caller of [janes, admin]) {
    const answer = await introspect(tokens['access'] ?? '', bearer(caller));
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const now = Math.floor(server.clock.now() / 1000);
    expect(answer.body).toEqual({
      active: true,
      scope: 'repository:acme/app:pull,push',
      token_type: 'Bearer',
      iss: 'wharfpass',
      sub: 'user:jane',
      aud: 'container_registry',
      exp: now + 900,
      nbf: now - 10,
      iat: now - 10,
      jti: expect.any(String),
    });
  }
});

test('P-60: an access token of a service with a key of its own', async () => {
  const own = await startTokenServer('services: {container_registry: {}, zot: {key: own}}\n');
  const user = await own.user('jane');
  const { secret } = await own.personalAccessToken(user, ['api']);
  for (const service of ['zot', 'container_registry']) {
    const { body } = await get(own, { as: ['jane', secret], more: { service } });
    const token = String(body['token']);
    const answer = await form(own, '/oauth/introspect', { token }, bearer(secret));
    expect(answer.body).toMatchObject({ active: true, aud: service });
  }
  await own.close();
});

test('P-60: a refresh token and a personal access token', async () => {
  const now = Math.floor(server.clock.now() / 1000);
  const day = 86_400;
  const refresh = await introspect(tokens['refresh'] ?? '', bearer(janes));
  const aud = 'container_registry';
  const jane = { active: true, sub: 'user:jane', username: 'jane', iat: now };
  expect(refresh.body).toEqual({ ...jane, aud, exp: now + 90 * day });
  const pat = await introspect(janes, bearer(admin));
  expect(pat.body).toEqual({ ...jane, scope: 'api', token_type: 'Bearer' });
});

test('P-60: every kind tells of itself', async () => {
  for (const [kind, token] of Object.entries(tokens)) {
    const answer = await introspect(token, bearer(token));
    expect([kind, answer.status, answer.body['active']]).toEqual([kind, 200, true]);
  }
});

test('a caller may come by Basic, PRIVATE-TOKEN or Bearer', async () => {
  for (const headers of [basic('jane', janes), { 'private-token': janes }, bearer(janes)]) {
    expect((await introspect(tokens['refresh'] ?? '', headers)).body['active']).toBe(true);
  }
});

describe('P-60: exactly {"active":false}', () => {
  test("what is not the caller's to see", async () => {
    for (const token of Object.values(tokens)) {
      const answer = await introspect(token, bearer(johns));
      expect([answer.status, answer.body]).toEqual([200, INACTIVE]);
      expect(answer.text).toBe('{"active":false}');
    }
    // Not even their user sees them, for they act in the name of others too.
    for (const kind of ['job', 'deploy']) {
      expect((await introspect(tokens[kind] ?? '', bearer(janes))).body).toEqual(INACTIVE);
    }
  });

  test('a token that may not read the API, and a refresh token, see only themselves', async () => {
    const jane = await server.store.directory.userByUsername('jane');
    if (jane === null) throw new Error('jane is gone');
    const { secret } = await server.personalAccessToken(jane, ['read_registry']);
    for (const caller of [secret, tokens['refresh'] ?? '', tokens['access'] ?? '']) {
      expect((await introspect(janes, bearer(caller))).body).toEqual(INACTIVE);
    }
  });

  test('what nobody knows, or is no token', async () => {
    const [header = '', payload = ''] = (tokens['access'] ?? '').split('.');
    const forged = `${header}.${payload}.${'A'.repeat(86)}`;
    const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url');
    const unsigned = `${none}.${payload}.`;
    const unknown = [mintToken('wprt-').reveal(), mintToken('glpat-').reveal(), 'glcbt-x'];
    for (const token of [...unknown, forged, unsigned, 'correct horse', 'a.b.c']) {
      expect((await introspect(token, bearer(admin))).text).toBe('{"active":false}');
    }
  });

  test('what is revoked or has expired', async () => {
    const john = await server.store.directory.userByUsername('john');
    if (john === null) throw new Error('john is gone');
    const { id, secret } = await server.personalAccessToken(john, ['read_registry']);
    const { body } = await get(server, { as: ['john', secret], more: { offline_token: '1' } });
    const refresh = String(body['refresh_token']);
    expect((await introspect(refresh, bearer(admin))).body['active']).toBe(true);
    await server.store.personalAccessTokens.revoke(id, server.clock.now());
    for (const token of [secret, refresh]) {
      expect((await introspect(token, bearer(admin))).text).toBe('{"active":false}');
    }
    expect((await introspect(String(body['token']), bearer(admin))).body['active']).toBe(true);
    server.clock.advance(901_000);
    expect((await introspect(String(body['token']), bearer(admin))).body).toEqual(INACTIVE);
  });
});

describe('P-60: a caller who is not known: 401, and never 403', () => {
  test.each([
    ['nobody', {}],
    ['a wrong token', bearer(mintToken('glpat-').reveal())],
    ['a password', basic('jane', 'correct horse')],
    ['a scheme that nobody speaks', { authorization: 'Digest x' }],
  ])('%s', async (_, headers: Record<string, string>) => {
    const answer = await introspect(janes, headers);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Basic /);
    expect(answer.body['errors']).toMatchObject([{ code: 'UNAUTHORIZED' }]);
  });
});

test('without a token: 400; with GET: 405', async () => {
  expect((await form(server, '/oauth/introspect', {}, bearer(janes))).status).toBe(400);
  const answer = await fetch(`${server.url}/oauth/introspect?token=x`, { headers: bearer(janes) });
  expect(answer.status).toBe(405);
});

test('P-58: no token is in the log', () => {
  for (const token of [...Object.values(tokens), admin, johns]) {
    expect(server.logged.text()).not.toContain(token);
  }
});
