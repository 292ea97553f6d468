/** The client against servers that do what no wharfpass would; see objects.test.ts for the real one. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApiClient } from '../../src/cli/api-client.ts';
import { CommandError, EXIT } from '../../src/cli/exit-codes.ts';
import { Secret } from '../../src/credential/secret.ts';
import { wharfpass } from './harness.ts';

const token = new Secret('glpat-of-a-test');
let server: Server;
let handler: RequestListener;
let url: string;
let seen: string[];

beforeEach(async () => {
  seen = [];
  server = createServer((req, res) => {
    seen.push(`${req.method} ${req.url} ${String(req.headers['private-token'])}`);
    handler(req, res);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): RequestListener =>
  (_req, res) =>
    res
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify(body));

async function failure(): Promise<CommandError> {
  const thrown: unknown = await createApiClient({ url, token })
    .get('/user')
    .catch((error: unknown) => error);
  if (thrown instanceof CommandError) return thrown;
  throw new Error(`no CommandError: ${String(thrown)}`);
}

test('a list is read page by page, to its end', async () => {
  handler = (req, res) => {
    const page = Number(new URL(req.url ?? '', url).searchParams.get('cursor') ?? 1);
    // Behind a proxy the server may know itself by another name, which the token must not go to.
    const next = `<http://elsewhere.example.com/api/v4/users?search=a&cursor=${page + 1}>; rel="next"`;
    json(200, [page, page], page < 3 ? { link: next } : {})(req, res);
  };
  const client = createApiClient({ url: `${url}/`, token });
  expect(await client.list('/jobs?search=a')).toEqual([1, 1, 2, 2, 3, 3]);
  expect(seen[0]).toBe('GET /api/v4/jobs?search=a&per_page=100&page=1 glpat-of-a-test');
  expect(seen[2]).toBe('GET /api/v4/jobs?search=a&cursor=3 glpat-of-a-test');
});

test('a list of users, groups or projects is read by where each page ended', async () => {
  handler = (req, res) => {
    const { searchParams: asked } = new URL(req.url ?? '', url);
    const after = Number(asked.get('id_after'));
    const next = `<http://elsewhere.example.com/?pagination=keyset&id_after=${after + 1}>; rel="next"`;
    json(200, [after, asked.get('pagination')], after < 2 ? { link: next } : {})(req, res);
  };
  const client = createApiClient({ url, token });
  for (const path of ['/users', '/groups/acme%2Fteam/projects?archived=true']) {
    expect(await client.list(path)).toEqual([0, 1, 2].flatMap((at) => [at, 'keyset']));
  }
  expect(seen[0]).toContain('/users?per_page=100&pagination=keyset&order_by=id&sort=asc ');
  expect(seen[4]).toContain('/groups/acme%2Fteam/projects?pagination=keyset&id_after=1 ');
  await client.list('/groups/acme/members');
  expect(seen[6]).toContain('/groups/acme/members?per_page=100&page=1 ');
});

test.each([
  [400, { error: 'name is missing' }, 'name is missing.', EXIT.failed],
  [
    401,
    { message: '401 Unauthorized' },
    '401 Unauthorized.\nThe token is not good',
    EXIT.notAllowed,
  ],
  [
    403,
    { error: 'insufficient_scope', error_description: 'More.' },
    'insufficient_scope: More.\n',
    EXIT.notAllowed,
  ],
  [404, { message: '404 Project Not Found' }, '404 Project Not Found.\nIt does not', EXIT.failed],
  [409, { message: { base: ['taken'] } }, '{"base":["taken"]}.', EXIT.failed],
  [500, {}, 'The server answered with status 500.', EXIT.failed],
  [503, { message: 'Try again.' }, 'Try again.\nThe server cannot reach', EXIT.unavailable],
])('status %i: %j', async (status, body, said, exitCode) => {
  handler = json(status, body);
  const error = await failure();
  expect(error.message.startsWith(said)).toBe(true);
  expect(error.exitCode).toBe(exitCode);
});

test('something else than a wharfpass is told apart', async () => {
  handler = (_req, res) => res.writeHead(200).end('<html>welcome</html>');
  expect(await failure()).toMatchObject({ exitCode: EXIT.unavailable });
  expect((await failure()).message).toContain('not as a wharfpass would (status 200)');
});

test('a redirect is not followed: the token stays where it was sent', async () => {
  handler = (req, res) =>
    req.url === '/elsewhere' ? res.end('[]') : res.writeHead(307, { location: '/elsewhere' }).end();
  expect((await failure()).exitCode).toBe(EXIT.unavailable);
  expect(seen).toHaveLength(1);
});

test('an answer that breaks off is no answer', async () => {
  handler = (_req, res) => {
    res.writeHead(200, { 'content-length': '100' }).write('[');
    setImmediate(() => res.destroy());
  };
  expect((await failure()).exitCode).toBe(EXIT.unavailable);
});

test('no server: says how to start one', async () => {
  const outcome = await wharfpass(['user', 'list'], {
    env: { WHARFPASS_URL: 'http://127.0.0.1:9', WHARFPASS_TOKEN: 't' },
  });
  expect(outcome.exitCode).toBe(EXIT.unavailable);
  expect(outcome.stdout).toBe('');
  expect(outcome.stderr).toContain('No wharfpass answers at http://127.0.0.1:9');
  expect(outcome.stderr).toContain('npm start');
});

test('arguments go where they belong, whatever is in them', async () => {
  handler = json(200, []);
  const env = { WHARFPASS_URL: url, WHARFPASS_TOKEN: 'secret' };
  await wharfpass(['member', 'list', '--project', 'a/b c?d=e&f'], { env });
  await wharfpass(['job', 'list', '--project', 'a/b', '--status', 'running,success'], { env });
  await wharfpass(['user', 'show', '../admin?x'], { env });
  expect(seen.map((line) => line.split(' ')[1])).toEqual([
    '/api/v4/projects/a%2Fb%20c%3Fd%3De%26f/members?per_page=100&page=1',
    '/api/v4/projects/a%2Fb/jobs?scope[]=running&scope[]=success&per_page=100&page=1',
    '/api/v4/users?username=..%2Fadmin%3Fx',
  ]);
});

test('the administrator’s token of this machine is sent to no other', async () => {
  const outcome = await wharfpass(['user', 'list'], {
    env: { WHARFPASS_URL: 'http://wharfpass.example' },
  });
  expect(outcome.exitCode).toBe(EXIT.notAllowed);
  expect(outcome.stderr).toContain('http://wharfpass.example needs a token.');
});
