import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Secret } from '../../../src/credential/secret.ts';
import {
  basic,
  claimsOf,
  get,
  granted,
  post,
  send,
  startTokenServer,
  type TokenServer,
} from '../../support/token-server.ts';

const PASSWORD = 'correct horse';
let server: TokenServer;
let token: string;

beforeAll(async () => {
  server = await startTokenServer();
  const jane = await server.user('jane', { password: new Secret(PASSWORD) });
  await server.group('acme');
  await server.project('acme/open', { visibility: 'public' });
  await server.project('acme/secret');
  await server.member('acme/secret', 'jane', 'reporter');
  token = (await server.personalAccessToken(jane, ['api'])).secret;
});
afterAll(() => server.close());

const OPEN = 'repository:acme/open:pull';
const SECRET = 'repository:acme/secret:pull';

describe('docker login', () => {
  test.each([
    ['a token', () => token],
    ['a password', () => PASSWORD],
  ])('P-01: with %s and no scope: 200 and an empty token', async (_, secret) => {
    const answer = await get(server, { as: ['jane', secret()] });
    expect(answer.status).toBe(200);
    expect((await claimsOf(server, answer)).access).toEqual([]);
  });

  test('P-03, row 5: without a credential and a scope: 401', async () => {
    const answer = await get(server);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Basic realm="wharfpass", charset="UTF-8"');
    expect(answer.body['details']).toMatch('Log in');
  });

  test('P-03: an empty scope is none', async () => {
    expect((await get(server, { scope: '' })).status).toBe(401);
  });

  test('P-03: anonymous login can be allowed', async () => {
    const open = await startTokenServer('anonymous: {login: true}');
    expect((await get(open)).status).toBe(200);
    await open.close();
  });
});

describe('no credential', () => {
  test('P-03, row 1: a public image is there for all, with an empty subject', async () => {
    const answer = await get(server, { scope: OPEN });
    expect(await granted(server, answer)).toEqual([OPEN]);
    expect((await claimsOf(server, answer)).sub).toBe('');
  });

  test.each([
    'repository:acme/secret:pull',
    'repository:acme/nothing:pull',
    'repository:no/such:pull',
  ])('P-04, T6: %s: 200 with nothing, whether it exists or not', async (scope) => {
    expect(await granted(server, await get(server, { scope }))).toEqual([]);
  });

  test('anonymous pull can be switched off', async () => {
    const closed = await startTokenServer('anonymous: {pull: false}');
    await closed.group('acme');
    await closed.project('acme/open', { visibility: 'public' });
    expect(await granted(closed, await get(closed, { scope: OPEN }))).toEqual([]);
    await closed.close();
  });
});

describe('a good credential', () => {
  test('the scheme is read without case, and padding may be missing', async () => {
    const [encoded = ''] = Object.values(basic('jane', token)).map((v) => v.split(' ')[1]);
    const bare = encoded.replace(/=+$/, '');
    for (const authorization of [`basic ${encoded}`, `BASIC ${bare}`, `Basic   ${encoded}  `]) {
      const answer = await get(server, { scope: SECRET, headers: { authorization } });
      expect(await granted(server, answer)).toEqual([SECRET]);
    }
  });

  test.each(['pä:ß🐳', '%41+%20&=?#', ' "both ends\\ '])(
    'P-57: the password %j works by Basic and by form',
    async (password) => {
      const username = `user${Buffer.from(password).toString('hex')}`;
      await server.user(username, { password: new Secret(password) });
      const as = [username, password] as const;
      expect((await get(server, { as })).status).toBe(200);
      expect((await post(server, { as })).status).toBe(200);
      expect((await get(server, { as: [username, password.slice(1)] })).status).toBe(401);
    },
  );

  test('row 26, row 47: without a scope for the registry: 401 that names what is missing', async () => {
    const jane = await server.store.directory.userByUsername('jane');
    const project = await server.store.directory.project('acme/secret');
    if (jane === null || project === null) throw new Error('the world is not there');
    const pat = await server.personalAccessToken(jane, ['read_user']);
    const deploy = await server.deployToken(project, ['read_repository']);
    for (const as of [
      ['jane', pat.secret],
      [deploy.username, deploy.secret],
    ] as const) {
      const answer = await get(server, { as, scope: OPEN });
      expect(answer.status).toBe(401);
      expect(answer.body['details']).toMatch('read_registry');
    }
  });

  test('P-30, CD-02, AUTO-22: revoked: the very next request is refused', async () => {
    const project = await server.store.directory.project('acme/secret');
    if (project === null) throw new Error('the world is not there');
    const { id, username, secret } = await server.deployToken(project, ['read_registry']);
    const as = [username, secret] as const;
    expect(await granted(server, await get(server, { as, scope: SECRET }))).toEqual([SECRET]);
    const holder = { kind: 'project', id: project.id } as const;
    await server.store.deployTokens.revoke(holder, id, server.clock.now());
    const answer = await get(server, { as, scope: SECRET });
    expect(answer).toMatchObject({ status: 401 });
    expect(answer.body['details']).toMatch('This deploy token has been revoked.');
  });
});

test('P-39: what we do not need is tolerated', async () => {
  const more = {
    account: 'somebody-else',
    client_id: '',
    offline_token: 'true',
    access_type: 'offline',
    unknown: 'x',
    password: 'not-here',
  };
  const answer = await get(server, { as: ['jane', token], scope: SECRET, more });
  expect(await granted(server, answer)).toEqual([SECRET]);
  const posted = await post(server, {
    as: ['jane', token],
    scope: SECRET,
    more: { ...more, password: token },
  });
  expect(await granted(server, posted)).toEqual([SECRET]);
  expect(answer.body).not.toHaveProperty('refresh_token');
  const repeated = `${server.url}/token?offline_token=1&offline_token=2&x=1&x=2&scope=${SECRET}`;
  expect((await send(repeated, { headers: basic('jane', token) })).status).toBe(200);
});
