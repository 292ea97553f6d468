/** Every verb, where its answer is lost, and where it reaches the server twice. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { storeUnavailable } from '../../../../src/errors.ts';
import type { Redis, ScriptCall } from '../../../../src/store/redis/connection/redis.ts';
import { until } from '../../../support/redis/child.ts';
import { startRedis, type SingleRedis } from '../../../support/redis/single.ts';
import { openInstance, someJob, startJob, type Instance } from './support.ts';

let server: SingleRedis;
let one: Instance | undefined;
beforeAll(async () => {
  server = await startRedis();
});
afterEach(async () => {
  await one?.close();
  one = undefined;
});
afterAll(() => server.stop());

const settled = ({ journal }: Instance): Promise<void> =>
  until('the journal is settled', () => journal.size().pending === 0);

/** Loses the answer of one call of each script that is named. */
function losing(lost: Set<string>): (redis: Redis) => Redis {
  return (redis) => {
    const through =
      <R>(send: (call: ScriptCall) => Promise<R>) =>
      async (call: ScriptCall): Promise<R> => {
        const reply = await send(call);
        if (lost.delete(call.script)) throw storeUnavailable('the answer was lost');
        return reply;
      };
    return { ...redis, run: through(redis.run), runDurably: through(redis.runDurably) };
  };
}

/** Each call reaches the server twice; the second answer counts, as after a resend. */
function doubling(redis: Redis): Redis {
  const twice =
    <R>(send: (call: ScriptCall) => Promise<R>) =>
    async (call: ScriptCall): Promise<R> => {
      await send(call);
      return send(call);
    };
  return { ...redis, run: twice(redis.run), runDurably: twice(redis.runDurably) };
}

test.each(['set-status', 'locate'])(
  'an end whose %s has no answer is settled later',
  async (script) => {
    const lost = new Set<string>();
    one = await openInstance(server, { wrap: losing(lost) });
    const job = await startJob(one);
    lost.add(script);
    const end = () => one?.jobs.setStatus(7, job.id, 'success', Date.now());
    await expect(end()).rejects.toMatchObject({ code: 'store_unavailable' });
    expect((await one.jobs.admit(job.tokenHash))?.job.status).toBe('success');
    await settled(one);
    expect(await end()).toMatchObject({ changed: false, job: { status: 'success', gen: 2 } });
  },
);

test.each(['claim-id', 'index-job', 'start'])(
  'a start whose %s has no answer leaves no job alive',
  async (script) => {
    const lost = new Set<string>();
    one = await openInstance(server, { wrap: losing(lost) });
    const job = await someJob(one);
    lost.add(script);
    await expect(one.jobs.start(job)).rejects.toMatchObject({ code: 'store_unavailable' });
    expect((await one.jobs.admit(job.tokenHash))?.job.status ?? 'none').not.toBe('running');
    await settled(one);
    expect((await one.jobs.list(7, { offset: 0, limit: 9 }, ['running'])).total).toBe(0);
  },
);

test('M7: every verb may reach the server twice', async () => {
  one = await openInstance(server, { wrap: doubling });
  const { jobs } = one;
  const lease = { leaseSeconds: 60, leaseUntil: Date.now() + 60_000 };
  const job = await startJob(one, lease);
  expect(job.gen).toBe(1);
  const now = Date.now();
  expect((await jobs.setStatus(7, job.id, 'canceling', now)).job).toMatchObject({
    status: 'canceling',
    gen: 2,
  });
  expect((await jobs.heartbeat(7, job.id, now)).leaseUntil).toBeGreaterThanOrEqual(now + 59_000);
  expect((await jobs.setStatus(7, job.id, 'success', now)).job).toMatchObject({ gen: 3 });
  expect((await jobs.list(7, { offset: 0, limit: 9 })).total).toBe(1);
  const ids = new Set(await Promise.all(Array.from({ length: 200 }, () => jobs.reserveId())));
  expect(ids.size).toBe(200);
});

test('R2: a command that was held up cannot undo what came after it', async () => {
  let held: ScriptCall | undefined;
  one = await openInstance(server, {
    wrap: (redis) => ({
      ...redis,
      runDurably: (call) => {
        if (call.script === 'set-status') held ??= call;
        return redis.runDurably(call);
      },
    }),
  });
  const job = await startJob(one, { status: 'pending' });
  await one.jobs.setStatus(7, job.id, 'running', Date.now());
  await one.jobs.setStatus(7, job.id, 'canceling', Date.now());
  if (held === undefined) throw new Error('nothing was held');
  expect((await one.redis.runDurably(held)).status).toBe('moved');
  expect((await one.jobs.admit(job.tokenHash))?.job.status).toBe('canceling');
});
