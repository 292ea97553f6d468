/** Nothing a browser does by itself opens the API: it reads no cookie, and asks for none (CSRF has nothing to ride on). */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { API_ROUTES } from '../../../src/http/api/routes.ts';
import { ADMIN_TOKEN, openApi, type Api } from './support.ts';

let api: Api;
beforeAll(async () => {
  api = await openApi();
});
afterAll(() => api.close());

const ORIGIN = 'https://elsewhere.example.com';
const FORM = 'application/x-www-form-urlencoded';

const corsOf = (headers: Readonly<Record<string, unknown>>): string[] =>
  Object.keys(headers).filter((name) => name.startsWith('access-control-'));

const send = (method: string, path: string, headers: Readonly<Record<string, string>>) =>
  api.raw(method, `/api/v4${path}`).set(headers);

describe('cookies', () => {
  test('are not read: no cookie stands for a token', async () => {
    for (const name of ['private_token', 'PRIVATE-TOKEN', '_gitlab_session', 'session', 'token']) {
      const answer = await send('get', '/user', { Cookie: `${name}=${ADMIN_TOKEN}` });
      expect([answer.status, answer.body]).toEqual([401, { message: '401 Unauthorized' }]);
    }
  });

  test('are not set, by any route, for anybody', async () => {
    for (const { method, path } of API_ROUTES) {
      const at = path.replace(/:\w+/g, '999999');
      // Nothing is called 999999, and no body is there: nothing happens, but to the token itself.
      if (path.includes('/self') && method !== 'get') continue;
      const answer = await send(method, at, { 'PRIVATE-TOKEN': ADMIN_TOKEN, Cookie: 'a=b' });
      expect([path, answer.headers['set-cookie']]).toEqual([path, undefined]);
    }
  });

  test('do not matter where there is a token', async () => {
    const headers = { 'PRIVATE-TOKEN': ADMIN_TOKEN, Cookie: 'private_token=glpat-other' };
    const answer = await send('get', '/user', headers);
    expect([answer.status, answer.body.username]).toEqual([200, 'root']);
  });
});

describe('a page of another origin', () => {
  test('gets no leave to ask, whatever it wants to ask', async () => {
    for (const path of new Set(API_ROUTES.map((route) => route.path))) {
      const answer = await send('options', path.replace(/:\w+/g, '1'), {
        Origin: ORIGIN,
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'private-token',
      });
      expect([path, answer.status, corsOf(answer.headers)]).toEqual([path, 405, []]);
    }
  });

  test('may read no answer, with a token or without', async () => {
    for (const headers of [{ 'PRIVATE-TOKEN': ADMIN_TOKEN }, { Authorization: 'Bearer x' }, {}]) {
      const answer = await send('get', '/user', { Origin: ORIGIN, ...headers });
      expect(corsOf(answer.headers)).toEqual([]);
      expect(answer.headers['cross-origin-resource-policy']).toBe('same-origin');
    }
  });

  test.each([
    ['a form', FORM, 'username=eve&admin=true'],
    ['a form with a token in it', FORM, `username=eve&private_token=${ADMIN_TOKEN}`],
    ['text that is JSON', 'text/plain', '{"username":"eve","admin":true}'],
    ['a form with files', 'multipart/form-data; boundary=x', '--x--\r\n'],
  ])('changes nothing by sending %s', async (_what, type, body) => {
    const answer = await send('post', '/users', {
      Origin: ORIGIN,
      'Sec-Fetch-Site': 'cross-site',
      'Content-Type': type,
      Cookie: `private_token=${ADMIN_TOKEN}`,
    }).send(body);
    expect(answer.status).toBe(401);
    expect(await api.world.store.directory.userByUsername('eve')).toBeNull();
  });
});

describe('only a header carries a token', () => {
  test.each(['PRIVATE-TOKEN', 'Authorization'])('%s does', async (name) => {
    const value = name === 'Authorization' ? `Bearer ${ADMIN_TOKEN}` : ADMIN_TOKEN;
    expect((await send('get', '/user', { [name]: value })).status).toBe(200);
  });

  test.each([
    ['private_token', 'PRIVATE-TOKEN'],
    ['access_token', 'PRIVATE-TOKEN'],
    ['job_token', 'JOB-TOKEN'],
  ])('?%s= does not, and the answer says what does', async (name, header) => {
    const answer = await send('get', `/user?per_page=1&${name}=${ADMIN_TOKEN}`, {});
    expect([answer.status, answer.body]).toEqual([
      401,
      {
        message: `401 Unauthorized - a token in the URL (${name}) ends up in logs: send it in the header ${header}`,
      },
    ]);
    expect(JSON.stringify(api.world.logged.lines())).not.toContain(ADMIN_TOKEN);
  });

  test('Basic does not: a browser asks for a password and keeps it', async () => {
    const basic = Buffer.from(`root:${ADMIN_TOKEN}`).toString('base64');
    const answer = await send('get', '/user', { Authorization: `Basic ${basic}` });
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([
      401,
      'Bearer realm="wharfpass"',
    ]);
  });
});
