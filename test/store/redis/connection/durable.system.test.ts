import { afterEach, beforeAll, expect, test } from '@jest/globals';
import { AppError } from '../../../../src/errors.ts';
import type { Redis, ScriptCall } from '../../../../src/store/redis/connection/redis.ts';
import { everyFault } from '../../../support/redis/fault.ts';
import { startFaultProxy, type FaultProxy } from '../../../support/redis/fault-proxy.ts';
import { sleep, until } from '../../../support/redis/child.ts';
import { isFollowed } from '../../../support/redis/node.ts';
import { startRedis, type SingleRedis } from '../../../support/redis/single.ts';
import { add, echo, openRedis } from './open.ts';

const AT_MOST = 500;

let primary: SingleRedis;
let replica: SingleRedis;
let proxy: FaultProxy;
let redis: Redis;

beforeAll(async () => {
  primary = await startRedis({ config: { 'repl-diskless-sync-delay': 0 } });
  replica = await startRedis({ config: { replicaof: `127.0.0.1 ${primary.port}` } });
  proxy = await startFaultProxy(primary);
  ({ redis } = await openRedis(proxy.url, { replicas: 1 }));
  await well();
}, 60_000);
afterEach(async () => {
  replica.resume();
  await primary.cli('CONFIG', 'SET', 'min-replicas-to-write', 0);
  await proxy.heal();
  await well();
});

async function well(): Promise<void> {
  await until('a replica', () => isFollowed(primary, 1));
  for (const call of [echo('well'), add('well')]) {
    await until('a count of one', async () => (await counted(redis, call)).said === 1, 3000);
  }
}

interface Counted {
  readonly said: unknown;
  readonly ms: number;
}

/** The number of replicas, or the error's code. */
async function counted(of: Redis, call: ScriptCall): Promise<Counted> {
  const begun = performance.now();
  try {
    const { replicas } = await of.runDurably(call);
    return { said: replicas, ms: performance.now() - begun };
  } catch (error) {
    const said = error instanceof AppError ? error.code : error;
    return { said, ms: performance.now() - begun };
  }
}

test('a write that the replica has counts it', async () => {
  expect(await redis.runDurably(add('a'))).toMatchObject({ status: 'ok', replicas: 1 });
  expect(await replica.cli('SISMEMBER', 'test:{d}:set', 'a')).toBe(1);
});

test('M1: a frozen replica is not counted, and the call ends in time', async () => {
  replica.pause();
  const { said, ms } = await counted(redis, add('frozen'));
  expect(said).toBe(0);
  expect(ms).toBeGreaterThan(140);
  expect(ms).toBeLessThan(AT_MOST);
});

test('M2: what was written on another connection is not taken for replicated', async () => {
  replica.pause();
  expect((await counted(redis, add('twice'))).said).toBe(0);
  // The second time the script finds its work done and writes nothing.
  const fresh = await openRedis(primary.url, { replicas: 1 });
  expect((await counted(fresh.redis, add('twice'))).said).toBe(0);
  expect((await counted(fresh.redis, echo('writes nothing'))).said).toBe(0);
  const before = proxy.seen.connections;
  proxy.dropConnections();
  await until('connections', () => proxy.seen.connections >= before + 2, 3000);
  await until('ready', () => redis.ready(0), 3000);
  expect((await counted(redis, add('twice'))).said).toBe(0);
  await fresh.redis.close();
});

test('a frozen replica: forty calls of all partitions end in time, and none is told of a replica', async () => {
  replica.pause();
  const all = await Promise.all(
    Array.from({ length: 40 }, async (_, at) => {
      await sleep(at * 10);
      return counted(redis, add(`${at}`, `j${(at % 16).toString(16)}`));
    }),
  );
  for (const { said, ms } of all) {
    expect([0, 'store_unavailable']).toContain(said);
    expect(ms).toBeLessThan(AT_MOST);
  }
});

test('M3: a primary without its replica refuses every script', async () => {
  replica.pause();
  await primary.cli('CONFIG', 'SET', 'min-replicas-max-lag', 1);
  await primary.cli('CONFIG', 'SET', 'min-replicas-to-write', 1);
  await until('refusal', async () => {
    try {
      await redis.run(echo('x'));
      return false;
    } catch (error) {
      return error instanceof AppError && error.detail?.includes('NOREPLICAS') === true;
    }
  });
});

test('calls that come together share a WAIT', async () => {
  const waits = async (): Promise<number> =>
    Number(/calls=(\d+)/.exec((await primary.info('commandstats')).get('cmdstat_wait') ?? '')?.[1]);
  const before = await waits();
  const all = await Promise.all(
    Array.from({ length: 300 }, (_, at) => counted(redis, add(`g${at}`, `j${at % 10}`))),
  );
  expect(all.map(({ said }) => said)).toEqual(Array(300).fill(1));
  expect((await waits()) - before).toBeLessThanOrEqual(4);
});

test('scripts that the server does not know are sent whole, and still wait', async () => {
  await primary.cli('SCRIPT', 'FLUSH');
  expect((await counted(redis, add('n1'))).said).toBe(1);
  await primary.cli('SCRIPT', 'FLUSH');
  replica.pause();
  // A connection that never ran them sends them whole at once; the one that did loses time on the first try.
  const fresh = await openRedis(primary.url, { replicas: 1 });
  expect((await counted(fresh.redis, add('n2'))).said).toBe(0);
  await primary.cli('SCRIPT', 'FLUSH');
  const { said, ms } = await counted(redis, add('n3'));
  expect([0, 'store_unavailable']).toContain(said);
  expect(ms).toBeLessThan(AT_MOST);
  await fresh.redis.close();
});

const hits = ['EVALSHA', 'EVAL', 'WAIT']
  .flatMap((name) => everyFault.map(([what, fault]) => [name, what, fault] as const))
  // A server that gives a wrong count to WAIT cannot be told from one that gives a right one.
  .filter(([name, what]) => name !== 'WAIT' || !what.endsWith('integer'));

test.each(hits)(
  '%s hit by %s: a count is only given where a replica has it',
  async (name, _what, fault) => {
    replica.pause();
    const struck = proxy.next(fault, 1, ([command]) => command === name);
    const first = await counted(redis, add(`f-${name}`));
    await struck;
    const second = await counted(redis, add(`s-${name}`));
    for (const { said, ms } of [first, second]) {
      expect([0, 'store_unavailable']).toContain(said);
      expect(ms).toBeLessThan(AT_MOST);
    }
  },
);
