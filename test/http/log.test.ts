import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Secret } from '../../src/credential/secret.ts';
import { mintToken } from '../../src/credential/token-format.ts';
import {
  basic,
  get,
  post,
  send,
  startTokenServer,
  type TokenServer,
} from '../support/token-server.ts';

const SCOPE = 'repository:acme/app:pull,push';
const PASSWORD = 'canary-password';
let server: TokenServer;
let pat: string;
let job: string;

beforeAll(async () => {
  server = await startTokenServer();
  const jane = await server.user('jane', { password: new Secret(PASSWORD) });
  await server.group('acme');
  const app = await server.project('acme/app');
  await server.member('acme/app', 'jane', 'reporter');
  pat = (await server.personalAccessToken(jane, ['api'])).secret;
  job = (await server.job(app, jane)).token.reveal();
});
afterAll(() => server.close());
beforeEach(() => server.logged.clear());

describe('P-58, JOB-16: one line for each request', () => {
  test('granted in part: who, what, from where, and the layer that refused the rest', async () => {
    const headers = { 'user-agent': 'skopeo/1.22' };
    const more = { account: 'jane', client_id: 'containers/image' };
    await get(server, { as: ['gitlab-ci-token', job], scope: SCOPE, headers, more });
    expect(server.logged.lines()).toEqual([
      expect.objectContaining({
        msg: 'token issued',
        ip: '127.0.0.1',
        client_id: 'containers/image',
        user_agent: 'skopeo/1.22',
        account: 'jane',
        service: 'container_registry',
        as: 'job',
        user: 'jane',
        pipeline_id: 11,
        runner_id: 5,
        project_id: expect.any(Number),
        sub: expect.stringMatching(/^job:\d+$/),
        asked: SCOPE,
        granted: 'repository:acme/app:pull',
        refused: ['repository:acme/app:push role'],
        jti: expect.any(String),
        expires_in: 300,
      }),
    ]);
  });

  test.each<[string, () => Promise<unknown>, string]>([
    ['a wrong credential', () => get(server, { as: ['jane', 'glpat-0'] }), 'token refused'],
    ['no credential', () => get(server), 'token refused'],
    [
      'no header of ours',
      () => get(server, { headers: { authorization: 'X' } }),
      'token request not served',
    ],
    [
      'an unknown service',
      () => get(server, { more: { service: 'x' } }),
      'token request not served',
    ],
    [
      'an unknown grant',
      () => post(server, { more: { grant_type: 'x' } }),
      'token request not served',
    ],
  ])(
    '%s: a warning with the name of the request, the address and the reason',
    async (_, ask, msg) => {
      await ask();
      expect(server.logged.lines()).toEqual([
        expect.objectContaining({
          level: 'warn',
          msg,
          request_id: expect.any(String),
          ip: '127.0.0.1',
          reason: expect.any(String),
        }),
      ]);
    },
  );

  test('the answer names the same request', async () => {
    const { body } = await get(server, { as: ['jane', 'glpat-0'] });
    const [line] = server.logged.lines();
    expect(body['details']).toContain(`(request ${String(line?.['request_id'])})`);
  });
});

describe('JOB-30, T31, T32: no secret in any log line or error', () => {
  const CANARY = 'canary-4711';
  const canaryToken = mintToken('glpat-').reveal();

  test('wherever it stands in a request that fails', async () => {
    const form = (fields: Record<string, string>) => post(server, { more: fields });
    const answers = await Promise.all([
      get(server, { as: ['jane', CANARY] }),
      get(server, { as: [CANARY, 'x'] }),
      get(server, { as: ['jane', canaryToken] }),
      get(server, { as: [canaryToken, 'x'], more: { account: canaryToken } }),
      get(server, { as: ['jane', `${pat}x`] }),
      get(server, { as: ['jane', job] }),
      get(server, { headers: { authorization: `Bearer ${CANARY}` } }),
      get(server, { headers: { authorization: `Basic ${CANARY}` } }),
      get(server, { headers: { authorization: CANARY } }),
      get(server, { headers: { 'x-token': CANARY, 'private-token': CANARY, cookie: CANARY } }),
      get(server, { more: { password: CANARY, refresh_token: CANARY, token: CANARY } }),
      form({ username: 'jane', password: CANARY }),
      form({ username: CANARY, password: canaryToken }),
      form({ grant_type: 'refresh_token', refresh_token: CANARY }),
      form({ grant_type: CANARY, code: CANARY, client_secret: CANARY }),
      form({ username: 'jane', password: `${CANARY}\n` }),
      form({ username: 'jane', password: CANARY, service: 'unknown' }),
      send(`${server.url}/token`, {
        method: 'POST',
        body: JSON.stringify({ password: CANARY }),
        headers: { 'content-type': 'application/json' },
      }),
      send(`${server.url}/token/${CANARY}`, { headers: basic('jane', CANARY) }),
    ]);
    const said = answers.map(({ text }) => text).join('\n') + server.logged.text();
    expect(server.logged.lines().length).toBeGreaterThanOrEqual(answers.length - 1);
    for (const secret of [CANARY, btoa(`jane:${CANARY}`), canaryToken, pat, job]) {
      expect(said).not.toContain(secret);
    }
  });

  test('nor one that is granted, nor the token itself', async () => {
    const answers = await Promise.all(
      [get, post].flatMap((ask) => [
        ask(server, { as: ['jane', PASSWORD], scope: SCOPE }),
        ask(server, { as: ['jane', pat], scope: SCOPE, more: { account: pat } }),
        ask(server, { as: ['gitlab-ci-token', job], scope: SCOPE }),
      ]),
    );
    const logged = server.logged.text();
    expect(server.logged.lines('token issued')).toHaveLength(answers.length);
    for (const { status, body } of answers) {
      expect(status).toBe(200);
      const [, payload = '', signature = ''] = String(body['token']).split('.');
      expect(logged).not.toContain(payload);
      expect(logged).not.toContain(signature);
    }
    for (const secret of [PASSWORD, pat, job, job.slice(-40)]) {
      expect(logged).not.toContain(secret);
      for (const { text } of answers) expect(text).not.toContain(secret);
    }
  });
});
