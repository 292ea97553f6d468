import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, jest, test } from '@jest/globals';
import { until } from '../../../support/redis/child.ts';
import { startRedis, type SingleRedis } from '../../../support/redis/single.ts';
import { everyPartition, keys, replaysOn, startInstance, type Instance } from './instances.ts';

// Answers that take over 250 ms are refused, and a machine that runs other suites beside may take that long.
jest.retryTimes(2, { logErrorsBeforeRetry: true });

const SETTLE = 1500;
const MISSING = 'and something that had been stored is missing';

const replidOf = async (redis: SingleRedis): Promise<string> =>
  (await redis.info('replication')).get('master_replid') ?? '';

/** Milliseconds from a partition's first closed state to its open one. */
async function closedFor({ history }: Instance, partition: string): Promise<number> {
  const isOpen = () => history.state().get(partition)?.open;
  await until('a closed partition', () => isOpen() === false, 15_000, 1);
  const begun = performance.now();
  await until('an open partition', () => isOpen() === true, 15_000, 1);
  return performance.now() - begun;
}

const reasons = (instance: Instance): unknown[] => instance.lines().map(({ reason }) => reason);

test('T28: an older copy of the data opens only after those it may have forgotten had time to come', async () => {
  const redis = await startRedis();
  const one = await startInstance(redis.url, 'a', { settle: SETTLE });
  const data = join(redis.dir, 'appendonlydir');
  const copy = join(redis.dir, 'copy');
  await redis.kill();
  cpSync(data, copy, { recursive: true });
  await redis.restart();
  await one.opened(await replidOf(redis));
  // The copy knows nothing of this one.
  const two = await startInstance(redis.url, 'b', { settle: SETTLE });
  await one.history.whenSettled('j4', 1000);
  const closed = [closedFor(one, 'j4'), closedFor(two, 'j4')];
  await redis.kill();
  rmSync(data, { recursive: true });
  cpSync(copy, data, { recursive: true });
  await redis.restart();

  for (const ms of await Promise.all(closed)) expect(ms).toBeGreaterThan(SETTLE / 2);
  const replid = await replidOf(redis);
  await Promise.all([one.opened(replid), two.opened(replid)]);
  for (const instance of [one, two]) {
    expect(replaysOn(instance, replid).toSorted()).toEqual(everyPartition);
  }
  await until('a line', () => reasons(one).some((reason) => String(reason).includes(MISSING)));
});

test('T28: an emptied server is a new history, whether it was restarted or not', async () => {
  const redis = await startRedis();
  const one = await startInstance(redis.url, 'a', { settle: SETTLE });
  const replid = await replidOf(redis);
  const closed = closedFor(one, 'd');
  await redis.cli('FLUSHALL');
  expect(await closed).toBeGreaterThan(SETTLE / 2);
  await one.opened(replid);
  // What was replayed before is gone with the rest.
  expect(replaysOn(one, replid)).toHaveLength(2 * everyPartition.length);
  await until('a line', () => reasons(one).includes('the store was emptied or went back in time'));

  await redis.kill();
  rmSync(join(redis.dir, 'appendonlydir'), { recursive: true });
  await redis.restart();
  const next = await replidOf(redis);
  await one.opened(next);
  expect(replaysOn(one, next).toSorted()).toEqual(everyPartition);
  expect(await redis.cli('HGET', keys.history('d'), 'epoch')).toBe('1');
});
