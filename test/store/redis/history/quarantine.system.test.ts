import { describe, expect, test } from '@jest/globals';
import { sleep, until } from '../../../support/redis/child.ts';
import { startRedis, type SingleRedis } from '../../../support/redis/single.ts';
import {
  admitting,
  everyPartition,
  keys,
  openInstance,
  replaysOn,
  startInstance,
} from './instances.ts';

const replidOf = async (redis: SingleRedis): Promise<string> =>
  (await redis.info('replication')).get('master_replid') ?? '';

test('a fresh server opens after one replay of every partition', async () => {
  const redis = await startRedis();
  const one = await startInstance(redis.url, 'a');
  const replid = await replidOf(redis);
  expect(replaysOn(one, replid).toSorted()).toEqual(everyPartition);
  expect(one.history.isTrusted('d', replid)).toBe(true);
  expect(one.history.isTrusted('d', 'f'.repeat(40))).toBe(false);
  one.history.kick('d');
  await sleep(1500);
  expect(one.replays).toHaveLength(everyPartition.length);
});

describe('T28: nothing is admitted from a new history before every instance has replayed its journal', () => {
  const changes: [string, (redis: SingleRedis) => Promise<unknown>][] = [
    ['kill -9 and a restart', async (redis) => (await redis.kill(), redis.restart())],
    ['an orderly restart', (redis) => redis.restart()],
    [
      'a primary demoted and promoted again',
      async (redis) => {
        await redis.cli('REPLICAOF', '127.0.0.1', 1);
        await sleep(50);
        await redis.cli('REPLICAOF', 'NO', 'ONE');
      },
    ],
  ];
  test.each(changes)('%s', async (_, change) => {
    const redis = await startRedis();
    const one = await startInstance(redis.url, 'a');
    const two = await startInstance(redis.url, 'b');
    const before = await replidOf(redis);
    const replayed: number[] = [];
    one.hold = two.hold = async ({ partition }) => {
      await sleep(300);
      if (partition === 'j3') replayed.push(performance.now());
    };
    const requests = admitting(one.redis, 'j3');
    await until('requests', () => requests.admitted.length > 20);
    await change(redis);
    const after = await replidOf(redis);
    await until('admission', () => requests.admitted.some(({ replid }) => replid === after));
    await requests.stop();

    expect(after).not.toBe(before);
    expect(replayed).toHaveLength(2);
    const first = requests.admitted.find(({ replid }) => replid !== before);
    expect(first?.replid).toBe(after);
    expect(first?.at).toBeGreaterThan(Math.max(...replayed));
    expect(requests.refused()).toBeGreaterThan(0);
    const reasons = one.lines().map((line) => line['reason']);
    expect(reasons).toContain(
      'the history of the store changed: a failover, a restart or a restore',
    );
    await one.opened(after);
    await sleep(300);
    expect(one.lines('quarantine: over').at(-1)?.['partitions']).toContain('j3');
  });
});

test('one that was passed over leaves a doubt behind, and takes it away when it is back', async () => {
  const redis = await startRedis();
  const short = { passOver: 1500 };
  const one = await startInstance(redis.url, 'a', short);
  const two = await startInstance(redis.url, 'b', short);
  const three = await startInstance(redis.url, 'c', short);
  await three.die();
  const begun = performance.now();
  await redis.restart();
  await until('waiting for one', () => {
    const state = one.history.state().get('j0');
    return state?.open === false && state.missing === 1 && state.doubt === null;
  });
  const replid = await replidOf(redis);
  await Promise.all([one.opened(replid), two.opened(replid)]);
  expect(performance.now() - begun).toBeGreaterThan(1500);
  expect(one.history.state().get('j0')).toMatchObject({ open: true, missing: 1 });
  expect(Number(await redis.cli('HGET', keys.history('j0'), 'doubt'))).toBeGreaterThan(0);
  await sleep(300);
  expect(one.lines().find(({ instances }) => String(instances) === 'c')).toMatchObject({
    msg: 'quarantine: waiting for instances to replay their journals',
  });
  expect(one.lines().filter(({ level }) => level === 'error')).not.toHaveLength(0);

  const again = await openInstance(redis.url, 'c', short);
  const replayed: string[] = [];
  again.hold = async ({ partition }) => {
    const doubt = await redis.cli('HGET', keys.history(partition), 'doubt');
    if (doubt !== null) replayed.push(partition);
  };
  await again.history.join();
  await until('the end of the doubt', () => {
    const states = [...one.history.state().values()];
    return states.every(({ doubt, missing }) => doubt === null && missing === 0);
  });
  // The doubt stood until the journal was replayed.
  expect(replayed.toSorted()).toEqual(everyPartition);
  expect(await redis.cli('HGET', keys.history('j0'), 'doubt')).toBeNull();
  expect(await redis.cli('EXISTS', keys.passed('j0'), keys.confirmed('j0'))).toBe(0);
});

test('nobody waits for one that left', async () => {
  const redis = await startRedis();
  const one = await startInstance(redis.url, 'a');
  const two = await startInstance(redis.url, 'b');
  await two.history.leave();
  await two.die();
  expect(await redis.cli('ZRANGE', keys.instances('j5'), 0, -1)).toEqual(['a']);
  const before = one.replays.length;
  await redis.restart();
  const begun = performance.now();
  await one.opened(await replidOf(redis));
  expect(performance.now() - begun).toBeLessThan(2000);
  expect(one.replays).toHaveLength(2 * before);
  expect(two.lines().filter(({ level }) => level === 'warn')).toHaveLength(0);
});

test('one that leaves while the others wait for it replays first, and stays on the list if it cannot', async () => {
  const redis = await startRedis();
  const one = await startInstance(redis.url, 'a');
  const two = await startInstance(redis.url, 'b');
  const three = await startInstance(redis.url, 'c');
  let works = false;
  two.hold = () => (works ? Promise.resolve() : Promise.reject(new Error('not yet')));
  three.hold = () => Promise.reject(new Error('the disk is gone'));
  await redis.restart();
  await until('two tries', () => two.lines().some(({ detail }) => detail === 'not yet'));
  const left = two.history.leave();
  await sleep(200);
  works = true;
  await left;
  await three.history.leave();
  // In the order in which they spoke last.
  const listed = (await redis.cli('ZRANGE', keys.instances('j5'), 0, -1)) as string[];
  expect(listed.toSorted()).toEqual(['a', 'c']);
  expect(replaysOn(two, await replidOf(redis)).toSorted()).toEqual(everyPartition);
  expect(one.allOpen()).toBe(false);
  expect(three.lines().at(-1)?.['msg']).toMatch('could not take itself off the list');
  // What cannot be trusted any more is not.
  expect(two.history.isTrusted('d', await replidOf(redis))).toBe(false);
});

test('a replay that fails is tried again, and the partition is closed until it succeeds', async () => {
  const redis = await startRedis();
  const one = await startInstance(redis.url, 'a');
  let tries = 0;
  one.hold = ({ partition }) =>
    partition === 'j9' && ++tries < 5 ? Promise.reject(new Error('no')) : Promise.resolve();
  await redis.restart();
  await one.opened(await replidOf(redis));
  expect(tries).toBe(5);
  await sleep(300);
  const said = one.lines('quarantine: the journal could not be replayed; trying again');
  expect(said[0]).toMatchObject({ partitions: ['j9'], detail: 'no' });
});

test('a long replay does not keep an instance from saying that it is there', async () => {
  const redis = await startRedis();
  const one = await startInstance(redis.url, 'a', { passOver: 1000 });
  const two = await startInstance(redis.url, 'b', { passOver: 1000 });
  two.hold = () => sleep(3500);
  await redis.restart();
  await one.opened(await replidOf(redis));
  const seen = async () => Number(await redis.cli('ZSCORE', keys.instances('j1'), 'b'));
  const first = await seen();
  await until('a later call', async () => (await seen()) > first, 2500);
  expect(one.history.state().get('j1')?.doubt).not.toBeNull();
  await until('the end of the doubt', () => one.history.state().get('j1')?.doubt === null);
});
