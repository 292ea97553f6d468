import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { jobVariables, registryCredentials } from '../../src/lifecycle/job-variables.ts';
import { changeJobStatus } from '../../src/lifecycle/finish-job.ts';
import { scopeClaim } from '../../src/lifecycle/job-tokens.ts';
import { startJob, type JobRequest } from '../../src/lifecycle/start-job.ts';
import type { ProjectRecord, UserRecord } from '../../src/store/records.ts';
import { openWorld, type World } from '../support/world.ts';

let world: World;
let user: UserRecord;
let project: ProjectRecord;
beforeAll(async () => {
  world = await openWorld();
  user = await world.user('jane');
  project = await world.project('jane/app');
});
afterAll(() => world.close());

const start = (more: Partial<JobRequest> = {}) => world.job(project, user, more);

test('JOB-01: a thousand tokens, all different, all kept as hashes only', async () => {
  const started = await Promise.all(
    Array.from({ length: 1000 }, (_, i) => start({ tokenFormat: i % 2 ? 'jwt' : 'opaque' })),
  );
  const tokens = started.map(({ token }) => token.reveal());
  expect(new Set(tokens).size).toBe(1000);
  expect(new Set(started.map(({ job }) => job.id)).size).toBe(1000);
  for (const { job, token } of started) {
    expect(job.tokenHash).toBe(world.secretHash(token));
    expect(job.tokenHash).not.toContain(token.reveal().slice(-20));
  }
});

test('LOW-08: the claims name job, project and user', async () => {
  const { job, token } = await start({ tokenFormat: 'jwt' });
  const jwt = token.reveal().slice('glcbt-'.length);
  const claims = await world.jobTokens.verify(jwt, world.clock.now());
  expect(claims).toMatchObject({ jobId: job.id, projectId: project.id, userId: user.id });
  expect((claims?.expiresAt ?? 0) * 1000).toBeGreaterThanOrEqual(job.deadline + 300_000);
  expect((claims?.expiresAt ?? 0) * 1000).toBeLessThan(job.deadline + 302_000);
});

test.each([
  [null, ['READ_CONTAINERS', 'ADMIN_CONTAINERS']],
  ['delete', ['READ_CONTAINERS', 'ADMIN_CONTAINERS']],
  ['write', ['READ_CONTAINERS', 'ADMIN_CONTAINERS']],
  ['read', ['READ_CONTAINERS']],
  ['none', []],
] as const)('LOW-09: permissions %s are capped to %j', (permissions, names) => {
  const scope = scopeClaim(5, permissions);
  expect(Object.keys(scope)).toEqual(names);
  if ('ADMIN_CONTAINERS' in scope) expect(scope['ADMIN_CONTAINERS']).toEqual([5]);
});

test('the lease ends no later than the deadline', async () => {
  const { job } = await start({ timeout: 60, lease: 3600 });
  expect(job.leaseUntil).toBe(job.deadline);
  const { job: quiet } = await start({ lease: null });
  expect(quiet).toMatchObject({ leaseSeconds: null, leaseUntil: quiet.deadline });
});

describe('refusals leave nothing behind', () => {
  const count = async () =>
    (await world.store.jobs.list(project.id, { offset: 0, limit: 1 })).total;

  test.each([
    ['JOB-15: no user', { user: null }, 'bad_request'],
    ['an unknown user', { user: 'nobody' }, 'not_found'],
    ['a timeout beyond the limit', { timeout: 86_401 }, 'bad_request'],
  ])('%s', async (_what, more, code) => {
    const before = await count();
    const request = { ...(await request0()), ...more };
    await expect(startJob(world, request)).rejects.toMatchObject({ code });
    expect(await count()).toBe(before);
  });

  async function request0(): Promise<JobRequest> {
    return {
      project,
      user: user.id,
      name: 'job',
      stage: 'test',
      ref: null,
      refProtected: false,
      environment: null,
      pipelineId: null,
      timeout: null,
      lease: null,
      permissions: null,
      tokenFormat: null,
      runner: null,
      startedBy: null,
    };
  }
});

test('CD-11: of 64 parallel finishes one end stands, and no other is acknowledged', async () => {
  const { job } = await start();
  const ends = ['success', 'failed', 'canceled', 'skipped'] as const;
  const outcomes = await Promise.allSettled(
    Array.from({ length: 64 }, (_, i) =>
      changeJobStatus(
        { ...world, audit: () => undefined },
        {
          projectId: project.id,
          jobId: job.id,
          status: ends[i % 4] ?? 'success',
        },
      ),
    ),
  );
  const kept = await world.store.jobs.find(project.id, job.id);
  const good = outcomes.filter((outcome) => outcome.status === 'fulfilled');
  expect(good).toHaveLength(16);
  for (const { value } of good) expect(value.status).toBe(kept?.status);
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'conflict' });
  }
});

test('only the token is masked, and only it is not public', async () => {
  const started = await start({ ref: 'main' });
  const secret = started.token.reveal();
  for (const variable of jobVariables(world.settings, project, started)) {
    const hidden = variable.value.includes(secret);
    expect([variable.key, variable.masked, variable.public]).toEqual([
      variable.key,
      hidden,
      !hidden,
    ]);
  }
  expect(registryCredentials(world.settings, started)).toEqual([
    { type: 'registry', url: '127.0.0.1:5000', username: 'gitlab-ci-token', password: secret },
  ]);
  expect(JSON.stringify(started)).not.toContain(secret);
});
