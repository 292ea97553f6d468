/** GET /.well-known/oauth-authorization-server (RFC 8414). */
import { expect, test } from '@jest/globals';
import { send, startTokenServer } from '../../support/token-server.ts';
import { SERVICES } from '../token/harbour.ts';

const PATH = '/.well-known/oauth-authorization-server';

async function ask(settings: string, path = PATH) {
  const server = await startTokenServer(settings);
  try {
    return await send(server.url + path);
  } finally {
    await server.close();
  }
}

const ISSUER = 'https://auth.example.com';
const here = (issuer: string, url = issuer) => `public_url: ${url}\nissuer: ${issuer}\n`;

test('P-60: where the issuer is the address, every endpoint is named under it', async () => {
  const answer = await ask(here(ISSUER) + SERVICES);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
  expect(answer.body).toEqual({
    issuer: ISSUER,
    token_endpoint: `${ISSUER}/token`,
    jwks_uri: `${ISSUER}/.well-known/jwks.json`,
    revocation_endpoint: `${ISSUER}/oauth/revoke`,
    introspection_endpoint: `${ISSUER}/oauth/introspect`,
    grant_types_supported: ['password', 'refresh_token'],
    response_types_supported: [],
    token_endpoint_auth_methods_supported: ['none'],
    revocation_endpoint_auth_methods_supported: ['none'],
    introspection_endpoint_auth_methods_supported: ['Bearer', 'client_secret_basic'],
  });
});

test('P-60: the refresh grant is named only where a service has it', async () => {
  const { body } = await ask(here(ISSUER));
  expect(body['grant_types_supported']).toEqual(['password']);
});

test('P-60: an issuer with a path has them behind the well-known part, as the RFC says', async () => {
  const settings = here('https://example.com/auth');
  const answer = await ask(settings, `${PATH}/auth`);
  expect(answer.body).toMatchObject({
    issuer: 'https://example.com/auth',
    token_endpoint: 'https://example.com/auth/token',
  });
  expect((await ask(settings)).status).toBe(404);
});

test.each([
  ['no public_url', ''],
  ['another issuer', here('wharfpass', ISSUER)],
  ['another host', here('https://other.example.com', ISSUER)],
])('P-60: %s: 404 that says what to set', async (_, settings) => {
  const answer = await ask(settings);
  expect(answer.status).toBe(404);
  expect(answer.body['details']).toMatch('Set public_url, and issuer to the same URL');
});
