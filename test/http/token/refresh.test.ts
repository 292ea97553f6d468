/** Refresh tokens with the real server, on both stores. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { describeWith } from '../../support/programs.ts';
import { get, post, type Answer } from '../../support/token-server.ts';
import {
  dockerLogin,
  loginByToken,
  form,
  refresh,
  refreshTokenIn,
  startHarbour,
  type Harbour,
  type Person,
} from './harbour.ts';

const accessOf = ({ body }: Answer) =>
  JSON.parse(Buffer.from(String(body['token']).split('.')[1] ?? '', 'base64url').toString()) as {
    readonly sub: string;
    readonly aud: string;
    readonly exp: number;
    readonly access: readonly object[];
  };

function suite(store: 'embedded' | 'redis'): void {
  let harbour: Harbour;
  let repository: string;
  let jane: Person;

  beforeAll(async () => {
    harbour = await startHarbour(store);
    await harbour.api('POST', '/groups', { path: 'acme', name: 'acme' });
    const { id } = await harbour.api('POST', '/projects', {
      path: 'app',
      name: 'app',
      namespace_id: 'acme',
      visibility: 'private',
    });
    repository = 'repository:acme/app:pull,push';
    jane = await harbour.person();
    await harbour.api('POST', `/projects/${id}/members`, { user_id: jane.id, access_level: 20 });
  });
  afterAll(() => harbour?.close());

  const byToken = (person: Person, more = {}) => loginByToken(harbour, person, more);

  test('P-25: a refresh token comes with each Go spelling of true, and with access_type=offline', async () => {
    const { token } = await harbour.token(jane);
    const as = [jane.username, token] as const;
    for (const spelling of ['1', 't', 'T', 'TRUE', 'true', 'True']) {
      const answer = await get(harbour, { as, more: { offline_token: spelling } });
      expect(refreshTokenIn(answer)).toMatch(/^wprt-[0-9A-Za-z]{33}$/);
    }
    const posted = await post(harbour, { as, more: { access_type: 'offline' } });
    expect(refreshTokenIn(posted)).toMatch(/^wprt-/);
  });

  test('P-25: and with nothing else', async () => {
    const { token } = await harbour.token(jane);
    const as = [jane.username, token] as const;
    for (const more of [
      {},
      ...['', '0', 'false', 'yes', 'tRUE'].map((offline_token) => ({ offline_token })),
    ]) {
      const answer = await get(harbour, { as, more });
      expect([answer.status, 'refresh_token' in answer.body]).toEqual([200, false]);
    }
    for (const more of [{}, { access_type: 'online' }]) {
      const answer = await post(harbour, { as, more });
      expect([answer.status, 'refresh_token' in answer.body]).toEqual([200, false]);
    }
  });

  test('P-25: a refresh grant answers with the same value', async () => {
    const { token } = await byToken(jane);
    const answer = await refresh(harbour, token, { scope: repository });
    expect(answer.body['refresh_token']).toBe(token);
    expect(answer.body['access_token']).toBe(answer.body['token']);
    expect(answer.body['scope']).toBe('repository:acme/app:pull');
  });

  test('P-26: 100 uses one after the other and 10 at the same time succeed', async () => {
    const { token } = await byToken(jane);
    for (let use = 0; use < 100; use++) {
      expect((await refresh(harbour, token, { scope: repository })).status).toBe(200);
    }
    const many = await Promise.all(Array.from({ length: 10 }, () => refresh(harbour, token)));
    expect(many.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
  });

  test('P-27: at another service it is refused with 401, whether that has them or not', async () => {
    const { token } = await byToken(jane);
    for (const service of ['other', 'plain']) {
      const answer = await refresh(harbour, token, { more: { service } });
      expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_grant' } });
    }
    const { token: theirs } = await harbour.token(jane);
    const there = await dockerLogin(harbour, [jane.username, theirs], { service: 'other' });
    const atOther = refreshTokenIn(there);
    expect((await refresh(harbour, atOther)).status).toBe(401);
    const right = await refresh(harbour, atOther, { more: { service: 'other' } });
    expect(accessOf(right).aud).toBe('other');
  });

  test('P-27: a service that is not configured is refused with 400 as ever', async () => {
    const { token } = await byToken(jane);
    expect((await refresh(harbour, token, { more: { service: 'nowhere' } })).status).toBe(400);
  });

  test('it is worth what the credential behind it is worth, and no more', async () => {
    const reader = await byToken(jane, { scopes: ['read_registry'] });
    const scope = 'repository:acme/app:*';
    for (const { login, token } of [reader, await byToken(jane)]) {
      const direct = await get(harbour, { as: login, scope });
      const refreshed = await refresh(harbour, token, { scope });
      expect(accessOf(refreshed).access).toEqual(accessOf(direct).access);
      expect(accessOf(refreshed).sub).toBe(accessOf(direct).sub);
    }
  });

  test('no token outlives the personal access token behind it', async () => {
    const { token } = await byToken(jane, {
      expires_at: new Date(harbour.clock.now() + 120_000).toISOString(),
    });
    const { exp } = accessOf(await refresh(harbour, token));
    expect(exp * 1000).toBeLessThanOrEqual(harbour.clock.now() + 120_000);
  });

  test('a refused login gets none, a narrowed one does', async () => {
    const wrong = await dockerLogin(harbour, [jane.username, 'glpat-wrong']);
    expect([wrong.status, 'refresh_token' in wrong.body]).toEqual([401, false]);
    const { token } = await harbour.token(jane, { scopes: ['read_user'] });
    const useless = await dockerLogin(harbour, [jane.username, token]);
    expect([useless.status, 'refresh_token' in useless.body]).toEqual([401, false]);
    const narrow = await harbour.token(jane);
    const as = [jane.username, narrow.token] as const;
    const narrowed = await get(harbour, {
      as,
      scope: 'repository:no/such:push',
      more: { offline_token: 'true' },
    });
    expect(refreshTokenIn(narrowed)).toMatch(/^wprt-/);
  });

  test('one refresh token never makes another, whatever it asks for', async () => {
    const { token } = await byToken(jane);
    const byGet = await get(harbour, { as: ['', token], more: { offline_token: 'true' } });
    expect(byGet.body['refresh_token']).toBe(token);
    const byPost = await refresh(harbour, token, { more: { access_type: 'offline' } });
    expect(byPost.body['refresh_token']).toBe(token);
    const plain = await get(harbour, { as: ['', token] });
    expect([plain.status, 'refresh_token' in plain.body]).toEqual([200, false]);
  });

  test('P-34: Basic with an empty username or <token> is a refresh; with any other name it is 401', async () => {
    const { token } = await byToken(jane);
    for (const username of ['', '<token>']) {
      const answer = await get(harbour, { as: [username, token], scope: repository });
      expect(answer.status).toBe(200);
      expect(accessOf(answer).sub).toBe(`user:${jane.username}`);
    }
    expect((await get(harbour, { as: [jane.username, token] })).status).toBe(401);
    for (const secret of ['', 'x', 'IDTOK', `wprt-${'a'.repeat(33)}`]) {
      expect((await get(harbour, { as: ['', secret] })).status).toBe(401);
    }
  });

  test('no kind of credential stands in for another', async () => {
    const { pat, token } = await byToken(jane);
    const posts = [pat.token, jane.password, 'gldt-x', 'glcbt-x', `${token}x`, token.slice(0, -1)];
    for (const secret of posts) expect((await refresh(harbour, secret)).status).toBe(401);
    const asPassword = await post(harbour, { as: [jane.username, token] });
    expect(asPassword.status).toBe(401);
    const headers = [
      { 'PRIVATE-TOKEN': token },
      { authorization: `Bearer ${token}` },
      { 'JOB-TOKEN': token },
    ];
    for (const header of headers) {
      const response = await fetch(`${harbour.url}/api/v4/user`, {
        headers: header as Record<string, string>,
      });
      expect(response.status).toBe(401);
    }
  });

  test('P-32: a wrong refresh token: 401 with errors, details and invalid_grant', async () => {
    const answer = await refresh(harbour, `wprt-${'0'.repeat(33)}`);
    expect(answer.status).toBe(401);
    expect(answer.body).toEqual({
      errors: [{ code: 'UNAUTHORIZED', message: answer.body['details'] }],
      details: expect.stringMatching(/^The username or the secret is wrong.* \(request [\w-]+\)$/),
      error: 'invalid_grant',
      error_description: expect.stringMatching(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/),
    });
  });

  test('P-31: a password by POST gets what it gets by GET', async () => {
    const as = [jane.username, jane.password] as const;
    const [byGet, byPost] = [
      await get(harbour, { as, scope: repository, more: { offline_token: 'true' } }),
      await post(harbour, { as, scope: repository, more: { access_type: 'offline' } }),
    ];
    const { access, sub, aud } = accessOf(byGet);
    expect(accessOf(byPost)).toMatchObject({ access, sub, aud });
    expect(refreshTokenIn(byPost)).not.toBe(refreshTokenIn(byGet));
  });

  test('P-58: no secret is in the log, and every step is in it by number', async () => {
    harbour.logged.clear();
    const { pat, token } = await byToken(jane);
    await refresh(harbour, token);
    await refresh(harbour, token, { more: { service: 'other' } });
    await form(harbour, '/oauth/revoke', { token });
    await refresh(harbour, token);
    for (const secret of [token, pat.token]) expect(harbour.logged.text()).not.toContain(secret);
    const [made] = harbour.logged.lines('refresh token issued');
    const id = made?.['refresh_token_id'];
    expect(made).toMatchObject({ user: jane.username, service: 'container_registry' });
    const used = harbour.logged.lines('token issued').at(-1);
    expect(used).toMatchObject({ refresh_token_id: id, token_id: pat.id });
    const refused = harbour.logged.lines('token refused').map((line) => line['reason']);
    expect(refused).toEqual([
      expect.stringContaining(
        `refresh token ${String(id)}: This refresh token is for another service.`,
      ),
      expect.stringContaining(`refresh token ${String(id)}: This refresh token has been revoked.`),
    ]);
    const events = (await harbour.api('GET', `/audit_events?user_id=${jane.id}&per_page=100`)) as {
      readonly type: string;
      readonly details: Record<string, unknown>;
    }[];
    const types = events.map(({ type }) => type);
    expect(types).toEqual(
      expect.arrayContaining(['refresh_token.created', 'refresh_token.revoked']),
    );
    expect(events.find(({ details }) => details['refresh_token_id'] === id)?.type).toBe(
      'token.issued',
    );
    expect(JSON.stringify(events)).not.toContain(token);
  });
}

describe('refresh tokens on the embedded store', () => suite('embedded'));
describeWith(['redis-server'], 'refresh tokens on Redis', () => suite('redis'));
