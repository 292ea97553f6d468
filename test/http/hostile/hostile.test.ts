/** Requests that no honest client sends. Each is answered with a 4xx in JSON and grants nothing. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { connect } from 'node:net';
import { sendRaw } from '../../support/raw-http.ts';
import { plainEnvironment, runProgram } from '../../support/run-program.ts';
import { get, granted, startTokenServer, type TokenServer } from '../../support/token-server.ts';
import { BODIES } from './bodies.ts';
import { HEADERS } from './headers.ts';
import { PARAMETERS } from './parameters.ts';
import { base64, HOST, raw, rawGet, rawPost } from './raw-request.ts';
import { REQUEST_LINES } from './request-lines.ts';

const HOSTILE = [...REQUEST_LINES, ...HEADERS, ...PARAMETERS, ...BODIES];
/** Milliseconds: far above what an answer takes, so that only a hang or a runaway parser fails on a busy machine. */
const LIMIT = 1000;
/** What all but the odd one must keep. */
const USUAL = 100;

let server: TokenServer;
let credential: readonly [string, string];
const times: number[] = [];

beforeAll(async () => {
  server = await startTokenServer();
  const jane = await server.user('jane');
  await server.group('acme');
  await server.project('acme/app');
  await server.project('acme/open', { visibility: 'public' });
  await server.member('acme/app', 'jane', 'developer');
  credential = ['jane', (await server.personalAccessToken(jane, ['api'])).secret];
  for (let i = 0; i < 30; i++) await sendRaw(server.url, rawGet('scope=x'));
});
afterAll(() => server.close());

describe('T9, T15, T34, T35, T37, T38: hostile requests', () => {
  test('are more than a hundred, and none stands twice', () => {
    expect(HOSTILE.length).toBeGreaterThan(100);
    expect(new Set(HOSTILE.map(([name]) => name)).size).toBe(HOSTILE.length);
  });

  test.each(HOSTILE)('%s', async (_, bytes) => {
    const { status, headers, body, milliseconds } = await sendRaw(server.url, bytes);
    times.push(milliseconds);
    expect([400, 401, 404, 405, 413, 431]).toContain(status);
    expect(headers['content-type']).toMatch(/^application\/json/);
    expect(headers['location']).toBeUndefined();
    const answer = JSON.parse(body) as Record<string, unknown>;
    expect(answer).toHaveProperty('error');
    expect(answer).not.toHaveProperty('token');
    expect(answer).not.toHaveProperty('access_token');
    // P-37.
    expect(body.length).toBeLessThan(8192);
    expect(body).not.toMatch(/<html|<!doctype/i);
    expect(milliseconds).toBeLessThan(LIMIT);
  });

  test('are answered fast: nine of ten within 100 ms', () => {
    const sorted = times.toSorted((a, b) => a - b);
    expect(sorted[Math.floor(sorted.length * 0.9)]).toBeLessThan(USUAL);
  });

  test('left no trace: no fault in the log, nothing issued, no prototype changed', () => {
    expect(server.logged.lines('token issued')).toEqual([]);
    expect(server.logged.lines().filter((line) => line['level'] === 'error')).toEqual([]);
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
  });

  test('and a good request is served as before', async () => {
    const answer = await get(server, { as: credential, scope: 'repository:acme/app:pull,push' });
    expect(await granted(server, answer)).toEqual(['repository:acme/app:pull,push']);
  });
});

describe('T34: what two readers could read in two ways is refused, whoever sends it', () => {
  const good = () => `Authorization: Basic ${base64(credential.join(':'))}`;
  const form = 'grant_type=password';

  test.each<[string, () => string]>([
    ['two credentials, the first good', () => rawGet('', good(), 'Authorization: Basic YTpi')],
    ['two credentials, the last good', () => rawGet('', 'Authorization: Basic YTpi', good())],
    ['the good credential twice', () => rawGet('', good(), good())],
    ['two Hosts', () => raw('GET /token HTTP/1.1', [HOST, 'Host: other', good()])],
    ['a folded header', () => rawGet('', `${good()}\r\n x`)],
    ['bare line feeds', () => rawGet('', good()).replaceAll('\r\n', '\n')],
    ['two lengths', () => rawPost(form, 'Content-Length: 19', 'Content-Length: 20', good())],
    ['length and chunks', () => rawPost(form, 'Content-Length: 19', 'Transfer-Encoding: chunked')],
  ])('%s: 400', async (_, bytes) => {
    expect(await sendRaw(server.url, bytes())).toMatchObject({ status: 400 });
  });

  test('P-02: a bad credential behind any number of headers is still seen', async () => {
    const scope = 'scope=repository:acme/open:pull';
    const many = Array.from({ length: 10_000 }, () => 'A: 1');
    expect(await sendRaw(server.url, rawGet(scope, ...many))).toMatchObject({ status: 200 });
    const bytes = rawGet(scope, ...many, 'Authorization: Basic !');
    expect(await sendRaw(server.url, bytes)).toMatchObject({ status: 401 });
  });
});

/** Ten times: sends four megabytes of headers, and only then reads. Prints how often the answer was there. */
const LATE_READER = `
  const { connect } = require('node:net');
  const bytes = 'GET /token HTTP/1.1\\r\\nHost: a\\r\\nX: ' + 'a'.repeat(4e6);
  const once = () => new Promise((resolve) => {
    let text = '';
    const socket = connect(Number(process.argv[1]), '127.0.0.1');
    socket.on('data', (chunk) => (text += chunk));
    socket.on('error', () => resolve('')).on('end', () => resolve(text));
    socket.pause();
    socket.write(bytes, () => socket.resume());
  });
  (async () => {
    let answered = 0;
    for (let i = 0; i < 10; i++) if ((await once()).startsWith('HTTP/1.1 431 ')) answered++;
    console.log(answered);
  })();
`;

test('P-37: a client that sends all it has before it reads still gets its answer', async () => {
  const args = ['-e', LATE_READER, new URL(server.url).port];
  const { stdout } = await runProgram(process.execPath, args, { env: plainEnvironment() });
  expect(stdout.trim()).toBe('10');
});

// An error that nobody listens for would end the process, and fails this suite.
test('T36: clients that reset the connection in the middle do no harm', async () => {
  const { hostname, port } = new URL(server.url);
  const beginnings = [
    'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n',
    rawGet(''),
    'noise\r\n\r\n',
    'G',
    '',
  ];
  for (const bytes of beginnings) {
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    await new Promise<void>((resolve) => socket.write(bytes, () => resolve()));
    await new Promise((resolve) => setTimeout(resolve, 30));
    socket.resetAndDestroy();
  }
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect((await get(server, { as: credential })).status).toBe(200);
});

describe('T9, T13: hostile scopes with a good credential', () => {
  test.each([
    'repository:acme/app%00:pull',
    'repository:acme//app:pull',
    'repository:/acme/app:pull',
    'repository:acme/app/:pull',
    'repository:acme/../acme/app:pull',
    'repository:ACME/app:pull',
    'repository:acme%2Fapp:pull',
    'repository:ａcme/app:pull',
    'repository:acme/app :pull',
    'repository:host:5000/acme/app:pull',
    'repository:localhost/acme/app:pull',
    'repository:acme/app/a/b/c:pull',
    'repository:acme/app:pull\u0000',
    'repository:acme/app:Pull',
    'repository:acme/app:admin',
    'repository:acme/*:pull',
    'repository:*:*',
    'Repository:acme/app:pull',
    'repositor\u0131:acme/app:pull',
    'registry:catalog:*',
    'registry:acme/app:pull',
    'registry:catalog:pull',
    'project:acme/app:pull',
    '__proto__:acme/app:pull',
    'repository:__proto__:pull',
    'repository:constructor/prototype:pull',
  ])('%j opens nothing', async (scope) => {
    expect(await granted(server, await get(server, { as: credential, scope }))).toEqual([]);
  });
});
