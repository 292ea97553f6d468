import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { sleep, until } from '../../../support/redis/child.ts';
import { startFaultProxy } from '../../../support/redis/fault-proxy.ts';
import { startRedis, steadyPort } from '../../../support/redis/single.ts';
import { add, echo, ended, openRedis, type Ended } from './open.ts';

// Answers that take over 250 ms are refused, and a machine that runs other suites beside may take that long.
jest.retryTimes(2, { logErrorsBeforeRetry: true });

const AT_MOST = 500;
const BACK_WITHIN = 2000;
const unhandled: unknown[] = [];
const keep = (error: unknown): void => void unhandled.push(error);
beforeAll(() => void process.on('unhandledRejection', keep));
afterAll(() => {
  process.off('unhandledRejection', keep);
  expect(unhandled).toEqual([]);
});

const isOut = ({ said, ms }: Ended): boolean => said === 'store_unavailable' && ms < AT_MOST;

test('a server that is down from the start: refused at once, used within 2 s once it is there', async () => {
  const port = await steadyPort();
  const { redis } = await openRedis(`redis://127.0.0.1:${port}`, { wait: false });
  for (let count = 0; count < 20; count += 1) {
    expect(isOut(await ended(redis.run(echo('x'))))).toBe(true);
    expect(isOut(await ended(redis.runDurably(echo('x'))))).toBe(true);
  }
  expect(redis.state()).toBe('open');
  const server = await startRedis({ config: { port } });
  await until(
    'an answer',
    async () => (await ended(redis.run(echo('y')))).said === 'y',
    BACK_WITHIN,
  );
  await server.stop();
});

test('killed and started again, five times', async () => {
  const server = await startRedis();
  const { redis, lines } = await openRedis(server.url);
  for (let turn = 0; turn < 5; turn += 1) {
    const under = Array.from({ length: 50 }, (_, at) => ended(redis.run(add(`${turn}-${at}`))));
    await server.kill();
    const all = await Promise.all(under);
    expect(all.filter((one) => typeof one.said !== 'number' && !isOut(one))).toEqual([]);
    const begun = performance.now();
    while (performance.now() - begun < 300) {
      expect(isOut(await ended(redis.run(echo('x'))))).toBe(true);
      await sleep(5);
    }
    await server.restart();
    await until(
      'an answer',
      async () => (await ended(redis.run(echo('y')))).said === 'y',
      BACK_WITHIN,
    );
    await until(
      'durably',
      async () => (await ended(redis.runDurably(echo('y')))).said === 'y',
      BACK_WITHIN,
    );
  }
  expect(lines('redis does not answer; calls are refused at once').length).toBeGreaterThan(0);
  await redis.close();
  await server.stop();
});

test('M8: stopped in the middle, every call still ends; the breaker opens, and closes when it goes on', async () => {
  const server = await startRedis();
  const { redis } = await openRedis(server.url);
  server.pause();
  const first = await Promise.all(Array.from({ length: 20 }, () => ended(redis.run(echo('x')))));
  expect(first.every(isOut)).toBe(true);
  expect(redis.state()).toBe('open');
  const quick: number[] = [];
  for (let count = 0; count < 400; count += 1) {
    const one = await ended(redis.run(echo('x')));
    expect(isOut(one)).toBe(true);
    quick.push(one.ms);
    await sleep(5);
  }
  // All but the probes are refused without being sent.
  expect(quick.filter((ms) => ms < 20).length).toBeGreaterThan(380);
  server.resume();
  await until(
    'an answer',
    async () => (await ended(redis.run(echo('y')))).said === 'y',
    BACK_WITHIN,
  );
  expect(redis.state()).toBe('closed');
  await redis.close();
  await server.stop();
});

test('M6, M7: what was refused while the server was stopped does not double what is sent again', async () => {
  const server = await startRedis();
  const proxy = await startFaultProxy(server);
  const { redis } = await openRedis(proxy.url, {
    scripts: { count: "return reply('ok', redis.call('INCR', KEYS[2]))" },
  });
  const call = { script: 'count', partition: 'd', keys: ['test:{d}:n'], args: [] };
  let sent = 0;
  for (let turn = 0; turn < 20; turn += 1) {
    sent += 5;
    const under = Array.from({ length: 5 }, () => ended(redis.run(call)));
    if (turn % 2 === 0) proxy.dropConnections();
    await Promise.all(under);
    await until(
      'connected',
      async () => (await ended(redis.run(echo('y')))).said === 'y',
      BACK_WITHIN,
    );
  }
  expect(Number(await server.cli('GET', 'test:{d}:n'))).toBeLessThanOrEqual(sent);
  expect(Number(await server.cli('GET', 'test:{d}:n'))).toBeGreaterThanOrEqual(sent / 2);
  await redis.close();
  await server.stop();
});

test('200 reconnects leave no connection, listener or timer behind', async () => {
  const server = await startRedis();
  const proxy = await startFaultProxy(server);
  const { redis } = await openRedis(proxy.url);
  const warnings: Error[] = [];
  const warn = (warning: Error): void => void warnings.push(warning);
  process.on('warning', warn);
  const resources = (): number =>
    process.getActiveResourcesInfo().filter((name) => /TCP|Timeout/.test(name)).length;
  const drop = async (): Promise<void> => {
    const before = proxy.seen.connections;
    proxy.dropConnections();
    await until(
      'connected',
      () => proxy.seen.connections >= before + 2 && proxy.seen.open === 2,
      5000,
      2,
    );
    await until('ready', () => redis.ready(0), 5000, 2);
  };
  for (let turn = 0; turn < 10; turn += 1) await drop();
  await sleep(600);
  const before = resources();
  for (let turn = 0; turn < 200; turn += 1) await drop();
  await sleep(600);
  process.off('warning', warn);
  expect(resources()).toBeLessThanOrEqual(before + 2);
  expect(warnings).toEqual([]);
  const clients = String(await server.cli('CLIENT', 'LIST')).split('\n');
  expect(clients.filter((line) => line.includes('name=wharfpass'))).toHaveLength(2);
  await redis.close();
  await until('all closed', () => proxy.seen.open === 0, 2000);
  await server.stop();
}, 60_000);

test('a server that starts to refuse (MISCONF, OOM, LOADING and the like) is unavailable, and the reason is told', async () => {
  const server = await startRedis();
  const { redis } = await openRedis(server.url);
  await server.cli('CONFIG', 'SET', 'min-replicas-to-write', 1);
  const { said, detail } = await ended(redis.run(echo('x')));
  expect(said).toBe('store_unavailable');
  expect(detail).toMatch(/NOREPLICAS/);
  await server.cli('CONFIG', 'SET', 'min-replicas-to-write', 0);
  expect(await ended(redis.run(echo('y')))).toMatchObject({ said: 'y' });
  await server.cli('REPLICAOF', '127.0.0.1', await steadyPort());
  expect((await ended(redis.run(echo('x')))).detail).toMatch(/READONLY/);
  await server.cli('REPLICAOF', 'NO', 'ONE');
  await until(
    'an answer',
    async () => (await ended(redis.run(echo('z')))).said === 'z',
    BACK_WITHIN,
  );
  await redis.close();
  await server.stop();
});

test('M4: at its memory limit the server still runs scripts, durable ones too', async () => {
  const server = await startRedis();
  const { redis } = await openRedis(server.url);
  await server.cli('CONFIG', 'SET', 'maxmemory', 1);
  await expect(server.cli('SET', 'a', 'b')).rejects.toThrow(/OOM/);
  expect(await ended(redis.run(add('x')))).toMatchObject({ said: 1 });
  expect(await ended(redis.runDurably(add('y')))).toMatchObject({ said: 2 });
  await redis.close();
  await server.stop();
});
