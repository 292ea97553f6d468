import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  get,
  granted,
  post,
  send,
  startTokenServer,
  type TokenServer,
} from '../../support/token-server.ts';

let server: TokenServer;
/** Maintains acme/app, develops acme/lib, reports on acme/docs. */
let as: readonly [string, string];
let admin: readonly [string, string];

beforeAll(async () => {
  server = await startTokenServer();
  const jane = await server.user('jane');
  const root = await server.user('boss', { admin: true });
  await server.group('acme');
  for (const path of ['acme/app', 'acme/lib', 'acme/docs', 'acme/other'])
    await server.project(path);
  await server.member('acme/app', 'jane', 'maintainer');
  await server.member('acme/lib', 'jane', 'developer');
  await server.member('acme/docs', 'jane', 'reporter');
  as = ['jane', (await server.personalAccessToken(jane, ['api'])).secret];
  admin = ['boss', (await server.personalAccessToken(root, ['api'])).secret];
});
afterAll(() => server.close());

const ask = async (...scope: string[]) => granted(server, await get(server, { as, scope }));

describe('what was asked and what is allowed', () => {
  test('P-05: pull,push with the right to pull: exactly pull', async () => {
    expect(await ask('repository:acme/docs:pull,push')).toEqual(['repository:acme/docs:pull']);
  });

  test('P-06, row 7: nothing allowed: 200 and an empty list', async () => {
    expect(await ask('repository:acme/other:pull,push')).toEqual([]);
  });

  test('row 100: of two repositories the one that is allowed', async () => {
    expect(await ask('repository:acme/other:pull', 'repository:acme/docs:pull')).toEqual([
      'repository:acme/docs:pull',
    ]);
  });

  test('a mount from an unreadable repository still lets the push through', async () => {
    expect(await ask('repository:acme/lib:pull,push', 'repository:acme/other:pull')).toEqual([
      'repository:acme/lib:pull,push',
    ]);
  });

  test('P-15, row 11: `*` is the list of what one may do', async () => {
    expect(await ask('repository:acme/app:*')).toEqual(['repository:acme/app:pull,push,delete']);
    expect(await ask('repository:acme/lib:*')).toEqual(['repository:acme/lib:pull,push']);
    expect(await ask('repository:acme/docs:*,pull')).toEqual(['repository:acme/docs:pull']);
  });

  test('P-19: delete only where the rules say so, and it stands alone', async () => {
    expect(await ask('repository:acme/app:delete')).toEqual(['repository:acme/app:delete']);
    expect(await ask('repository:acme/lib:delete')).toEqual([]);
  });

  test('P-16, row 97: the catalogue is for an admin, as a literal `*`', async () => {
    const scope = 'registry:catalog:*';
    expect(await granted(server, await get(server, { as: admin, scope }))).toEqual([scope]);
    expect(await ask(scope)).toEqual([]);
    expect(await granted(server, await get(server, { scope }))).toEqual([]);
  });

  test('P-18: names are compared byte for byte', async () => {
    for (const name of [
      'acme/App',
      'Acme/app',
      'acme/app ',
      'acme/app/',
      'acme%2Fapp',
      'ａcme/app',
    ]) {
      expect(await ask(`repository:${name}:pull`)).toEqual([]);
    }
  });
});

describe('how it can be spelled', () => {
  const BOTH = ['repository:acme/docs:pull', 'repository:acme/lib:pull,push'];

  test('P-07, P-08, P-09: repeated, in one value, by GET and by POST', async () => {
    const repeated = { as, scope: BOTH };
    const joined = { as, scope: BOTH.join(' ') };
    for (const answer of await Promise.all([
      get(server, repeated),
      get(server, joined),
      post(server, repeated),
      post(server, joined),
    ])) {
      expect(await granted(server, answer)).toEqual(BOTH);
    }
  });

  test('P-10, P-11: entries of one repository merge, in any order', async () => {
    const spellings = [
      ['repository:acme/lib:pull', 'repository:acme/lib:push,pull'],
      ['repository:acme/lib:push,pull', 'repository:acme/lib:pull'],
      ['repository:acme/lib:push repository:acme/lib:pull'],
      ['repository:acme/lib:pull,push,pull'],
    ];
    for (const scopes of spellings) {
      const [entry = '', ...others] = await ask(...scopes);
      expect(others).toEqual([]);
      expect(entry.split(':')[2]?.split(',').sort()).toEqual(['pull', 'push']);
    }
  });

  test('P-12: empty ones, many spaces and noise are passed over', async () => {
    expect(await ask('', '  ', 'noise', '  repository:acme/docs:pull   x:y ', ':::')).toEqual([
      'repository:acme/docs:pull',
    ]);
  });

  test('P-13, T11: a host in front is another name, and nobody’s', async () => {
    expect(await ask('repository:host:5000/acme/docs:pull,push')).toEqual([]);
    expect(await ask('repository:localhost/acme/docs:pull')).toEqual([]);
  });

  test('P-14, T12: a class changes nothing and is not answered', async () => {
    expect(await ask('repository(plugin):acme/docs:pull')).toEqual(['repository:acme/docs:pull']);
  });

  test('P-17: an empty name is no crash', async () => {
    expect(await ask('repository::pull')).toEqual([]);
  });

  test('percent signs are decoded once', async () => {
    const once = encodeURIComponent('repository:acme/docs:pull');
    const twice = encodeURIComponent(once);
    const headers = { authorization: `Basic ${Buffer.from(as.join(':')).toString('base64')}` };
    const by = async (query: string) =>
      granted(server, await send(`${server.url}/token?scope=${query}`, { headers }));
    expect(await by(once)).toEqual(['repository:acme/docs:pull']);
    expect(await by(twice)).toEqual([]);
  });

  test('P-56, T15: a hundred scopes are served, one more is a clear 400', async () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, i) => `repository:acme/other/n${i}:pull`);
    expect((await get(server, { as, scope: many(100) })).status).toBe(200);
    const answer = await get(server, { as, scope: many(101) });
    expect(answer.status).toBe(400);
    expect(answer.body['details']).toMatch('more than 100 scopes');
  });
});
