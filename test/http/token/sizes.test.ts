import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sendRaw } from '../../support/raw-http.ts';
import {
  get,
  janeDevelops,
  post,
  send,
  startTokenServer,
  type TokenServer,
} from '../../support/token-server.ts';
import { rawPost } from '../hostile/raw-request.ts';

const PULL = 'repository:acme/app:pull';
let server: TokenServer;
let as: readonly [string, string];

beforeAll(async () => {
  server = await startTokenServer();
  as = await janeDevelops(server);
});
afterAll(() => server.close());

describe('sizes', () => {
  test('P-56: 60 KiB of headers and 60 KiB of form are taken', async () => {
    const noise = 'n'.repeat(60_000);
    expect((await get(server, { as, scope: PULL, more: { noise } })).status).toBe(200);
    expect((await get(server, { as, scope: PULL, headers: { 'x-noise': noise } })).status).toBe(
      200,
    );
    expect((await post(server, { as, scope: PULL, more: { noise } })).status).toBe(200);
  });

  test('P-37, P-56: more is refused in JSON', async () => {
    const noise = 'n'.repeat(70_000);
    expect((await send(`${server.url}/token?noise=${noise}`)).status).toBe(431);
    expect((await post(server, { as, more: { noise } })).status).toBe(413);
    const chunk = `${noise.length.toString(16)}\r\n${noise}\r\n0\r\n\r\n`;
    const chunked = await sendRaw(server.url, rawPost(chunk, 'Transfer-Encoding: chunked'));
    expect(chunked.status).toBe(413);
  });

  test('P-55, T16: a token that proxies would drop is refused, with the reason', async () => {
    const scope = Array.from(
      { length: 90 },
      (_, i) => `repository:acme/app/${'n'.repeat(60)}${i}:pull`,
    );
    const answer = await get(server, { as, scope });
    expect(answer.status).toBe(400);
    expect(answer.body['details']).toMatch(
      /would have \d+ bytes.*token\.max_size.*fewer repositories/,
    );
    expect((await get(server, { as, scope: scope.slice(0, 30) })).status).toBe(200);
  });
});
