import { describe, expect, test } from '@jest/globals';
import { until, sleep } from '../../../support/redis/child.ts';
import { startRedis } from '../../../support/redis/single.ts';
import { manualClock } from '../../../support/manual-clock.ts';
import { add } from '../connection/open.ts';
import { openInstance, startInstance } from './instances.ts';

describe('joining', () => {
  test('gives up where too few replicas take the write, and says so', async () => {
    const redis = await startRedis();
    const one = await openInstance(redis.url, 'a', { replicas: 1, patience: 1200 });
    const begun = performance.now();
    await expect(one.history.join()).rejects.toThrow(
      /within 1.2 s .*fewer than 1 replicas took the write \(redis.replicas\)/,
    );
    expect(performance.now() - begun).toBeLessThan(2500);
    expect(one.history.isTrusted('d', one.replays[0]?.replid ?? '')).toBe(false);
  });

  test('gives up where the server does not answer, and works when it comes in time', async () => {
    const redis = await startRedis();
    const one = await openInstance(redis.url, 'a', { patience: 1000 });
    const two = await openInstance(redis.url, 'b', { patience: 15_000 });
    redis.pause();
    const joined = two.history.join();
    await expect(one.history.join()).rejects.toThrow(
      /within 1 s \(partition \w+\): redis, presence/,
    );
    redis.resume();
    await joined;
    await two.opened();
  });
});

test('a standing of ten seconds vouches for nothing any more', async () => {
  const redis = await startRedis();
  const monotonic = manualClock();
  const one = await startInstance(redis.url, 'a', { monotonic });
  const replid = (await redis.info('replication')).get('master_replid') ?? '';
  redis.pause();
  monotonic.advance(9000);
  expect(one.history.isTrusted('j2', replid)).toBe(true);
  monotonic.advance(1000);
  expect(one.history.isTrusted('j2', replid)).toBe(false);
  const begun = performance.now();
  expect(await one.history.whenSettled('j2', 100)).toBe(false);
  expect(performance.now() - begun).toBeLessThan(300);
  redis.resume();
  expect(await one.history.whenSettled('j2', 5000)).toBe(true);
  expect(one.history.isTrusted('j2', replid)).toBe(true);
});

test('while no replica answers, presence leaves the durable connection to those who need it', async () => {
  const redis = await startRedis();
  const replica = await startRedis();
  await replica.cli('REPLICAOF', redis.host, redis.port);
  await until('a replica', async () => (await redis.cli('WAIT', 1, 100)) === 1);
  const one = await startInstance(redis.url, 'a', { replicas: 1 });
  const replid = (await redis.info('replication')).get('master_replid') ?? '';
  replica.pause();
  const end = performance.now() + 3000;
  const counts: unknown[] = [];
  while (performance.now() < end) {
    const count = one.redis.runDurably(add('x', 'j7')).then(({ replicas }) => replicas);
    counts.push(await count.catch(() => 'no time left'));
  }
  // Most find the connection free, and learn from WAIT itself that no replica has it.
  expect(counts.filter((count) => count === 0).length).toBeGreaterThan(counts.length / 2);
  // Who was on the list still is.
  expect(one.history.isTrusted('j7', replid)).toBe(true);
  replica.resume();
  expect(await one.history.whenSettled('j7', 3000)).toBe(true);
});

test('however often it is told that a partition is closed, it asks at most 40 times a second', async () => {
  const redis = await startRedis();
  const one = await startInstance(redis.url, 'a');
  await sleep(300);
  const before = one.calls.length;
  const end = performance.now() + 1000;
  while (performance.now() < end) {
    one.history.kick('j2');
    await new Promise(setImmediate);
  }
  expect(one.calls.length - before).toBeGreaterThan(20);
  expect(one.calls.length - before).toBeLessThan(100);
});

test('an idle instance makes about 17 calls a second, and no timer of its own keeps a process alive', async () => {
  const redis = await startRedis();
  const one = await openInstance(redis.url, 'a');
  // Only timers that hold the process are in this list.
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  await sleep(500);
  const before = timers();
  await one.history.join();
  await one.opened();
  await sleep(600);
  const counts: number[] = [];
  const calls = one.calls.length;
  for (let i = 0; i < 20; i++) {
    await sleep(100);
    counts.push(timers());
  }
  const perSecond = (one.calls.length - calls) / 2;
  expect(perSecond).toBeGreaterThan(14);
  expect(perSecond).toBeLessThan(26);
  // Some are the connection's, for calls under way; 17 would be ours.
  expect(Math.min(...counts)).toBeLessThan(before + 10);
});

test('after close there are no calls, and nobody waits', async () => {
  const redis = await startRedis();
  const one = await startInstance(redis.url, 'a');
  one.hold = () => new Promise(() => undefined);
  await redis.cli('FLUSHALL');
  await until('a closed partition', () => !one.allOpen());
  const settled = one.history.whenSettled('j0', 20_000);
  const begun = performance.now();
  await one.history.close();
  expect(await settled).toBe(false);
  expect(await one.history.whenSettled('j0', 20_000)).toBe(false);
  // A replay that never ends is left behind after a second.
  expect(performance.now() - begun).toBeLessThan(1600);
  const calls = one.calls.length;
  one.history.kick('j0');
  await sleep(1300);
  expect(one.calls).toHaveLength(calls);
});
