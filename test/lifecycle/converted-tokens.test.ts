import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { storeUnavailable } from '../../src/errors.ts';
import { createConvertedTokenSweep } from '../../src/lifecycle/converted-tokens.ts';
import { changeJobStatus } from '../../src/lifecycle/finish-job.ts';
import type { StartedJob } from '../../src/lifecycle/start-job.ts';
import type { JobStatus, ProjectRecord, UserRecord } from '../../src/store/records.ts';
import { openWorld, type World } from '../support/world.ts';

const DAY = 86_400_000;
const audit = (): void => undefined;
let world: World;
let user: UserRecord;
let project: ProjectRecord;

beforeAll(async () => {
  world = await openWorld('jobs: {after_job: {max_age: 3600}}');
  user = await world.user('jane');
  project = await world.project('jane/app', { jobTokenAfterJob: 'read' });
});
afterAll(() => world.close());

const put = ({ job }: StartedJob, status: JobStatus) =>
  changeJobStatus({ ...world, audit }, { projectId: project.id, jobId: job.id, status });
const recordOf = async ({ job }: StartedJob) =>
  (await world.store.convertedTokens.admit(job.tokenHash))?.token ?? null;

test('the record says who, what and how long', async () => {
  const job = await world.job(project, user);
  await put(job, 'failed');
  const now = world.clock.now();
  expect(await recordOf(job)).toMatchObject({
    projectId: project.id,
    jobId: job.job.id,
    userId: user.id,
    pipelineId: 11,
    endedAt: now,
    expiresAt: now + 3_600_000,
    revokedAt: null,
    lastUsedAt: null,
    writeAttempts: 0,
  });
});

test('an end that is said again later changes nothing of it', async () => {
  const job = await world.job(project, user);
  await put(job, 'success');
  const first = await recordOf(job);
  world.clock.advance(60_000);
  await put(job, 'success');
  expect(await recordOf(job)).toEqual(first);
});

test('records are forgotten a day after their end, and not made anew', async () => {
  const sweep = createConvertedTokenSweep({ ...world, log: world.logged.log });
  const job = await world.job(project, user);
  await put(job, 'success');
  world.clock.advance(DAY);
  await sweep.sweep();
  expect(await recordOf(job)).not.toBeNull();
  world.clock.advance(3_600_000);
  await sweep.sweep();
  expect(await recordOf(job)).toBeNull();
  await put(job, 'success');
  expect(await recordOf(job)).toBeNull();
});

test('a store that is away leaves a line, and the next sweep to come', async () => {
  world.logged.clear();
  const away = () => Promise.reject(storeUnavailable('away'));
  const store = { convertedTokens: { ...world.store.convertedTokens, sweep: away } };
  await createConvertedTokenSweep({ ...world, store, log: world.logged.log }).sweep();
  expect(world.logged.lines()).toEqual([expect.objectContaining({ level: 'warn' })]);
});

test('CD-11: of canceling and running at the same time, canceling stands', async () => {
  for (let round = 0; round < 20; round += 1) {
    const job = await world.job(project, user);
    const outcomes = await Promise.allSettled([
      ...Array.from({ length: 4 }, () => put(job, 'running')),
      put(job, 'canceling'),
      ...Array.from({ length: 4 }, () => put(job, 'running')),
    ]);
    expect(outcomes[4]?.status).toBe('fulfilled');
    expect((await world.store.jobs.find(project.id, job.job.id))?.status).toBe('canceling');
  }
});
