/** The REST API on the common listener, on one of its own, and nowhere. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createServer } from 'node:http';
import { startServer } from '../../src/compose.ts';
import { warnOfPlainHttp } from '../../src/http/address.ts';
import { listen } from '../../src/http/server.ts';
import { settingsSchema } from '../../src/settings/schema.ts';
import { API_ROUTES } from '../../src/http/api/routes.ts';
import { logLines } from '../support/log-lines.ts';
import { openWorld } from '../support/world.ts';
import { get, startTokenServer, type TokenServer } from '../support/token-server.ts';

const root = (server: TokenServer) =>
  server.user('boss', { admin: true }).then((boss) => server.personalAccessToken(boss, ['api']));

const me = (url: string | null, token: string) =>
  fetch(`${url}/api/v4/user`, { headers: { 'PRIVATE-TOKEN': token } });

test('without a setting it is where everything is', async () => {
  const server = await startTokenServer();
  try {
    expect(server.running.apiUrl).toBe(server.url);
    expect((await me(server.running.apiUrl, (await root(server)).secret)).status).toBe(200);
  } finally {
    await server.close();
  }
});

describe('on a listener of its own', () => {
  let server: TokenServer;
  let token: string;
  beforeAll(async () => {
    server = await startTokenServer('api: {listen: 127.0.0.1:0}');
    token = (await root(server)).secret;
  });
  afterAll(() => server.close());

  const api = () => server.running.apiUrl ?? '';

  test('it is served there', async () => {
    expect(new URL(api()).port).not.toBe(new URL(server.url).port);
    const answer = await me(api(), token);
    expect([answer.status, await answer.json()]).toMatchObject([200, { username: 'boss' }]);
    expect(answer.headers.get('x-request-id')).not.toBeNull();
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  test('on the other listener nothing tells that it exists, whatever one asks for', async () => {
    const answerTo = async (path: string, init: RequestInit = {}) => {
      const answer = await fetch(server.url + path, init);
      return [answer.status, await answer.text(), answer.headers.get('allow')];
    };
    const nothing = await answerTo('/nothing/is/here');
    expect(nothing).toEqual([404, '{"error":"404 Not Found"}', null]);
    const headers = { 'PRIVATE-TOKEN': token };
    for (const path of ['/api', '/api/', '/api/v4', '/api/openapi.json', '/api/docs'])
      expect(await answerTo(path, { headers })).toEqual(nothing);
    for (const { method, path } of API_ROUTES) {
      const at = `/api/v4${path.replace(/:\w+/g, '1')}`;
      expect(await answerTo(at, { method: method.toUpperCase(), headers })).toEqual(nothing);
    }
  });

  test('tokens for registries are given out on the other listener, and nowhere else', async () => {
    expect((await get(server, { scope: 'repository:a/b:pull' })).status).toBe(200);
    for (const path of ['/token', '/readyz', '/.well-known/jwks.json', '/ca.crt', '/']) {
      expect((await fetch(server.url + path)).status).not.toBe(404);
      expect((await fetch(api() + path)).status).toBe(404);
    }
    expect((await fetch(`${api()}/revoke`, { method: 'POST' })).status).toBe(404);
  });

  test('both say that they answer', async () => {
    for (const url of [server.url, api()]) {
      const answer = await fetch(`${url}/healthz`);
      expect([answer.status, await answer.json()]).toEqual([200, { status: 'ok' }]);
    }
  });
});

describe('the end and the start', () => {
  test('a running request is finished there too, and then nobody listens', async () => {
    const server = await startTokenServer('api: {listen: 127.0.0.1:0}');
    const { apiUrl } = server.running;
    const { secret } = await root(server);
    // The body comes in two pieces, with the end of the server between them.
    let send: (text: string | null) => void = () => {};
    const body = new ReadableStream<Uint8Array>({
      start(stream) {
        send = (text) =>
          text === null ? stream.close() : stream.enqueue(new TextEncoder().encode(text));
      },
    });
    const running = fetch(`${apiUrl}/api/v4/groups`, {
      method: 'POST',
      headers: { 'PRIVATE-TOKEN': secret, 'Content-Type': 'application/json' },
      body,
      duplex: 'half',
    } as RequestInit);
    send('{"name": "late", ');
    // An answer on the same listener: the request before it has arrived.
    expect((await me(apiUrl, secret)).status).toBe(200);
    const closed = server.close();
    send('"path": "late"}');
    send(null);
    expect((await running).status).toBe(201);
    await closed;
    await expect(me(apiUrl, secret)).rejects.toThrow('fetch failed');
  });

  test('off: there is no API at all', async () => {
    const server = await startTokenServer('api: {listen: off}');
    try {
      expect(server.running.apiUrl).toBeNull();
      expect((await me(server.url, (await root(server)).secret)).status).toBe(404);
      expect((await get(server, { scope: 'repository:a/b:pull' })).status).toBe(200);
    } finally {
      await server.close();
    }
  });

  test('an address that cannot be had stops the start, by its setting, and leaves nothing open', async () => {
    const other = createServer();
    const taken = `127.0.0.1:${await listen(other, { host: '127.0.0.1', port: 0 })}`;
    const world = await openWorld(`api: {listen: '${taken}'}`);
    const { settings, clock, logged } = world;
    const started = startServer({ settings, clock, log: logged.log });
    await expect(started).rejects.toThrow(
      `api.listen: the address ${taken} is in use: another wharfpass, or another program. Set WHARFPASS_API__LISTEN to another host:port, or to off.`,
    );
    await world.close();
    await new Promise((resolve) => other.close(resolve));
  });

  test('JOB-18: plain HTTP beyond this machine is warned of, for this address by itself', () => {
    const warnings = (yaml: object) => {
      const { log, lines } = logLines();
      warnOfPlainHttp(settingsSchema.parse(yaml), log);
      return lines().map(({ listen: address }) => address);
    };
    const public_url = 'https://auth.example.com';
    const api = (address: string) => warnings({ public_url, api: { listen: address } });
    expect([api('127.0.0.1:5002'), api('[::1]:5002'), api('off')]).toEqual([[], [], []]);
    expect(api('0.0.0.0:5002')).toEqual(['0.0.0.0:5002']);
    expect(warnings({ public_url, listen: '0.0.0.0:5001' })).toEqual([]);
    const both = { listen: '0.0.0.0:5001', api: { listen: '[::]:5002' } };
    expect(warnings(both)).toEqual(['[::]:5002', '0.0.0.0:5001']);
  });
});
