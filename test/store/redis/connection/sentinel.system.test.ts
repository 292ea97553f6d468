import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sleep, until } from '../../../support/redis/child.ts';
import { startSentinel, type SentinelRedis } from '../../../support/redis/sentinel.ts';
import { add, echo, ended, explained, openRedis, type Opened } from './open.ts';

const AT_MOST = 500;
let set: SentinelRedis;
let opened: Opened;
const told: boolean[] = [];
const heard: string[] = [];

beforeAll(async () => {
  set = await startSentinel({ password: 'pa%ss', sentinelPassword: 'se&nt' });
  opened = await openRedis(set.url, { replicas: 1 });
  await opened.redis.subscribe('test:changed', {
    message: (text) => heard.push(text),
    state: (up) => told.push(up),
  });
}, 60_000);
afterAll(() => set.stop(), 30_000);

test('the primary is found, and inspected', async () => {
  const { redis } = opened;
  expect(await explained(redis.runDurably(add('a')))).toMatchObject({ values: [1] });
  const primary = await set.primary();
  const [report, ...more] = await redis.inspect(['min-replicas-to-write']);
  expect(more).toEqual([]);
  expect(report?.server).toBe(`${primary.address}:${primary.port}`);
  expect(report?.info.get('role')).toBe('master');
  expect(report?.settings?.get('min-replicas-to-write')).toBe('1');
  expect(opened.text()).not.toMatch(/pa%ss|se&nt/);
});

test('M1: with its links frozen the primary counts no replica', async () => {
  await set.freezeReplicationLinks();
  const reply = await explained(opened.redis.runDurably(add('frozen')));
  expect(reply.replicas).toBe(0);
  await set.heal();
  await set.waitHealthy();
});

test('two failovers: every call ends in time, and the next primary is used within 2 s', async () => {
  const { redis } = opened;
  for (let turn = 0; turn < 2; turn += 1) {
    const load = new AbortController();
    let longest = 0;
    const loading = (async () => {
      while (!load.signal.aborted) {
        const [one, two] = await Promise.all([
          ended(redis.run(echo('x'))),
          ended(redis.runDurably(echo('x'))),
        ]);
        longest = Math.max(longest, one?.ms ?? 0, two?.ms ?? 0);
        await sleep(5);
      }
    })();
    const victim = await set.killPrimary();
    await set.promoted(victim);
    const begun = performance.now();
    await until('an answer', async () => (await ended(redis.run(echo('y')))).said === 'y', 2000);
    await until(
      'durably',
      async () => (await ended(redis.runDurably(echo('y')))).said === 'y',
      3000,
    );
    expect(performance.now() - begun).toBeLessThan(3000);
    await set.rejoin(victim);
    await set.waitHealthy();
    load.abort();
    await loading;
    expect(longest).toBeLessThan(AT_MOST);
    await until('the subscription', () => told.at(-1) === true, 2000);
    heard.length = 0;
    const call = { script: 'changed', partition: 'd', keys: [], args: ['test:changed', `${turn}`] };
    await explained(redis.run(call));
    await until('the message', () => heard.length > 0, 1000);
  }
  expect(told.filter((up) => !up).length).toBeGreaterThanOrEqual(2);
}, 90_000);

test('a Sentinel that is down, and one that is cut off with the old primary, mislead nobody', async () => {
  const { redis } = opened;
  await set.sentinels[0]?.kill();
  const fresh = await openRedis(set.url);
  expect(await explained(fresh.redis.run(echo('x')))).toMatchObject({ values: ['x'] });
  await set.sentinels[0]?.restart();
  await set.waitHealthy();
  const old = await set.primary();
  const lonely = set.sentinels[1];
  if (lonely === undefined) throw new Error('no sentinel');
  const others = [...set.nodes, ...set.sentinels].filter((node) => node !== old && node !== lonely);
  await set.network.partition(
    [old.name, lonely.name],
    others.map(({ name }) => name),
  );
  const next = await set.promoted(old);
  await until(
    'the next primary',
    async () => {
      const [report] = await redis.inspect([]);
      return report?.server === `${next.node.address}:${next.node.port}`;
    },
    5000,
  );
  for (let count = 0; count < 30; count += 1) {
    expect(await ended(redis.run(echo('z')))).toMatchObject({ said: 'z' });
    await sleep(100);
  }
  await set.heal();
  await set.waitHealthy(60_000);
  await fresh.redis.close();
}, 120_000);
