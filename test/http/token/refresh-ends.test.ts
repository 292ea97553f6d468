/** A refresh token is dead with whatever is behind it, at once, on both stores. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { describeWith } from '../../support/programs.ts';
import { get } from '../../support/token-server.ts';
import {
  form,
  loginByPassword,
  loginByToken,
  refresh,
  startHarbour,
  type Harbour,
  type Person,
} from './harbour.ts';

const DAY = 86_400_000;

function suite(store: 'embedded' | 'redis'): void {
  let harbour: Harbour;
  let jane: Person;

  beforeAll(async () => {
    harbour = await startHarbour(store);
    jane = await harbour.person();
  });
  afterAll(() => harbour?.close());

  const byToken = (person: Person) => loginByToken(harbour, person);
  const byPassword = (person: Person) => loginByPassword(harbour, person);

  test('P-28: with the personal access token revoked the next refresh is refused', async () => {
    const { pat, token } = await byToken(jane);
    expect((await refresh(harbour, token)).status).toBe(200);
    await harbour.api('DELETE', `/personal_access_tokens/${pat.id}`);
    const answer = await refresh(harbour, token);
    expect(answer.status).toBe(401);
    expect(answer.body['details']).toMatch('has been revoked. Log in again.');
  });

  test('P-28: with the personal access token rotated the next refresh is refused', async () => {
    const { pat, token } = await byToken(jane);
    await harbour.api('POST', `/personal_access_tokens/${pat.id}/rotate`);
    expect((await refresh(harbour, token)).status).toBe(401);
  });

  test('P-28: with the refresh token itself revoked the next refresh is refused, and the rest is well', async () => {
    const { login, token } = await byToken(jane);
    expect((await form(harbour, '/oauth/revoke', { token })).status).toBe(200);
    expect((await refresh(harbour, token)).status).toBe(401);
    expect((await get(harbour, { as: login })).status).toBe(200);
  });

  test('P-28, P-30: with the user blocked refresh and Basic are refused, and unblocked they are good', async () => {
    const john = await harbour.person();
    const { login, token } = await byToken(john);
    const other = await byPassword(john);
    await harbour.api('POST', `/users/${john.id}/block`);
    for (const each of [token, other]) expect((await refresh(harbour, each)).status).toBe(401);
    expect((await get(harbour, { as: login })).status).toBe(401);
    expect((await get(harbour, { as: [john.username, john.password] })).status).toBe(401);
    await harbour.api('POST', `/users/${john.id}/unblock`);
    for (const each of [token, other]) expect((await refresh(harbour, each)).status).toBe(200);
  });

  test('P-30: with the user deleted refresh and Basic are refused, and a namesake inherits nothing', async () => {
    const john = await harbour.person();
    const { login, token } = await byToken(john);
    const other = await byPassword(john);
    await harbour.api('DELETE', `/users/${john.id}`);
    const { username, password } = john;
    const again = { username, name: username, password };
    await harbour.api('POST', '/users', again);
    for (const each of [token, other]) expect((await refresh(harbour, each)).status).toBe(401);
    expect((await get(harbour, { as: login })).status).toBe(401);
  });

  test('P-30: with the password changed a refresh token behind it is refused, one behind a token is good', async () => {
    const john = await harbour.person();
    const { token } = await byToken(john);
    const other = await byPassword(john);
    expect((await refresh(harbour, other)).status).toBe(200);
    await harbour.api('PUT', `/users/${john.id}`, { password: 'another horse' });
    const answer = await refresh(harbour, other);
    expect(answer.status).toBe(401);
    expect(answer.body['details']).toMatch('The password has been changed');
    expect((await get(harbour, { as: [john.username, john.password] })).status).toBe(401);
    expect((await refresh(harbour, token)).status).toBe(200);
  });

  test('P-30: the same password set anew is another one', async () => {
    const john = await harbour.person();
    const token = await byPassword(john);
    await harbour.api('PUT', `/users/${john.id}`, { password: john.password });
    expect((await refresh(harbour, token)).status).toBe(401);
  });

  test('P-30: with two-factor authentication switched on the password behind it does not log in', async () => {
    const john = await harbour.person();
    const token = await byPassword(john);
    await harbour.api('PUT', `/users/${john.id}`, { two_factor_enabled: true });
    expect((await refresh(harbour, token)).status).toBe(401);
  });

  // They move the clock, so they come last; Redis has its own, and would stop believing ours.
  if (store === 'embedded')
    describe('T30: it ends', () => {
      test('when it was not used for too long, and not while it is used', async () => {
        const token = await byPassword(jane);
        const idle = await byPassword(jane);
        for (let day = 0; day < 50; day += 25) {
          harbour.clock.advance(25 * DAY);
          expect((await refresh(harbour, token)).status).toBe(200);
          // A use is noted a moment later.
          await new Promise((resolve) => setTimeout(resolve, 1_500));
        }
        const answer = await refresh(harbour, idle);
        expect(answer.body['details']).toMatch('has not been used for too long');
      });

      test('90 days after it was made, however much it was used', async () => {
        const token = await byPassword(jane);
        for (const days of [29, 29, 29]) {
          harbour.clock.advance(days * DAY);
          expect((await refresh(harbour, token)).status).toBe(200);
          await new Promise((resolve) => setTimeout(resolve, 1_500));
        }
        harbour.clock.advance(4 * DAY);
        const answer = await refresh(harbour, token);
        expect(answer.status).toBe(401);
        expect(answer.body['details']).toMatch('has expired');
      });
    });
}

describe('ends of refresh tokens on the embedded store', () => suite('embedded'));
describeWith(['redis-server'], 'ends of refresh tokens on Redis', () => suite('redis'));
