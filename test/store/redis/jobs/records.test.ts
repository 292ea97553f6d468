/** What lies in Redis: how much, for how long, and what is done with what makes no sense. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import {
  JOB_PARTITIONS,
  partitionOfHash,
  partitionOfId,
  partitionOfJobId,
} from '../../../../src/store/redis/keys.ts';
import { startRedis, type SingleRedis } from '../../../support/redis/single.ts';
import { DAY, HOUR, hashOf, openInstance, someJob, startJob, type Instance } from './support.ts';

let server: SingleRedis;
let one: Instance;
beforeAll(async () => {
  server = await startRedis({ config: { appendfsync: 'no' } });
});
beforeEach(async () => {
  one = await openInstance(server);
});
afterEach(() => one.close());
afterAll(() => server.stop());

const unavailable = { code: 'store_unavailable' };
const ALL = { offset: 0, limit: 100 };

test('a live job takes less than 800 bytes, its indexes included', async () => {
  const JOBS = 500;
  const used = async () => Number((await server.info('memory')).get('used_memory'));
  await startJob(one);
  const before = await used();
  for (let index = 0; index < JOBS; index += 1) await startJob(one);
  const bytes = ((await used()) - before) / JOBS;
  expect(bytes).toBeLessThan(800);
}, 30_000);

test('all that is kept of a job goes a while after its deadline', async () => {
  const now = Date.now();
  const job = await startJob(one, { deadline: now + 2 * HOUR });
  const end = now + 2 * HOUR + 60_000 + 7 * DAY;
  const keys = [
    one.keys.job(job.tokenHash),
    one.keys.jobId(job.id),
    one.keys.jobsOfProject(7),
    one.keys.jobsOfUser(12),
  ];
  for (const key of keys) {
    expect(Number(await server.cli('PEXPIRETIME', key))).toBeCloseTo(end, -4);
  }
  await one.jobs.setStatus(7, job.id, 'canceling', now);
  await one.jobs.setStatus(7, job.id, 'success', now);
  expect(Number(await server.cli('PEXPIRETIME', keys[0] ?? ''))).toBeCloseTo(end, -4);
  // A neighbour with a shorter life takes nothing from it.
  await startJob(one, { deadline: now + HOUR });
  expect(Number(await server.cli('PEXPIRETIME', keys[1] ?? ''))).toBeGreaterThan(end - 1_000);
});

test('what has expired is not listed any more', async () => {
  const job = await startJob(one);
  const gone = await startJob(one);
  const index = one.keys.jobsOfProject(7);
  await server.cli('ZREMRANGEBYSCORE', index, gone.id, gone.id);
  await server.cli('ZADD', index, 0, `${Math.floor(Date.now() / 1000) - 5}:${gone.id}`);
  await server.cli('DEL', one.keys.job(gone.tokenHash));
  expect(await one.jobs.list(7, ALL)).toMatchObject({ items: [{ id: job.id }], total: 1 });
  expect(await server.cli('ZCARD', index)).toBe(1);
});

test('an id that is listed and led to no job is passed over', async () => {
  const job = await startJob(one);
  await server.cli('ZADD', one.keys.jobsOfProject(7), job.id + 9, `9999999999:${job.id + 9}`);
  expect(await one.jobs.list(7, ALL)).toMatchObject({ items: [{ id: job.id }], total: 1 });
  expect((await one.jobs.list(7, ALL, ['running'])).total).toBe(1);
});

test('JOB-01: a start that meets a token in use leaves no trace of its id', async () => {
  const job = await startJob(one);
  const other = await someJob(one, { tokenHash: job.tokenHash });
  await expect(one.jobs.start(other)).rejects.toMatchObject({ code: 'conflict' });
  expect(await server.cli('HGET', one.keys.jobId(other.id), String(other.id))).toBeNull();
  expect((await one.jobs.list(7, ALL)).total).toBe(1);
  expect((await one.jobs.admit(job.tokenHash))?.job).toEqual(job);
});

test.each([
  'nonsense',
  'running 1 - x y - 7 1 - 1 1 call\n[]',
  'running 1 - 5 5 - 7 1 - 1 1 call\n{"no":"list"}',
  'running 1 - 5 5 - 7 1 - 1 1 call\n[1,',
])('a record that makes no sense (%j) is no answer', async (record) => {
  const job = await startJob(one);
  await server.cli('SET', one.keys.job(job.tokenHash), record);
  await expect(one.jobs.admit(job.tokenHash)).rejects.toMatchObject(unavailable);
});

test('a later version may add fields: they are handed on', async () => {
  const job = await startJob(one, { leaseSeconds: 60 });
  const key = one.keys.job(job.tokenHash);
  const [fields, rest = ''] = String(await server.cli('GET', key)).split('\n');
  await server.cli('SET', key, `${fields} new\n${rest.slice(0, -1)},"new"]`, 'KEEPTTL');
  await one.jobs.setStatus(7, job.id, 'canceling', Date.now());
  await one.jobs.heartbeat(7, job.id, Date.now());
  await one.jobs.setStatus(7, job.id, 'success', Date.now());
  expect(await server.cli('GET', key)).toMatch(/^success 3 .* new\n.*,"new"\]$/);
});

test('R5: in doubt a job that was running before is neither admitted nor refused', async () => {
  const lease = { leaseSeconds: 60, leaseUntil: Date.now() + 60_000 };
  const [bare, leased, ended] = [
    await startJob(one),
    await startJob(one, lease),
    await startJob(one),
  ];
  await one.jobs.setStatus(7, ended.id, 'success', Date.now());
  await new Promise((resolve) => setTimeout(resolve, 5));
  for (const partition of JOB_PARTITIONS) {
    await server.cli('HSET', one.keys.history(partition), 'doubt', Date.now());
  }
  const inDoubt = { ...unavailable, detail: expect.stringContaining('not heard of') };
  await expect(one.jobs.admit(bare.tokenHash)).rejects.toMatchObject(inDoubt);
  await expect(one.jobs.admit(leased.tokenHash)).rejects.toMatchObject(inDoubt);
  await expect(one.jobs.heartbeat(7, leased.id, Date.now())).rejects.toMatchObject(inDoubt);
  expect((await one.jobs.admit(ended.tokenHash))?.job.status).toBe('success');
  await new Promise((resolve) => setTimeout(resolve, 5));
  const fresh = await startJob(one, lease);
  expect((await one.jobs.admit(fresh.tokenHash))?.job).toEqual(fresh);
  await one.jobs.heartbeat(7, fresh.id, Date.now());
});

test('R5: while a partition is closed everything but an end answers 503', async () => {
  const job = await startJob(one, { leaseSeconds: 60 });
  const close = (partition: string) => server.cli('DEL', one.keys.history(partition));
  await close(partitionOfHash(job.tokenHash));
  await expect(one.jobs.admit(job.tokenHash)).rejects.toMatchObject(unavailable);
  await expect(one.jobs.find(7, job.id)).rejects.toMatchObject(unavailable);
  await expect(one.jobs.heartbeat(7, job.id, Date.now())).rejects.toMatchObject(unavailable);
  await expect(one.jobs.setStatus(7, job.id, 'canceling', 1)).rejects.toMatchObject(unavailable);
  await close(partitionOfId(7));
  await expect(one.jobs.list(7, ALL)).rejects.toMatchObject(unavailable);
  await close(partitionOfJobId(job.id));
  await expect(one.jobs.setStatus(7, job.id, 'success', 1)).resolves.toMatchObject({
    job: { status: 'success' },
  });
  await close('d');
  const reserve = async (): Promise<void> => {
    for (let count = 0; count < 65; count += 1) await one.jobs.reserveId();
  };
  await expect(reserve()).rejects.toMatchObject(unavailable);
});

test('T39: what is no hash of a token never reaches Redis', async () => {
  const before = Number((await server.info('stats')).get('total_commands_processed'));
  for (const text of [
    '',
    'x'.repeat(42),
    'x'.repeat(44),
    `${'x'.repeat(42)}\n`,
    '*',
    `${hashOf('a')}\0`,
  ]) {
    expect(await one.jobs.admit(text)).toBeNull();
  }
  const after = Number((await server.info('stats')).get('total_commands_processed'));
  expect(after - before).toBeLessThan(5);
});

test('an admission takes one command', async () => {
  const job = await startJob(one);
  const commands = async () => {
    const stats = await server.info('commandstats');
    const line = stats.get('cmdstat_evalsha') ?? '';
    return Number(/calls=(\d+)/.exec(line)?.[1] ?? 0);
  };
  await one.jobs.admit(job.tokenHash);
  const before = await commands();
  await one.jobs.admit(job.tokenHash);
  expect((await commands()) - before).toBe(1);
});

test('jobs of what is gone end in any number, and may be asked for again', async () => {
  const jobs = await Promise.all(Array.from({ length: 60 }, () => startJob(one)));
  const other = await startJob(one, { projectId: 8, userId: 13 });
  const ofUser = await startJob(one, { projectId: 8, userId: 12 });
  const done = jobs[0];
  if (done === undefined) throw new Error('no jobs');
  await one.jobs.setStatus(7, done.id, 'success', 5);
  await one.jobs.endJobsOf({ projectIds: [7], userIds: [] }, 9);
  await one.jobs.endJobsOf({ projectIds: [7], userIds: [12] }, 10);
  const { items } = await one.jobs.list(7, ALL);
  expect(items).toHaveLength(60);
  for (const job of items) {
    expect([job.status, job.finishedAt]).toEqual(
      job.id === done.id ? ['success', 5] : ['canceled', 9],
    );
  }
  expect((await one.jobs.admit(other.tokenHash))?.job.status).toBe('running');
  expect((await one.jobs.admit(ofUser.tokenHash))?.job.status).toBe('canceled');
  expect(one.journal.size()).toEqual({ entries: 61, pending: 0 });
});
