import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import { base64url, SignJWT, UnsecuredJWT } from 'jose';
import { jobFault } from '../../src/credential/job-token.ts';
import { Secret } from '../../src/credential/secret.ts';
import { mintToken } from '../../src/credential/token-format.ts';
import type { StartedJob } from '../../src/lifecycle/start-job.ts';
import type { JobStatus, ProjectRecord, UserRecord } from '../../src/store/records.ts';
import { openWorld, type World } from '../support/world.ts';
import { admitted, loginOver, rejection, UNKNOWN, type Login } from './login.ts';

const LOGIN = 'gitlab-ci-token';
let world: World;
let login: Login;
let jane: UserRecord;
let app: ProjectRecord;

beforeAll(async () => {
  world = await openWorld();
  login = loginOver(world);
  jane = await world.user('jane');
  await world.group('acme');
  app = await world.project('acme/app');
});
afterAll(() => world.close());

const come = (job: StartedJob) => login(LOGIN, job.token.reveal());
const move = (job: StartedJob, status: JobStatus) =>
  world.store.jobs.setStatus(app.id, job.job.id, status, world.clock.now());

describe.each(['jwt', 'opaque'] as const)('LOW-10, LOW-13: a job token (%s)', (tokenFormat) => {
  const start = (more = {}) => world.job(app, jane, { tokenFormat, ...more });

  test('JOB-03, JOB-12, JOB-14: becomes its job, with abilities of its own names', async () => {
    const job = await start();
    const everywhere = new Map<string, unknown>([
      ['READ_CONTAINERS', '*'],
      ['ADMIN_CONTAINERS', new Set([app.id])],
    ]);
    expect(admitted(await come(job))).toEqual({
      kind: 'job',
      jobId: job.job.id,
      pipelineId: 11,
      projectId: app.id,
      runnerId: 5,
      actor: { id: jane.id, username: 'jane', admin: false, external: false },
      abilities: new Set([
        'build_read_container_image',
        'build_create_container_image',
        'build_destroy_container_image',
      ]),
      permissions: null,
      scopeCap: tokenFormat === 'jwt' ? everywhere : null,
      extended: false,
      convertedId: null,
      expiresAt: job.job.deadline,
    });
  });

  test('row 58: a job that is canceling still logs in', async () => {
    const job = await start();
    await move(job, 'canceling');
    admitted(await come(job));
  });

  test.each(['success', 'failed', 'canceled', 'skipped'] as const)(
    'row 59, row 63, CD-02, JOB-04: a job that is %s does not',
    async (status) => {
      const job = await start();
      admitted(await come(job));
      await move(job, status);
      expect(rejection(await come(job))).toBe(`This job has ended (${status}).`);
      // CD-11: the window never opens again.
      await move(job, 'running');
      rejection(await come(job));
    },
  );

  test.each(['created', 'pending', 'manual', 'preparing', 'scheduled'] as const)(
    'row 60, JOB-04: a job that is %s does not',
    async (status) => {
      const job = await start();
      await move(job, status);
      expect(rejection(await come(job))).toBe(`This job is not running (${status}).`);
    },
  );

  test('row 57: the user is blocked', async () => {
    const job = await start();
    await world.apply({ kind: 'user.update', user: 'jane', fields: { state: 'blocked' } });
    expect(rejection(await come(job))).toMatch('is blocked');
    await world.apply({ kind: 'user.update', user: 'jane', fields: { state: 'active' } });
    admitted(await come(job));
  });

  test('row 61: jobs are switched off in the project', async () => {
    const job = await start();
    const project = 'acme/app';
    await world.apply({ kind: 'project.update', project, fields: { jobsEnabled: false } });
    expect(rejection(await come(job))).toMatch('switched off');
    await world.apply({ kind: 'project.update', project, fields: { jobsEnabled: true } });
  });

  test('row 61: the project is gone', async () => {
    const gone = await world.project('acme/gone');
    const job = await world.job(gone, jane, { tokenFormat });
    await world.apply({ kind: 'project.delete', project: 'acme/gone' });
    rejection(await come(job));
  });

  test('row 90, JOB-15: the user is gone, and nobody answers for the job', async () => {
    const ghost = await world.user('ghost');
    const job = await world.job(app, ghost, { tokenFormat });
    await world.apply({ kind: 'user.delete', user: 'ghost' });
    rejection(await come(job));
  });

  test('the deadline passes, whatever the status says', async () => {
    const job = await start({ timeout: 60 });
    world.clock.advance(59_999);
    admitted(await come(job));
    world.clock.advance(1);
    expect(rejection(await come(job))).toMatch('passed its deadline');
  });

  test('the heartbeats stop', async () => {
    const job = await start({ lease: 30 });
    world.clock.advance(29_999);
    admitted(await come(job));
    await world.store.jobs.heartbeat(app.id, job.job.id, world.clock.now());
    world.clock.advance(29_999);
    admitted(await come(job));
    world.clock.advance(1);
    expect(rejection(await come(job))).toMatch('heartbeat');
  });

  test.each([
    '',
    'jane',
    'Gitlab-CI-Token',
    ' gitlab-ci-token',
    'gitlab-ci-token ',
    'gitlab-ci-token\0',
    'ｇitlab-ci-token',
    'job:5',
  ])('T7, T8: with the username %j it is refused', async (username) => {
    const job = await start();
    expect(rejection(await login(username, job.token.reveal()))).toMatch('gitlab-ci-token');
  });

  test('JOB-01: two jobs of one user have two tokens', async () => {
    const [a, b] = [await start(), await start()];
    expect(a.token.reveal()).not.toBe(b.token.reveal());
    await move(a, 'success');
    rejection(await come(a));
    admitted(await come(b));
  });
});

describe('row 90, JOB-15: why a job has no login', () => {
  const project = () => app;

  test('a job without a user', async () => {
    const { job } = await world.job(app, jane);
    const userless = { job: { ...job, userId: null }, user: null, project: project() };
    expect(jobFault(userless, world.clock.now())).toMatch('This job has no user');
  });

  test('row 61: a job that was erased', async () => {
    const { job } = await world.job(app, jane);
    const admission = { job: { ...job, erasedAt: 1 }, user: jane, project: project() };
    expect(jobFault(admission, world.clock.now())).toMatch('erased');
  });
});

describe('JOB-03: what is no job token', () => {
  test('one of no job', async () => {
    expect(rejection(await login(LOGIN, mintToken('glcbt-').reveal()))).toBe(UNKNOWN);
  });

  test('one with a wrong checksum', async () => {
    const { token } = await world.job(app, jane, { tokenFormat: 'opaque' });
    expect(rejection(await login(LOGIN, `${token.reveal().slice(0, -1)}!`))).toBe(UNKNOWN);
  });

  test('row 62, LOW-07: a JWT of ours that no job has', async () => {
    const now = Math.floor(world.clock.now() / 1000);
    const ids = { jobId: 1, projectId: app.id, userId: jane.id };
    const jwt = await world.jobTokens.sign({
      ...ids,
      issuedAt: now,
      expiresAt: now + 600,
      scope: {},
    });
    expect(rejection(await login(LOGIN, `glcbt-${jwt}`))).toBe(UNKNOWN);
  });

  test('row 62, LOW-07: any changed character of the JWT', async () => {
    const { token } = await world.job(app, jane);
    const text = token.reveal();
    for (let at = 'glcbt-'.length; at < text.length; at += 7) {
      const other = text[at] === 'A' ? 'B' : 'A';
      rejection(await login(LOGIN, text.slice(0, at) + other + text.slice(at + 1)));
    }
    for (const changed of [
      `${text}=`,
      `${text} `,
      `${text}.`,
      `${text}\n`,
      text.slice(0, -1),
      `${text}A`,
    ]) {
      expect(rejection(await login(LOGIN, changed))).toBe(UNKNOWN);
    }
  });

  test('row 62, LOW-07, T17: the same claims under another key, another algorithm or none', async () => {
    const { token } = await world.job(app, jane);
    const jwt = token.reveal().slice('glcbt-'.length);
    const [head = '', body = '', signature = ''] = jwt.split('.');
    const decode = (part: string) =>
      JSON.parse(new TextDecoder().decode(base64url.decode(part))) as Record<string, unknown>;
    const header = decode(head);
    const claims = decode(body);
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const signed = async (key: Parameters<SignJWT['sign']>[0], more: object = {}) =>
      new SignJWT(claims).setProtectedHeader({ ...header, alg: 'ES256', ...more }).sign(key);
    const hmac = (alg: string) =>
      signed(new TextEncoder().encode(world.keys.caCertificatePem()), { alg });
    const forged = [
      await signed(privateKey),
      await signed(privateKey, { kid: '__proto__' }),
      await signed(privateKey, { jwk: { kty: 'EC' } }),
      await hmac('HS256'),
      await hmac('HS512'),
      new UnsecuredJWT(claims).encode(),
      `${base64url.encode(JSON.stringify({ ...header, alg: 'none' }))}.${body}.`,
      `${head}.${body}.`,
      `${head}.${body}`,
      `${head}..${signature}`,
      `.${body}.${signature}`,
      `${head}.${base64url.encode(JSON.stringify({ ...claims, exp: 9_999_999_999 }))}.${signature}`,
      '..',
      '.'.repeat(5000),
    ];
    for (const text of forged) {
      expect(rejection(await login(LOGIN, `glcbt-${text}`))).toBe(UNKNOWN);
    }
  });

  test('LOW-09: a token that the store knows but we did not sign, or signed for another job, or long ago', async () => {
    const now = Math.floor(world.clock.now() / 1000);
    const { job: first } = await world.job(app, jane);
    const claims = (jobId: number, expiresAt: number) => {
      const ids = { jobId, projectId: app.id, userId: jane.id };
      return { ...ids, issuedAt: now, expiresAt, scope: {} };
    };
    const stranger = await openWorld();
    const tokens = [
      (id: number) => stranger.jobTokens.sign(claims(id, now + 600)),
      () => world.jobTokens.sign(claims(first.id, now + 600)),
      (id: number) => world.jobTokens.sign(claims(id, now)),
    ];
    for (const makeToken of tokens) {
      const id = await world.store.jobs.reserveId();
      const token = new Secret(`glcbt-${await makeToken(id)}`);
      await world.store.jobs.start({ ...first, id, tokenHash: world.secretHash(token) });
      expect(rejection(await login(LOGIN, token.reveal()))).toBe(UNKNOWN);
    }
    await stranger.close();
  });

  test('T21: a registry token is no job token', async () => {
    const now = Math.floor(world.clock.now() / 1000);
    const claims = {
      iss: world.settings.issuer,
      sub: '',
      aud: 'wharfpass-job-token',
      exp: now + 600,
      nbf: now - 10,
      iat: now - 10,
      jti: 'x',
      access: [],
    };
    const token = await world.keys.registrySigner.sign(claims, 'kid-jwks');
    expect(rejection(await login(LOGIN, `glcbt-${token}`))).toBe(UNKNOWN);
  });
});
