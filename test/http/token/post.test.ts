import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Secret } from '../../../src/credential/secret.ts';
import {
  claimsOf,
  get,
  post,
  send,
  startTokenServer,
  type TokenServer,
} from '../../support/token-server.ts';

let server: TokenServer;
const logins: Record<string, readonly [string, string]> = {};

beforeAll(async () => {
  server = await startTokenServer();
  const jane = await server.user('jane', { password: new Secret('correct horse') });
  await server.group('acme');
  const app = await server.project('acme/app');
  await server.project('acme/open', { visibility: 'public' });
  await server.member('acme/app', 'jane', 'developer');
  const deploy = await server.deployToken(app, ['read_registry']);
  Object.assign(logins, {
    'a password': ['jane', 'correct horse'],
    'a personal access token': ['jane', (await server.personalAccessToken(jane, ['api'])).secret],
    'a deploy token': [deploy.username, deploy.secret],
    'a job token': ['gitlab-ci-token', (await server.job(app, jane)).token.reveal()],
    'an opaque job token': [
      'gitlab-ci-token',
      (await server.job(app, jane, { tokenFormat: 'opaque' })).token.reveal(),
    ],
    'a wrong password': ['jane', 'wrong'],
    'a wrong deploy token': ['gitlab+deploy-token-1', 'gldt-wrong'],
    'a wrong username': ['nobody', deploy.secret],
  });
});
afterAll(() => server.close());

const kinds = [
  'a password',
  'a personal access token',
  'a deploy token',
  'a job token',
  'an opaque job token',
  'a wrong password',
  'a wrong deploy token',
  'a wrong username',
];

test.each(kinds)('P-31: %s gets the same by POST as by GET', async (kind) => {
  const ask = {
    as: logins[kind],
    scope: ['repository:acme/app:*', 'repository:acme/open:pull,push'],
  };
  const [byGet, byPost] = [await get(server, ask), await post(server, ask)];
  expect(byPost.status).toBe(byGet.status);
  if (byGet.status !== 200) return expect(byPost.body['error']).toBe('invalid_grant');
  const [one, other] = [await claimsOf(server, byGet), await claimsOf(server, byPost)];
  expect({ ...other, jti: '' }).toEqual({ ...one, jti: '' });
  expect(byPost.body['expires_in']).toBe(byGet.body['expires_in']);
});

describe('what a POST is refused for', () => {
  const form = (body: string, type = 'application/x-www-form-urlencoded') =>
    send(`${server.url}/token`, { method: 'POST', body, headers: { 'content-type': type } });

  test('P-32: a wrong password: 401 with errors, details and invalid_grant', async () => {
    const answer = await post(server, { as: ['jane', 'wrong'] });
    expect(answer.status).toBe(401);
    expect(answer.body).toEqual({
      errors: [{ code: 'UNAUTHORIZED', message: answer.body['details'] }],
      details: expect.stringMatching(/^The username or the secret is wrong.* \(request [\w-]+\)$/),
      error: 'invalid_grant',
      error_description: expect.stringMatching(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/),
    });
  });

  test('P-32, P-33, P-34: a refresh token: 401, so that clients fall back', async () => {
    for (const more of ['', '&refresh_token=', '&refresh_token=abc']) {
      const answer = await form(`grant_type=refresh_token&service=container_registry${more}`);
      expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_grant' } });
    }
  });

  test('P-33: an unknown grant: 400 unsupported_grant_type', async () => {
    const answer = await form('grant_type=authorization_code&code=1');
    expect(answer).toMatchObject({ status: 400, body: { error: 'unsupported_grant_type' } });
  });

  test('P-33: passwords that are switched off: 401', async () => {
    const without = await startTokenServer('credentials: {password: false}');
    const password = new Secret('correct horse');
    await without.user('jane', { password });
    const as = ['jane', 'correct horse'] as const;
    expect((await post(without, { as })).status).toBe(401);
    expect((await get(without, { as })).status).toBe(401);
    await without.close();
  });

  test.each(['grant_type', 'username', 'password'])(
    'without %s: 400 that names it',
    async (name) => {
      const fields = { grant_type: 'password', username: 'jane', password: 'x' };
      const left = Object.entries(fields).filter(([key]) => key !== name);
      const answer = await form(new URLSearchParams(left).toString());
      expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
      expect(answer.body['details']).toMatch(`The parameter ${name} is missing.`);
    },
  );

  test('T38: a doubled parameter: 400 that names it', async () => {
    const good = 'grant_type=password&username=jane&password=x';
    for (const name of ['grant_type', 'username', 'password', 'service', 'client_id']) {
      const answer = await form(`${good}&${name}=a&${name}=a`);
      expect(answer.status).toBe(400);
      expect(answer.body['details']).toMatch(`The parameter ${name} stands more than once.`);
    }
  });

  test('anything but a form: 400 that says so', async () => {
    const answer = await form('{"grant_type":"password"}', 'application/json');
    expect(answer.status).toBe(400);
    expect(answer.body['details']).toMatch('application/x-www-form-urlencoded');
  });

  test('the type of the form is read without case, and with parameters as containerd sends them', async () => {
    const [username, password] = logins['a deploy token'] ?? ['', ''];
    const body = new URLSearchParams({ grant_type: 'password', username, password }).toString();
    for (const type of [
      'application/x-www-form-urlencoded; charset=utf-8',
      'APPLICATION/X-WWW-FORM-URLENCODED',
    ]) {
      expect((await form(body, type)).status).toBe(200);
    }
  });

  test('a credential in the header does not stand in for the form', async () => {
    const [username = '', password = ''] = logins['a password'] ?? [];
    const authorization = `Basic ${btoa(`${username}:${password}`)}`;
    const answer = await post(server, { headers: { authorization } });
    expect(answer.status).toBe(400);
  });

  test('what stands in the query of a POST is not read', async () => {
    const path = '/token?grant_type=password&username=jane&password=correct+horse';
    expect((await post(server, { path })).status).toBe(400);
  });
});
