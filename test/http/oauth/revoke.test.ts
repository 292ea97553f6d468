/** POST /oauth/revoke (RFC 7009). */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mintToken } from '../../../src/credential/token-format.ts';
import {
  dockerLogin,
  form,
  loginByToken,
  refresh,
  startHarbour,
  type Harbour,
  type Person,
} from '../token/harbour.ts';
import { get, send } from '../../support/token-server.ts';

let harbour: Harbour;
let jane: Person;
beforeAll(async () => {
  harbour = await startHarbour('embedded');
  jane = await harbour.person();
});
afterAll(() => harbour.close());

const revoke = (fields: Record<string, string>) => form(harbour, '/oauth/revoke', fields);

test('P-60: a refresh token is revoked by whoever holds it, whatever the hint says', async () => {
  for (const hint of [{}, { token_type_hint: 'refresh_token' }, { token_type_hint: 'nonsense' }]) {
    const { token } = await loginByToken(harbour, jane);
    const answer = await revoke({ token, ...hint });
    expect([answer.status, answer.body]).toEqual([200, {}]);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect((await refresh(harbour, token)).status).toBe(401);
    expect((await revoke({ token })).status).toBe(200);
  }
});

test('P-60: a personal access token too, and what hangs on it is dead with it', async () => {
  const { pat, login, token } = await loginByToken(harbour, jane);
  expect((await revoke({ token: pat.token })).status).toBe(200);
  expect((await get(harbour, { as: login })).status).toBe(401);
  expect((await refresh(harbour, token)).status).toBe(401);
  const events = (await harbour.api('GET', `/audit_events?user_id=${jane.id}`)) as {
    readonly type: string;
    readonly details: object;
  }[];
  expect(events.find(({ type }) => type === 'personal_access_token.revoked')).toMatchObject({
    author: { kind: 'user', id: jane.id, token_id: pat.id },
    target: { id: pat.id },
    details: { reason: 'revocation_endpoint' },
  });
});

test.each([
  ['nobody knows', () => mintToken('wprt-').reveal()],
  ['has the form of a personal access token', () => mintToken('glpat-').reveal()],
  ['has a wrong checksum', () => `wprt-${'a'.repeat(33)}`],
  ['is any text', () => 'hello'],
])('P-60: 200 for a token that %s', async (_, token) => {
  const answer = await revoke({ token: token() });
  expect([answer.status, answer.body]).toEqual([200, {}]);
});

test('P-60: an access token cannot be revoked, and the answer says why', async () => {
  const { login } = await loginByToken(harbour, jane);
  const { body } = await dockerLogin(harbour, login);
  const answer = await revoke({ token: String(body['access_token']) });
  expect(answer).toMatchObject({ status: 400, body: { error: 'unsupported_token_type' } });
  expect(answer.body['details']).toMatch('Registries check those by themselves');
  expect(answer.text).not.toContain(String(body['access_token']));
});

test('P-60: job tokens and deploy tokens end elsewhere', async () => {
  for (const token of ['glcbt-x', 'glxjt-x', mintToken('gldt-').reveal()]) {
    const answer = await revoke({ token });
    expect(answer).toMatchObject({ status: 400, body: { error: 'unsupported_token_type' } });
  }
});

describe('what is no revocation', () => {
  const url = () => `${harbour.url}/oauth/revoke`;

  test('no token, an empty one, two of them, no form: 400 invalid_request', async () => {
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    for (const body of ['', 'token=', 'token=a&token=b', 'token_type_hint=refresh_token']) {
      const answer = await send(url(), { method: 'POST', body, headers: type });
      expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    }
    const json = { 'content-type': 'application/json' };
    const answer = await send(url(), { method: 'POST', body: '{"token":"a"}', headers: json });
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
  });

  test('another method: 405, with the right one', async () => {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const answer = await send(url(), { method });
      expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
    }
  });

  test('a body over the limit: 413', async () => {
    expect((await revoke({ token: 'x'.repeat(70_000) })).status).toBe(413);
  });
});

test('P-58: what was brought is never in the log', async () => {
  const { token } = await loginByToken(harbour, jane);
  await revoke({ token });
  await revoke({ token: 'a-secret-that-nobody-knows' });
  expect(harbour.logged.text()).not.toContain(token);
  expect(harbour.logged.text()).not.toContain('a-secret-that-nobody-knows');
  const outcomes = harbour.logged.lines('token revocation').map((line) => line['outcome']);
  expect(outcomes.slice(-2)).toEqual(['revoked', 'unknown']);
});
