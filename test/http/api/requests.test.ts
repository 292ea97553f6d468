import { gzipSync } from 'node:zlib';
import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ADMIN_TOKEN, openApi, type Api } from './support.ts';

let api: Api;
beforeAll(async () => {
  api = await openApi();
});
afterAll(() => api.close());

const post = (path: string) => api.raw('post', path).set('PRIVATE-TOKEN', ADMIN_TOKEN);
const users = '/api/v4/users';

test('a bearer token does as well as PRIVATE-TOKEN', async () => {
  const answer = await api.raw('get', '/api/v4/user').set('Authorization', `bearer ${ADMIN_TOKEN}`);
  expect(answer.body.username).toBe('root');
});

test('two credentials are one too many', async () => {
  const answer = await api
    .raw('get', '/api/v4/user')
    .set('PRIVATE-TOKEN', ADMIN_TOKEN)
    .set('Authorization', `Bearer ${ADMIN_TOKEN}`);
  expect([answer.status, answer.body]).toEqual([
    400,
    { error: 'the request carries more than one credential; send one' },
  ]);
});

test('T34: so is the same header twice', async () => {
  const status = await new Promise((resolve, reject) => {
    const headers = ['Host', 'x', 'PRIVATE-TOKEN', ADMIN_TOKEN, 'PRIVATE-TOKEN', 'glpat-other'];
    httpRequest(`${api.url}/api/v4/user`, { headers }, (res) => resolve(res.resume().statusCode))
      .on('error', reject)
      .end();
  });
  expect(status).toBe(400);
});

test.each([
  ['/api/v4/nothing', 404],
  ['/api/v4', 404],
  ['/api/v5/user', 404],
  ['/api', 404],
  ['/favicon.ico', 404],
  ['/api/v4/USER', 404],
  ['/api/v4/projects/%zz', 400],
  ['/api/v4/users/%00', 400],
  ['/api/v4/users/1e3', 400],
  ['/api/v4/users/0', 400],
  ['/api/v4/users/99999999999999999999', 400],
  ['/api/v4/projects/99999999999999999999', 404],
  ['/api/v4/projects/..%2F..%2Fetc', 404],
  ['/api/v4/projects/__proto__', 404],
  [`/api/v4/projects/${'a'.repeat(2000)}`, 400],
  ['/api/v4/users?page=0', 400],
  ['/api/v4/users?per_page=-1', 400],
  ['/api/v4/users?page=1&page=2', 400],
  ['/api/v4/users?page[x]=1', 400],
  ['/api/v4/users?__proto__[admin]=1', 400],
  ['/api/v4/users?constructor[prototype][admin]=1', 400],
  [`/api/v4/users?search=${'%25_'.repeat(20)}`, 200],
])('GET %s is %i, in JSON', async (path, status) => {
  const answer = await api.raw('get', path).set('PRIVATE-TOKEN', ADMIN_TOKEN);
  expect([path, answer.status]).toEqual([path, status]);
  expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
  expect(answer.headers['x-powered-by']).toBeUndefined();
});

test('405 where the path has other methods', async () => {
  const answer = await api.raw('patch', users).set('PRIVATE-TOKEN', ADMIN_TOKEN);
  expect([answer.status, answer.headers['allow'], answer.body]).toEqual([
    405,
    'GET, POST',
    { error: '405 Not Allowed' },
  ]);
  expect((await api.raw('options', users)).status).toBe(405);
  const head = await api.raw('head', users).set('PRIVATE-TOKEN', ADMIN_TOKEN);
  expect([head.status, head.headers['x-total']]).toEqual([200, '1']);
});

test('415 for what is neither JSON nor a form, or is compressed', async () => {
  for (const type of [
    'text/plain',
    'multipart/mixed; boundary=x',
    'application/json; charset=latin1',
  ]) {
    expect((await post(users).set('Content-Type', type).send('username=x')).status).toBe(415);
  }
  const zipped = post(users)
    .set('Content-Type', 'application/json')
    .set('Content-Encoding', 'gzip');
  zipped.write(gzipSync('{"username":"zipped"}'));
  expect((await zipped).status).toBe(415);
  const other = await post(users).set('Content-Type', 'text/xml').send('<a/>');
  expect(other.body.error).toBe(
    'the body must be application/json, application/x-www-form-urlencoded or multipart/form-data, in UTF-8',
  );
});

test('413 beyond 64 KiB', async () => {
  const answer = await post(users).send({ username: 'x'.repeat(70_000) });
  expect([answer.status, answer.body.message]).toEqual([413, expect.stringContaining('65536')]);
});

test.each([
  ['{"username":', 'the body is not valid JSON'],
  ['[]', 'the body must be an object of named values'],
  ['"x"', 'the body must be an object of named values'],
  ['null', 'the body must be an object of named values'],
  ['{"username":["x"]}', 'username is invalid: Invalid input: expected string, received array'],
  ['{"__proto__":{"admin":true},"username":"p"}', '__proto__ is unknown here'],
  ['{"constructor":{"prototype":{"admin":true}},"username":"p"}', 'constructor is unknown here'],
])('T37: the body %s is refused', async (body, error) => {
  const answer = await post(users).set('Content-Type', 'application/json').send(body);
  expect([answer.status, answer.body]).toEqual([400, { error }]);
  expect(({} as { admin?: boolean }).admin).toBeUndefined();
});

test('a refusal repeats no value', async () => {
  const secret = 'glpat-pasted-into-the-wrong-field';
  const answer = await post(users).send({ username: 'x', admin: secret, email: [secret] });
  expect(answer.status).toBe(400);
  expect(answer.text).not.toContain(secret);
});

test('a body in deep nesting is refused in good time', async () => {
  const deep = '['.repeat(30_000) + ']'.repeat(30_000);
  const before = Date.now();
  const answer = await post(users)
    .set('Content-Type', 'application/json')
    .send(`{"email":${deep}}`);
  expect(answer.status).toBe(400);
  expect(Date.now() - before).toBeLessThan(1000);
});
