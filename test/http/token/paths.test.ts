import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { get, post, send, startTokenServer, type TokenServer } from '../../support/token-server.ts';

let server: TokenServer;
let as: readonly [string, string];

beforeAll(async () => {
  server = await startTokenServer();
  const jane = await server.user('jane');
  as = ['jane', (await server.personalAccessToken(jane, ['api'])).secret];
});
afterAll(() => server.close());

describe('P-38: one answer, and never a redirect', () => {
  test.each(['/token', '/token/', '/auth/token', '/auth/token/', '/jwt/auth'])(
    '%s',
    async (path) => {
      expect((await get(server, { path, as })).status).toBe(200);
      expect((await post(server, { path, as })).status).toBe(200);
      expect((await get(server, { path })).status).toBe(401);
    },
  );

  test.each(['/TOKEN', '//token', '/token//', '/jwt/auth//', '/tokens', '/auth', '/jwt'])(
    '%s is no path of it: 404 in JSON',
    async (path) => {
      const answer = await get(server, { path, as });
      expect(answer.status).toBe(404);
      expect(answer.headers.get('content-type')).toMatch('application/json');
      expect(answer.headers.get('location')).toBeNull();
    },
  );
});

test.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS'])('%s: 405 with Allow, in JSON', async (method) => {
  const answer = await send(`${server.url}/token`, { method });
  expect(answer.status).toBe(405);
  expect(answer.headers.get('allow')).toBe('GET, POST');
});

test('HEAD: 405 without a body', async () => {
  const response = await fetch(`${server.url}/token`, { method: 'HEAD' });
  expect(response.status).toBe(405);
  expect(await response.text()).toBe('');
});
