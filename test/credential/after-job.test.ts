import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { changeJobStatus } from '../../src/lifecycle/finish-job.ts';
import type { StartedJob } from '../../src/lifecycle/start-job.ts';
import { storeUnavailable } from '../../src/errors.ts';
import type { JobPrincipal } from '../../src/credential/principal.ts';
import type { JobStatus, ProjectRecord, UserRecord } from '../../src/store/records.ts';
import { openWorld, type World } from '../support/world.ts';
import { admitted, loginOver, rejection, UNKNOWN, type Login } from './login.ts';

const LOGIN = 'gitlab-ci-token';
const DAY = 86_400_000;
let world: World;
let login: Login;
let jane: UserRecord;
/** Whose jobs' passwords may read on. */
let app: ProjectRecord;
let events: string[];

beforeAll(async () => {
  world = await openWorld();
  login = loginOver(world);
  jane = await world.user('jane');
  await world.group('acme');
  app = await world.project('acme/app', { jobTokenAfterJob: 'read' });
  events = [];
});
afterAll(() => world.close());

const come = (job: StartedJob) => login(LOGIN, job.token.reveal());
const audit = (type: string) => void events.push(type);
const end = ({ job }: StartedJob, status: JobStatus = 'success', over: Partial<World> = {}) => {
  const { projectId, id: jobId } = job;
  return changeJobStatus({ ...world, ...over, audit }, { projectId, jobId, status });
};
const setUp = (fields: object) =>
  world.apply({ kind: 'project.update', project: 'acme/app', fields });

async function ended(more = {}, status: JobStatus = 'success'): Promise<StartedJob> {
  const job = await world.job(app, jane, more);
  await end(job, status);
  return job;
}
const reading = async (job: StartedJob) => admitted(await come(job)) as JobPrincipal;

describe.each(['jwt', 'opaque'] as const)('the password of an ended job (%s)', (tokenFormat) => {
  test.each(['success', 'failed', 'canceled', 'skipped'] as const)(
    'CD-09, CD-10: a job that ends (%s) keeps its secret and has reading left',
    async (status) => {
      const job = await world.job(app, jane, { tokenFormat });
      expect((await reading(job)).abilities.size).toBe(3);
      await end(job, status);
      const principal = await reading(job);
      expect(principal).toEqual({
        kind: 'job',
        jobId: job.job.id,
        pipelineId: 11,
        projectId: app.id,
        runnerId: 5,
        actor: { id: jane.id, username: 'jane', admin: false, external: false },
        abilities: new Set(['build_read_container_image']),
        permissions: null,
        scopeCap: tokenFormat === 'jwt' ? expect.any(Map) : null,
        extended: false,
        convertedId: expect.any(Number),
        expiresAt: world.clock.now() + 90 * DAY,
      });
    },
  );

  test('CD-09: also long after the exp that its own claims say, until its greatest age (CD-17)', async () => {
    const job = await ended({ tokenFormat, timeout: 60 });
    world.clock.advance(90 * DAY - 1);
    await reading(job);
    world.clock.advance(1);
    expect(rejection(await come(job))).toMatch('too long ago');
  });

  test('CD-11: writing comes back by no other job, no retry and no status', async () => {
    const job = await ended({ tokenFormat });
    await world.job(app, jane, { tokenFormat, pipelineId: 11, name: 'build' });
    for (const status of ['running', 'canceling', 'pending'] as const) {
      await expect(end(job, status)).rejects.toMatchObject({ code: 'conflict' });
    }
    expect((await reading(job)).abilities).toEqual(new Set(['build_read_container_image']));
  });

  test('CD-12: a project that says nothing lets no password live on', async () => {
    const quiet = await world.project(`acme/quiet-${tokenFormat}`);
    const job = await world.job(quiet, jane, { tokenFormat });
    await end(job);
    expect(rejection(await come(job))).toBe('This job has ended (success).');
    // What was dead once stays dead.
    const project = `acme/quiet-${tokenFormat}`;
    await world.apply({ kind: 'project.update', project, fields: { jobTokenAfterJob: 'read' } });
    expect(rejection(await come(job))).toBe('This job has ended (success).');
  });

  test('CD-10: the switch is looked at each time', async () => {
    const job = await ended({ tokenFormat });
    await setUp({ jobTokenAfterJob: 'none' });
    expect(rejection(await come(job))).toMatch('passwords of ended jobs are not good');
    await setUp({ jobTokenAfterJob: 'read' });
    await reading(job);
    await setUp({ jobsEnabled: false });
    expect(rejection(await come(job))).toMatch('Jobs are switched off');
    await setUp({ jobsEnabled: true });
  });

  test('row 94, CD-10: the user is blocked, and is gone', async () => {
    const john = await world.user(`john-${tokenFormat}`);
    const job = await world.job(app, john, { tokenFormat });
    await end(job);
    const user = john.username;
    await world.apply({ kind: 'user.update', user, fields: { state: 'blocked' } });
    expect(rejection(await come(job))).toMatch('blocked');
    await world.apply({ kind: 'user.update', user, fields: { state: 'active' } });
    await reading(job);
    await world.apply({ kind: 'user.delete', user });
    rejection(await come(job));
  });

  test('CD-17: revoked, it is dead at once and stays so when the end is said again', async () => {
    const job = await ended({ tokenFormat });
    const { convertedId } = await reading(job);
    await world.store.convertedTokens.revoke(app.id, convertedId ?? 0, world.clock.now());
    expect(rejection(await come(job))).toMatch('has been revoked');
    await end(job);
    expect(rejection(await come(job))).toMatch('has been revoked');
  });

  test('T7: with another username it is refused', async () => {
    const job = await ended({ tokenFormat });
    expect(rejection(await login('jane', job.token.reveal()))).toMatch(LOGIN);
  });

  test('CD-02: a deadline or a lease that has passed leaves nothing to read with', async () => {
    for (const more of [{ timeout: 60 }, { lease: 60 }]) {
      const job = await world.job(app, jane, { tokenFormat, ...more });
      world.clock.advance(60_000);
      rejection(await come(job));
      await end(job);
      expect(rejection(await come(job))).toBe('This job has ended (success).');
    }
  });

  test('JOB-28: a job whose permissions say none reads nothing afterwards either', async () => {
    const job = await ended({ tokenFormat, permissions: 'none' });
    expect(rejection(await come(job))).toBe('This job has ended (success).');
  });

  test('CD-02: a job whose project or user was deleted has nothing to read with', async () => {
    const brief = await world.project(`acme/brief-${tokenFormat}`, { jobTokenAfterJob: 'read' });
    const job = await world.job(brief, jane, { tokenFormat });
    await end(job);
    await reading(job);
    await world.apply({ kind: 'project.delete', project: `acme/brief-${tokenFormat}` });
    rejection(await come(job));
  });

  test('CD-02: a user who is blocked when the job ends does not read later', async () => {
    const eve = await world.user(`eve-${tokenFormat}`);
    const job = await world.job(app, eve, { tokenFormat });
    const user = eve.username;
    await world.apply({ kind: 'user.update', user, fields: { state: 'blocked' } });
    await end(job);
    await world.apply({ kind: 'user.update', user, fields: { state: 'active' } });
    expect(rejection(await come(job))).toBe('This job has ended (success).');
  });

  test('an end that cannot be recorded is not acknowledged, and is recorded when it is said again', async () => {
    const job = await world.job(app, jane, { tokenFormat });
    const record = () => Promise.reject(storeUnavailable('away'));
    const store = { ...world.store, convertedTokens: { ...world.store.convertedTokens, record } };
    await expect(end(job, 'success', { store })).rejects.toMatchObject({
      code: 'store_unavailable',
    });
    // Absence of a record is refusal, never more.
    expect(rejection(await come(job))).toBe('This job has ended (success).');
    await end(job);
    await reading(job);
  });

  test('an end that is said again too late, or another end, records nothing', async () => {
    const job = await world.job(app, jane, { tokenFormat });
    await world.store.jobs.setStatus(app.id, job.job.id, 'success', world.clock.now());
    await expect(end(job, 'failed')).rejects.toMatchObject({ code: 'conflict' });
    rejection(await come(job));
    world.clock.advance(DAY);
    await end(job);
    expect(rejection(await come(job))).toBe('This job has ended (success).');
  });
});

test('a running job costs one call of the store, a dead password two', async () => {
  const calls: string[] = [];
  const { jobs, convertedTokens } = world.store;
  const store = {
    ...world.store,
    jobs: { ...jobs, admit: (hash: string) => (calls.push('jobs'), jobs.admit(hash)) },
    convertedTokens: {
      ...convertedTokens,
      admit: (hash: string) => (calls.push('converted'), convertedTokens.admit(hash)),
    },
  };
  const ask = loginOver({ ...world, store } as World);
  const job = await world.job(app, jane);
  admitted(await ask(LOGIN, job.token.reveal()));
  expect(calls).toEqual(['jobs']);
  await end(job);
  admitted(await ask(LOGIN, job.token.reveal()));
  expect(calls).toEqual(['jobs', 'jobs', 'converted']);
});

test('CD-09: a job that the store has forgotten reads by its record alone', async () => {
  const job = await ended({ permissions: 'write' });
  const jobs = { ...world.store.jobs, admit: () => Promise.resolve(null) };
  const ask = loginOver({ ...world, store: { ...world.store, jobs } } as World);
  const principal = admitted(await ask(LOGIN, job.token.reveal()));
  expect(principal).toMatchObject({ jobId: job.job.id, permissions: 'read', runnerId: null });
  const running = await world.job(app, jane);
  expect(rejection(await ask(LOGIN, running.token.reveal()))).toBe(UNKNOWN);
});

test('LOW-09: a JWT reads only by a record of the job that it names', async () => {
  const [job, other] = [await ended({ tokenFormat: 'jwt' }), await ended({ tokenFormat: 'jwt' })];
  const admit = () => world.store.convertedTokens.admit(other.job.tokenHash);
  const convertedTokens = { ...world.store.convertedTokens, admit };
  const ask = loginOver({ ...world, store: { ...world.store, convertedTokens } } as World);
  expect(rejection(await ask(LOGIN, job.token.reveal()))).toBe(UNKNOWN);
  admitted(await ask(LOGIN, other.token.reveal()));
});

test('row 61: a job that was erased reads nothing', async () => {
  const job = await ended();
  const admit = async (hash: string) => {
    const found = await world.store.jobs.admit(hash);
    return found && { ...found, job: { ...found.job, erasedAt: 1 } };
  };
  const store = { ...world.store, jobs: { ...world.store.jobs, admit } };
  const ask = loginOver({ ...world, store } as World);
  expect(rejection(await ask(LOGIN, job.token.reveal()))).toBe('This job has been erased.');
});

describe('CD-12: the instance may decide for all', () => {
  test.each([
    ['none', 'read', false],
    ['read', 'none', true],
  ] as const)('force: %s over a project that says %s', async (force, jobTokenAfterJob, good) => {
    const forced = await openWorld(`jobs: {after_job: {force: ${force}, max_age: 7200}}`);
    await forced.group('acme');
    const user = await forced.user('jane');
    const job = await forced.job(await forced.project('acme/app', { jobTokenAfterJob }), user);
    const change = { projectId: job.job.projectId, jobId: job.job.id, status: 'success' } as const;
    await changeJobStatus({ ...forced, audit }, change);
    const outcome = await loginOver(forced)(LOGIN, job.token.reveal());
    if (good)
      expect(admitted(outcome)).toMatchObject({ expiresAt: forced.clock.now() + 7_200_000 });
    else expect(rejection(outcome)).toBe('This job has ended (success).');
    await forced.close();
  });

  test('a dead password costs one call of the store where none may read', async () => {
    const job = await ended();
    const { jobs } = world.settings;
    const afterJob = { ...jobs.after_job, force: 'none' as const };
    const settings = { ...world.settings, jobs: { ...jobs, after_job: afterJob } };
    const admit = () => Promise.reject(storeUnavailable('asked'));
    const store = { ...world.store, convertedTokens: { ...world.store.convertedTokens, admit } };
    const ask = loginOver({ ...world, settings, store } as World);
    expect(rejection(await ask(LOGIN, job.token.reveal()))).toBe('This job has ended (success).');
  });

  test('CD-17: a greatest age that has become less counts at once', async () => {
    const job = await ended();
    const { jobs } = world.settings;
    const settings = {
      ...world.settings,
      jobs: { ...jobs, after_job: { ...jobs.after_job, max_age: 3600 } },
    };
    const ask = loginOver({ ...world, settings });
    admitted(await ask(LOGIN, job.token.reveal()));
    world.clock.advance(3_600_000);
    expect(rejection(await ask(LOGIN, job.token.reveal()))).toMatch('too long ago');
    await reading(job);
  });
});

test('the end and what became of the password are events', async () => {
  events.length = 0;
  const job = await ended();
  await end(job);
  expect(events).toEqual(['job.finished', 'converted_token.recorded', 'converted_token.recorded']);
});
