import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { StartedJob } from '../../src/lifecycle/start-job.ts';
import { ACCESS } from '../../src/policy/facts.ts';
import { decide } from '../../src/policy/decide.ts';
import type { ProjectRecord, UserRecord } from '../../src/store/records.ts';
import { openWorld, type World } from '../support/world.ts';
import { admitted, loginOver, rejection, UNKNOWN, type Login } from './login.ts';

const LOGIN = 'gitlab-ci-token';
const RUNNER = { id: 5, executor: 'docker', extendedJobToken: true };
const ON = 'jobs: {extended_token: {enabled: true}, after_job: {force: read}}';
let world: World;
let login: Login;
let jane: UserRecord;
let app: ProjectRecord;

beforeAll(async () => {
  world = await openWorld(ON);
  login = loginOver(world);
  jane = await world.user('jane');
  await world.group('acme');
  app = await world.project('acme/app');
});
afterAll(() => world.close());

const start = (more = {}) => world.job(app, jane, { runner: RUNNER, ...more });
const secretOf = ({ extendedToken }: StartedJob): string => extendedToken?.reveal() ?? '';
const come = (job: StartedJob) => login(LOGIN, secretOf(job));

describe('EXT-05: who is handed one', () => {
  test('a runner that asks for it, with a safe executor', async () => {
    for (const executor of [
      'docker',
      'docker+machine',
      'docker-autoscaler',
      'kubernetes',
      'instance',
    ]) {
      const job = await start({ runner: { ...RUNNER, executor } });
      expect([executor, secretOf(job).slice(0, 6), job.job.extended]).toEqual([
        executor,
        'glxjt-',
        true,
      ]);
    }
  });

  test.each([
    ['no runner', null],
    ['a runner that does not know it', { id: 5, executor: 'docker' }],
    ['one that declines', { ...RUNNER, extendedJobToken: false }],
    ['shell', { ...RUNNER, executor: 'shell' }],
    ['ssh', { ...RUNNER, executor: 'ssh' }],
    ['an unknown executor', { ...RUNNER, executor: 'Docker' }],
    ['no executor', { ...RUNNER, executor: null }],
    ['privileged docker', { ...RUNNER, privileged: true }],
  ])('not %s', async (_what, runner) => {
    const { job, extendedToken } = await start({ runner });
    expect([job.extended, extendedToken]).toEqual([false, null]);
  });

  test('nobody where it is switched off, which is the default', async () => {
    const off = await openWorld();
    await off.group('acme');
    const job = await off.job(await off.project('acme/app'), await off.user('jane'), {
      runner: RUNNER,
    });
    expect([job.job.extended, job.extendedToken]).toEqual([false, null]);
    await off.close();
  });
});

test('EXT-01, EXT-02, EXT-12: becomes its job, marked as extended, with no cap of its own', async () => {
  const job = await start({ permissions: 'write' });
  expect(secretOf(job)).not.toBe(job.token.reveal());
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
    permissions: 'write',
    scopeCap: null,
    extended: true,
    convertedId: null,
    expiresAt: job.job.deadline,
  });
  expect(admitted(await login(LOGIN, job.token.reveal()))).toMatchObject({ extended: false });
});

test('EXT-10: an administrator’s job carries no administrator’s rights', async () => {
  const root = await world.user('root', { admin: true });
  const other = await world.project('acme/secret');
  const job = await world.job(app, root, { runner: RUNNER });
  const principal = admitted(await come(job));
  const name = other.fullPath;
  const facts = await world.store.directory.facts({
    repositories: [name],
    userId: root.id,
    homeProjectId: app.id,
    now: world.clock.now(),
  });
  const asked = [{ type: 'repository', name, actions: ['pull', 'push', 'delete'] }];
  const settings = {
    enforceAllowlist: true,
    tagProtection: 'refuse',
    anonymousPull: true,
  } as const;
  const [decision] = decide(principal, asked, facts, settings);
  expect(facts.get(name)?.projectId).toBe(other.id);
  expect(ACCESS.none).toBe(0);
  for (const { refusedBy } of decision?.actions ?? []) expect(refusedBy).not.toBeNull();
});

describe('EXT-08: it dies with the job', () => {
  test.each(['success', 'failed', 'canceled', 'skipped'] as const)('%s', async (status) => {
    const job = await start();
    admitted(await come(job));
    await world.store.jobs.setStatus(app.id, job.job.id, 'canceling', world.clock.now());
    admitted(await come(job));
    await world.store.jobs.setStatus(app.id, job.job.id, status, world.clock.now());
    expect(rejection(await come(job))).toBe(`This job has ended (${status}).`);
  });

  test('CD-09: it never reads on, where the ordinary password does', async () => {
    const job = await start();
    const { projectId, id: jobId, tokenHash } = job.job;
    await world.store.jobs.setStatus(projectId, jobId, 'success', world.clock.now());
    const times = { endedAt: world.clock.now(), expiresAt: world.clock.now() + 1e9 };
    const ids = { projectId, jobId, userId: jane.id, pipelineId: null };
    await world.store.convertedTokens.record({ ...ids, tokenHash, ...times }, world.clock.now());
    admitted(await login(LOGIN, job.token.reveal()));
    rejection(await come(job));
  });

  test('the deadline, the lease, the user', async () => {
    const late = await start({ timeout: 60 });
    const silent = await start({ lease: 30 });
    world.clock.advance(30_000);
    expect(rejection(await come(silent))).toMatch('heartbeat');
    admitted(await come(late));
    world.clock.advance(30_000);
    expect(rejection(await come(late))).toMatch('deadline');
    const job = await start();
    await world.apply({ kind: 'user.update', user: 'jane', fields: { state: 'blocked' } });
    expect(rejection(await come(job))).toMatch('blocked');
    await world.apply({ kind: 'user.update', user: 'jane', fields: { state: 'active' } });
  });
});

describe('what is no extended token', () => {
  test('one of a job that was handed none, or of another job', async () => {
    const [plain, job] = [await start({ runner: null }), await start()];
    const seconds = Math.floor(world.clock.now() / 1000);
    const ids = { projectId: app.id, userId: jane.id, issuedAt: seconds, expiresAt: seconds + 60 };
    for (const [jobId, jobKey] of [
      [plain.job.id, plain.job.tokenHash],
      [plain.job.id, job.job.tokenHash],
      [job.job.id, 'A'.repeat(43)],
    ] as const) {
      const jwt = await world.extendedTokens.sign({ ...ids, jobId, jobKey });
      expect(rejection(await login(LOGIN, `glxjt-${jwt}`))).toBe(UNKNOWN);
    }
  });

  test('LOW-07: the two tokens of a job under each other’s prefix', async () => {
    const job = await start({ tokenFormat: 'jwt' });
    const bare = (text: string) => text.slice('glxjt-'.length);
    expect(rejection(await login(LOGIN, `glcbt-${bare(secretOf(job))}`))).toBe(UNKNOWN);
    expect(rejection(await login(LOGIN, `glxjt-${bare(job.token.reveal())}`))).toBe(UNKNOWN);
    expect(rejection(await login(LOGIN, 'glxjt-'))).toBe(UNKNOWN);
    expect(rejection(await login(LOGIN, `glxjt-${'a'.repeat(33)}`))).toBe(UNKNOWN);
  });

  test('T7: another username', async () => {
    expect(rejection(await login('jane', secretOf(await start())))).toMatch(LOGIN);
  });

  test('one that was handed out before it was switched off', async () => {
    const job = await start();
    const { jobs } = world.settings;
    const extended = { ...jobs.extended_token, enabled: false };
    const settings = { ...world.settings, jobs: { ...jobs, extended_token: extended } };
    expect(rejection(await loginOver({ ...world, settings })(LOGIN, secretOf(job)))).toBe(UNKNOWN);
  });
});
