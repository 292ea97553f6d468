import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { X509Certificate } from 'node:crypto';
import { decodeProtectedHeader } from 'jose';
import {
  claimsOf,
  get,
  post,
  startTokenServer,
  type TokenServer,
} from '../../support/token-server.ts';

let server: TokenServer;
let as: readonly [string, string];
let job: readonly [string, string];
let deadline: number;

beforeAll(async () => {
  server = await startTokenServer(`
issuer: wharf
services:
  other: {header: kid-jwks}
`);
  const jane = await server.user('jane');
  await server.group('acme');
  const app = await server.project('acme/app');
  await server.member('acme/app', 'jane', 'developer');
  as = ['jane', (await server.personalAccessToken(jane, ['api'])).secret];
  const started = await server.job(app, jane, { timeout: 600 });
  job = ['gitlab-ci-token', started.token.reveal()];
  ({ deadline } = started.job);
});
afterAll(() => server.close());

const PULL = 'repository:acme/app:pull';
const PUSH = 'repository:acme/app:pull,push';

describe.each([
  ['GET', get],
  ['POST', post],
])('%s', (method, ask) => {
  test('P-20, P-21, P-24: the form of the answer', async () => {
    const answer = await ask(server, { as, scope: PUSH });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('pragma')).toBe('no-cache');
    const { token } = answer.body;
    const scope = method === 'POST' ? { scope: PUSH } : {};
    expect(answer.body).toEqual({
      token,
      access_token: token,
      token_type: 'Bearer',
      expires_in: 900,
      ...scope,
    });
  });

  test('P-24: the scope of a POST is what was granted', async () => {
    const { body } = await ask(server, { as, scope: 'repository:acme/app:pull,delete' });
    expect(body['scope']).toBe(method === 'POST' ? PULL : undefined);
  });
});

test('P-22: expires_in is exp less now, longer for a push than for a pull', async () => {
  for (const [scope, life] of [
    [PULL, 300],
    [PUSH, 900],
  ] as const) {
    const answer = await get(server, { as, scope });
    const { exp = 0 } = await claimsOf(server, answer);
    expect(answer.body['expires_in']).toBe(life);
    expect(exp - Math.floor(server.clock.now() / 1000)).toBe(life);
  }
});

test('no token outlives the job: the last minute gives none', async () => {
  const left = () => Math.floor((deadline - server.clock.now()) / 1000);
  const answer = await get(server, { as: job, scope: PUSH });
  expect(answer.body['expires_in']).toBe(left());
  expect((await claimsOf(server, answer)).exp).toBeLessThanOrEqual(Math.floor(deadline / 1000));
  server.clock.advance(540_000);
  expect((await get(server, { as: job, scope: PUSH })).body['expires_in']).toBe(60);
  server.clock.advance(1000);
  const late = await get(server, { as: job, scope: PUSH });
  expect(late.status).toBe(401);
  expect(late.body['details']).toMatch('ends within a minute');
});

test('P-41, P-42, P-43: the claims', async () => {
  const now = Math.floor(server.clock.now() / 1000);
  const claims = await claimsOf(server, await get(server, { as, scope: PULL }));
  expect(claims).toEqual({
    iss: 'wharf',
    sub: 'user:jane',
    aud: 'container_registry',
    exp: now + 300,
    nbf: now - 10,
    iat: now - 10,
    jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
    access: [{ type: 'repository', name: 'acme/app', actions: ['pull'] }],
  });
});

test('P-43: no two tokens have one jti', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => get(server, { as })));
  const ids = await Promise.all(
    answers.map(async (answer) => (await claimsOf(server, answer)).jti),
  );
  expect(new Set(ids).size).toBe(20);
});

describe('P-40, P-41, T22: the service', () => {
  test('one that is listed is the audience', async () => {
    for (const service of ['container_registry', 'other']) {
      const answer = await get(server, { as, more: { service } });
      expect((await claimsOf(server, answer)).aud).toBe(service);
    }
  });

  test('an empty one is the default', async () => {
    const answer = await get(server, { as, more: { service: '' } });
    expect((await claimsOf(server, answer)).aud).toBe('container_registry');
  });

  test.each(['unknown', '__proto__', 'constructor', 'Other', 'other ', 'container_registry,other'])(
    '%j is refused, by GET and by POST, and nothing is signed',
    async (service) => {
      for (const ask of [get, post]) {
        const answer = await ask(server, { as, scope: PULL, more: { service } });
        expect(answer.status).toBe(400);
        expect(answer.body['details']).toMatch('The service is not one of this token server');
        expect(answer.body).not.toHaveProperty('token');
      }
    },
  );
});

test('the header form is the service’s: a chain that leads to the published CA, or a key id alone', async () => {
  const headerOf = async (service: string) => {
    const { body } = await get(server, { as, more: { service } });
    return decodeProtectedHeader(String(body['token']));
  };
  const chain = await headerOf('container_registry');
  expect(chain).toMatchObject({ alg: 'ES256', typ: 'JWT', kid: expect.any(String) });
  const [leaf = ''] = chain.x5c ?? [];
  const certificate = new X509Certificate(Buffer.from(leaf, 'base64'));
  expect(certificate.verify(new X509Certificate(server.keys.caCertificatePem()).publicKey)).toBe(
    true,
  );
  const keyId = await headerOf('other');
  expect(keyId).toEqual({ alg: 'ES256', typ: 'JWT', kid: expect.any(String) });
});

describe('P-23: issued_at', () => {
  test('is left out as a rule, since clocks differ', async () => {
    expect((await get(server, { as })).body).not.toHaveProperty('issued_at');
  });

  test('is RFC 3339 in UTC where it is switched on', async () => {
    const dated = await startTokenServer('token: {issued_at: true}\nanonymous: {login: true}');
    const { body } = await get(dated);
    expect(body['issued_at']).toBe(new Date(dated.clock.now()).toISOString());
    await dated.close();
  });
});
