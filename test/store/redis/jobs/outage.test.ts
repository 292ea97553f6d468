/** Ends while Redis is away, does not answer, loses answers, or has too few replicas. Real servers. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { rmSync } from 'node:fs';
import { storeUnavailable } from '../../../../src/errors.ts';
import { createKeys, JOB_PARTITIONS } from '../../../../src/store/redis/keys.ts';
import type { Redis } from '../../../../src/store/redis/connection/redis.ts';
import { until } from '../../../support/redis/child.ts';
import { startRedis, type SingleRedis } from '../../../support/redis/single.ts';
import {
  newFolder,
  newPrefix,
  openHistory,
  openInstance,
  replidOf,
  someJob,
  startJob,
  type Instance,
  type InstanceOptions,
} from './support.ts';

let server: SingleRedis;
const open: { close(): Promise<void> }[] = [];
const folders: string[] = [];
beforeAll(async () => {
  server = await startRedis();
});
afterEach(async () => {
  server.resume();
  await Promise.all(open.splice(0).map((one) => one.close()));
  for (const path of folders.splice(0)) rmSync(path, { recursive: true });
});
afterAll(() => server.stop());

async function instance(options: InstanceOptions = {}): Promise<Instance> {
  const made = await openInstance(server, options);
  open.push(made);
  return made;
}

const finish = (
  { jobs }: Instance,
  job: { projectId: number; id: number },
  status: 'success' | 'failed' = 'success',
) => jobs.setStatus(job.projectId, job.id, status, Date.now());

const noted = (id: number) => ({
  code: 'store_unavailable',
  retryAfter: 1,
  message: expect.stringContaining(`The end of job ${id} is noted here and will be applied`),
});

const settled = ({ journal }: Instance): Promise<void> =>
  until('the journal is settled', () => journal.size().pending === 0);

/** What Redis itself has, seen by an instance that has noted nothing. */
async function statusIn(prefix: string, tokenHash: string): Promise<string | undefined> {
  const other = await instance({ prefix });
  return (await other.jobs.admit(tokenHash))?.job.status;
}

test('R4: an end while Redis does not answer: 503 in time, denied here, applied after its return', async () => {
  const prefix = newPrefix();
  const one = await instance({ prefix });
  const job = await startJob(one);
  server.pause();
  const begun = performance.now();
  await expect(finish(one, job)).rejects.toMatchObject(noted(job.id));
  expect(performance.now() - begun).toBeLessThan(500);
  expect(one.journal.unplacedEnds()).toMatchObject([{ jobId: job.id, status: 'success' }]);
  await expect(one.jobs.admit(job.tokenHash)).rejects.toMatchObject({ code: 'store_unavailable' });
  server.resume();
  await settled(one);
  expect(await statusIn(prefix, job.tokenHash)).toBe('success');
  expect(one.journal.unplacedEnds()).toEqual([]);
  expect(await finish(one, job)).toMatchObject({ changed: false, job: { status: 'success' } });
}, 30_000);

test('R4: denied here from the first moment, though Redis still says running', async () => {
  const prefix = newPrefix();
  let away = false;
  const cut = (redis: Redis): Redis => ({
    ...redis,
    runDurably: (call) =>
      away ? Promise.reject(storeUnavailable('cut off')) : redis.runDurably(call),
  });
  const one = await instance({ prefix, wrap: cut });
  const job = await startJob(one, { leaseSeconds: 60 });
  away = true;
  await expect(finish(one, job, 'failed')).rejects.toMatchObject(noted(job.id));
  expect((await one.jobs.admit(job.tokenHash))?.job).toMatchObject({ status: 'failed', gen: 2 });
  expect((await one.jobs.find(7, job.id))?.status).toBe('failed');
  expect((await one.jobs.list(7, { offset: 0, limit: 9 }, ['failed'])).total).toBe(1);
  await expect(one.jobs.heartbeat(7, job.id, Date.now())).rejects.toMatchObject({
    code: 'conflict',
  });
  expect(await statusIn(prefix, job.tokenHash)).toBe('running');
  away = false;
  await settled(one);
  expect(await statusIn(prefix, job.tokenHash)).toBe('failed');
}, 30_000);

test('R4: the same by the id alone', async () => {
  let away = false;
  const one = await instance({
    wrap: (redis) => ({
      ...redis,
      run: (call) =>
        away && call.script === 'locate'
          ? Promise.reject(storeUnavailable('cut off'))
          : redis.run(call),
    }),
  });
  const job = await startJob(one);
  away = true;
  await expect(finish(one, job)).rejects.toMatchObject(noted(job.id));
  expect((await one.jobs.admit(job.tokenHash))?.job.status).toBe('success');
}, 30_000);

test('R10: an end while Redis is dead is applied by the process that comes after the next kill -9', async () => {
  const [prefix, dataDir] = [newPrefix(), newFolder()];
  folders.push(dataDir);
  const one = await instance({ prefix, dataDir });
  const job = await startJob(one);
  await server.kill();
  await expect(finish(one, job)).rejects.toMatchObject(noted(job.id));
  await one.close();
  await server.restart();
  const two = await instance({ prefix, dataDir });
  expect((await two.jobs.admit(job.tokenHash))?.job.status).toBe('success');
  await settled(two);
  expect(await statusIn(prefix, job.tokenHash)).toBe('success');
}, 30_000);

test('R5: in a history that is not vetted an end is stored, and not acknowledged', async () => {
  const prefix = newPrefix();
  const one = await instance({ prefix });
  const job = await startJob(one);
  await server.restart();
  await until('connected', () => one.redis.ready(1_000));
  await expect(one.jobs.admit(job.tokenHash)).rejects.toMatchObject({ code: 'store_unavailable' });
  await expect(one.jobs.start(await startless(job))).rejects.toMatchObject({
    code: 'store_unavailable',
  });
  await expect(finish(one, job)).rejects.toMatchObject(noted(job.id));
  const replid = await replidOf(server);
  expect(replid).not.toBe(one.history.replid);
  await openHistory(server, createKeys(prefix));
  one.history.replid = replid;
  await settled(one);
  expect(await statusIn(prefix, job.tokenHash)).toBe('success');
}, 30_000);

test('R5: a job that is missing in a history that is not vetted is not called missing', async () => {
  const one = await instance();
  const job = await startJob(one);
  await server.cli('DEL', one.keys.job(job.tokenHash));
  for (const partition of JOB_PARTITIONS) await server.cli('DEL', one.keys.history(partition));
  await expect(finish(one, job)).rejects.toMatchObject(noted(job.id));
  await server.cli('DEL', one.keys.jobId(job.id));
  await expect(finish(one, { ...job, id: job.id + 7 })).rejects.toMatchObject(noted(job.id + 7));
  await openHistory(server, one.keys);
  await settled(one);
  await expect(finish(one, job)).rejects.toMatchObject({ code: 'not_found' });
}, 30_000);

test('CD-11: not_found leaves no denial behind', async () => {
  const one = await instance();
  const job = await startJob(one);
  await expect(finish(one, { ...job, projectId: 8 })).rejects.toMatchObject({ code: 'not_found' });
  await expect(finish(one, { ...job, id: job.id + 5 })).rejects.toMatchObject({
    code: 'not_found',
  });
  expect(one.journal.size()).toEqual({ entries: 0, pending: 0 });
  expect((await one.jobs.admit(job.tokenHash))?.job.status).toBe('running');
});

test('an end of an id that no job had is forgotten, and does not end the job that gets it later', async () => {
  const one = await instance();
  const id = await one.jobs.reserveId();
  server.pause();
  const long = Date.now() - 60_000;
  await expect(one.jobs.setStatus(7, id, 'canceled', long)).rejects.toMatchObject(noted(id));
  server.resume();
  await until('connected', () => one.redis.ready(1_000));
  let job = await someJob(one, { id });
  await until('it starts', async () => {
    job = await someJob(one, { id });
    await one.jobs.start(job);
    return true;
  });
  expect((await one.jobs.admit(job.tokenHash))?.job.status).toBe('running');
  await settled(one);
  expect((await one.jobs.admit(job.tokenHash))?.job.status).toBe('running');
  expect(one.journal.denialOfJob({ ...job, gen: 1, finishedAt: null, erasedAt: null })).toBeNull();
}, 30_000);

/** Another job than this one. */
const startless = (job: { tokenHash: string }) =>
  someJob({ jobs: { reserveId: async () => 999_999 } as Instance['jobs'] }, { id: 999_999 }).then(
    (one) => ({ ...one, tokenHash: [...job.tokenHash].toReversed().join('') }),
  );
