/** A journal is brought to a history that has lost what Redis acknowledged. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { ScriptCall } from '../../../../src/store/redis/connection/redis.ts';
import { JOB_PARTITIONS } from '../../../../src/store/redis/keys.ts';
import { until } from '../../../support/redis/child.ts';
import { startRedis, type SingleRedis } from '../../../support/redis/single.ts';
import { hashOf, openInstance, startJob, type Instance } from './support.ts';

let server: SingleRedis;
let one: Instance;
beforeAll(async () => {
  server = await startRedis({ config: { appendfsync: 'no' } });
});
afterEach(() => one.close());
afterAll(() => server.stop());

const replayAll = (replid: string): Promise<unknown> =>
  Promise.all(JOB_PARTITIONS.map((partition) => one.jobs.replay(partition, replid)));

async function closeHistory(): Promise<void> {
  for (const partition of JOB_PARTITIONS) await server.cli('DEL', one.keys.history(partition));
}

test('R5: ends that were lost are there again, also while the partition is closed', async () => {
  one = await openInstance(server);
  const jobs = [];
  for (let index = 0; index < 20; index += 1) jobs.push(await startJob(one));
  const before = new Map<string, string>();
  for (const job of jobs) {
    const key = one.keys.job(job.tokenHash);
    before.set(key, String(await server.cli('GET', key)));
    await one.jobs.setStatus(7, job.id, 'success', Date.now());
  }
  for (const [key, record] of before) await server.cli('SET', key, record, 'KEEPTTL');
  await closeHistory();
  await replayAll(one.history.replid);
  for (const key of before.keys()) expect(await server.cli('GET', key)).toMatch(/^success 2 \d+ /);
  // Doing it again changes nothing.
  await replayAll(one.history.replid);
  for (const key of before.keys()) expect(await server.cli('GET', key)).toMatch(/^success 2 \d+ /);
});

test('R5: an end that knows only an id is looked up, also while the partition is closed', async () => {
  one = await openInstance(server);
  const job = await startJob(one);
  const later = await startJob(one, { startedAt: Date.now() + 60_000 });
  for (const { id } of [job, later, { id: 5_000 }]) {
    const end = { projectId: 7, jobId: id, tokenHash: null, status: 'failed', at: Date.now() };
    await one.journal.recordEnd({ ...end, status: 'failed' });
  }
  await closeHistory();
  await replayAll(one.history.replid);
  expect(await server.cli('GET', one.keys.job(job.tokenHash))).toMatch(/^failed 2 /);
  expect(await server.cli('GET', one.keys.job(later.tokenHash))).toMatch(/^running 1 /);
});

test('R5: a start that was held up cannot bring back a job whose end was replayed', async () => {
  let held: ScriptCall | undefined;
  one = await openInstance(server, {
    wrap: (redis) => ({
      ...redis,
      runDurably: (call) => {
        if (call.script === 'start') held = call;
        return redis.runDurably(call);
      },
    }),
  });
  const job = await startJob(one);
  await one.jobs.setStatus(7, job.id, 'success', Date.now());
  await server.cli('DEL', one.keys.job(job.tokenHash));
  await replayAll(one.history.replid);
  if (held === undefined) throw new Error('nothing was held');
  expect((await one.redis.runDurably(held)).status).toBe('conflict');
  expect(await one.jobs.admit(job.tokenHash)).toBeNull();
  expect(await one.jobs.find(7, job.id)).toBeNull();
  await expect(one.jobs.setStatus(7, job.id, 'failed', 1)).rejects.toMatchObject({
    code: 'not_found',
  });
});

test('R5: a replay into another history than the one that was asked for fails', async () => {
  one = await openInstance(server);
  const job = await startJob(one);
  await one.jobs.setStatus(7, job.id, 'success', Date.now());
  await expect(replayAll('0'.repeat(40))).rejects.toMatchObject({ code: 'store_unavailable' });
});

test('R5: 50,000 ends are replayed in seconds', async () => {
  one = await openInstance(server);
  const ends = Array.from({ length: 50_000 }, (_, index) => ({
    projectId: 7,
    jobId: index + 1,
    tokenHash: hashOf(`many ${index}`),
    status: 'success' as const,
    at: Date.now(),
  }));
  for (const end of ends) {
    void one.journal.recordEnd(end);
    one.journal.confirmEnd(end, null);
  }
  const [last] = ends.slice(-1);
  if (last === undefined) throw new Error('no ends');
  await one.journal.recordEnd(last);
  const store = `for i, key in ipairs(KEYS) do
    redis.call('SET', key, 'running 1 - 1 1 - 7 ' .. ARGV[i] .. ' - 1 1 call\\n' .. string.rep('x', 120)) end`;
  for (let first = 0; first < ends.length; first += 5_000) {
    const some = ends.slice(first, first + 5_000);
    const names = some.map(({ tokenHash }) => one.keys.job(tokenHash));
    await server.cli('EVAL', store, some.length, ...names, ...some.map(({ jobId }) => jobId));
  }
  const begun = performance.now();
  // A busy machine may be late with one call of many; a partition is asked for again then.
  const replayed = JOB_PARTITIONS.map((partition) =>
    until('replayed', () => one.jobs.replay(partition, one.history.replid).then(() => true)),
  );
  await Promise.all(replayed);
  const took = performance.now() - begun;
  expect(took).toBeLessThan(10_000);
  expect(await server.cli('GET', one.keys.job(ends[0]?.tokenHash ?? ''))).toMatch(/^success 2 /);
}, 60_000);
