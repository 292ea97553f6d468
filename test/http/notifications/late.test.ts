/** A job that has ended and changes a registry with a token that it still has: an alarm. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { changeJobStatus } from '../../../src/lifecycle/finish-job.ts';
import type { StartedJob } from '../../../src/lifecycle/start-job.ts';
import type { ProjectRecord, UserRecord } from '../../../src/store/records.ts';
import { samplesOf } from '../../metrics/page.ts';
import { get, startTokenServer, type TokenServer } from '../../support/token-server.ts';
import { eventOf, newId, notify, SETTINGS, written, type Told } from './support.ts';

const ALARM = 'a job that has ended changed a registry';
const UNKNOWN = 'a job that is not known here changed a registry';
const LATE = 'registry.push_after_job_end';
let server: TokenServer;
let jane: UserRecord;
let app: ProjectRecord;

beforeAll(async () => {
  server = await startTokenServer(`${SETTINGS}jobs: {extended_token: {enabled: true}}\n`);
  jane = await server.user('jane');
  await server.group('acme');
  app = await server.project('acme/app');
  await server.member('acme/app', 'jane', 'maintainer');
});
afterAll(() => server.close());
beforeEach(() => server.logged.clear());

async function ended(): Promise<StartedJob> {
  const started = await server.job(app, jane);
  const change = { projectId: app.id, jobId: started.job.id, status: 'success' } as const;
  await changeJobStatus({ ...server, audit: () => undefined }, change);
  return started;
}

async function told({ job }: StartedJob, more: Told = {}) {
  const id = newId();
  const event = eventOf({ at: server.clock.now(), actor: `job:${job.id}`, ...more, id });
  expect((await notify(server, event)).status).toBe(200);
  return written(server, id);
}

const counted = async (action: string, alert: string): Promise<number> => {
  const page = await (await fetch(server.running.metricsUrl ?? '')).text();
  const found = samplesOf(page).find(
    ({ name, labels }) =>
      name === 'wharfpass_registry_events_total' &&
      labels['action'] === action &&
      labels['alert'] === alert,
  );
  return found?.value ?? Number.NaN;
};

describe('P-59: after the end of the job', () => {
  test.each(['push', 'mount', 'delete'])('%s: an event, an error and a count', async (action) => {
    const before = await counted(action, 'job_ended');
    const job = await ended();
    const endedAt = new Date(server.clock.now()).toISOString();
    server.clock.advance(61_000);
    const events = await told(job, { action });
    expect(events.map(({ type }) => type).toSorted()).toEqual([`registry.${action}`, LATE].sort());
    expect(events.find(({ type }) => type === LATE)).toMatchObject({
      author: { kind: 'job', id: job.job.id, user_id: jane.id },
      target: { kind: 'job', id: job.job.id, path: 'build' },
      details: {
        action,
        repository: 'acme/app',
        job_id: job.job.id,
        project_id: app.id,
        project_ids: [app.id],
        ended_at: endedAt,
        seconds_after: 61,
        beyond_token: false,
      },
    });
    expect(server.logged.lines(ALARM)).toEqual([
      expect.objectContaining({ level: 'error', job_id: job.job.id, seconds_after: 61 }),
    ]);
    expect(await counted(action, 'job_ended')).toBe(before + 1);
  });

  test('sent again it is no second alarm', async () => {
    const job = await ended();
    server.clock.advance(1);
    const event = eventOf({ actor: `job:${job.job.id}`, at: server.clock.now() });
    await notify(server, event);
    await notify(server, event);
    expect(server.logged.lines(ALARM)).toHaveLength(1);
    expect(await written(server, event.id)).toHaveLength(2);
  });

  test('later than any token of the job can have lived, which says more', async () => {
    const job = await ended();
    server.clock.advance(960_000);
    const lateOf = async () => (await told(job)).find(({ type }) => type === LATE)?.details;
    expect(await lateOf()).toMatchObject({ seconds_after: 960, beyond_token: false });
    server.clock.advance(1);
    expect(await lateOf()).toMatchObject({ seconds_after: 961, beyond_token: true });
  });

  test('a job that ran out of time, or fell silent, has ended then', async () => {
    const out = await server.job(app, jane, { timeout: 600 });
    const silent = await server.job(app, jane, { lease: 60 });
    server.clock.advance(60_500);
    expect(await told(out)).toHaveLength(1);
    const seconds = (await told(silent)).flatMap(({ details }) => details['seconds_after'] ?? []);
    expect(seconds).toEqual([1]);
    server.clock.advance(600_000);
    expect(await told(out)).toHaveLength(2);
  });
});

describe('no alarm', () => {
  test('for a pull, nor for what happened before the end and was told later', async () => {
    const job = await ended();
    const end = server.clock.now();
    server.clock.advance(5_000);
    expect(await told(job, { action: 'pull' })).toHaveLength(1);
    expect(await told(job, { at: end })).toHaveLength(1);
    expect(server.logged.lines(ALARM)).toEqual([]);
  });

  test('for a registry whose clock is fast', async () => {
    const job = await server.job(app, jane);
    expect(await told(job, { at: server.clock.now() + 10 * 86_400_000 })).toHaveLength(1);
  });

  test('for others', async () => {
    await ended();
    for (const actor of ['', 'user:jane', 'deploy_token:1', 'jobs:1', 'job:', 'job:0', 'job:01']) {
      const event = eventOf({ actor, at: server.clock.now() + 1 });
      await notify(server, event);
      expect(await written(server, event.id)).toHaveLength(1);
    }
  });
});

describe('a job that is not known here', () => {
  test('a warning and a count, since nobody can tell', async () => {
    const before = await counted('push', 'unknown_job');
    const id = newId();
    await notify(server, eventOf({ id, actor: 'job:987654' }));
    expect(await written(server, id)).toHaveLength(1);
    expect(server.logged.lines(UNKNOWN)).toMatchObject([{ level: 'warn', job_id: 987_654 }]);
    expect(await counted('push', 'unknown_job')).toBe(before + 1);
  });

  test('elsewhere than at home it is known by the token that it asked for', async () => {
    await server.project('acme/other');
    await server.member('acme/other', 'jane', 'maintainer');
    await server.allow('acme/other', 'acme/app', ['ADMIN_CONTAINERS']);
    const runner = { id: 5, executor: 'docker', extendedJobToken: true };
    const job = await server.job(app, jane, { runner });
    const as = ['gitlab-ci-token', job.extendedToken?.reveal() ?? ''] as const;
    await get(server, { as, scope: 'repository:acme/other:pull,push' });
    const [event] = await told(job, { repository: 'acme/other' });
    expect(event?.details).toMatchObject({ project_id: app.id, user_id: jane.id });
    expect(server.logged.lines(UNKNOWN)).toEqual([]);
  });
});
