import { afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Redis } from '../../../../src/store/redis/connection/redis.ts';
import { hang } from '../../../support/redis/fault.ts';
import { startFaultProxy, type FaultProxy } from '../../../support/redis/fault-proxy.ts';
import { sleep, until } from '../../../support/redis/child.ts';
import { startRedis, type SingleRedis } from '../../../support/redis/single.ts';
import { openRedis } from './open.ts';

let server: SingleRedis;
let proxy: FaultProxy;
let redis: Redis;
let heard: string[];
let states: boolean[];
const isUp = (): boolean => states.at(-1) === true;

beforeAll(async () => {
  server = await startRedis();
  proxy = await startFaultProxy(server);
});
beforeEach(async () => {
  await proxy.heal();
  ({ redis } = await openRedis(proxy.url));
  heard = [];
  states = [];
  await redis.subscribe('test:changed', {
    message: (text) => heard.push(text),
    state: (up) => states.push(up),
  });
  expect(states).toEqual([true]);
});
afterEach(() => redis.close());

const publish = (text: string) =>
  redis.run({ script: 'changed', partition: 'd', keys: [], args: ['test:changed', text] });

test('messages arrive', async () => {
  expect(await publish('one €')).toMatchObject({ values: [1] });
  await until('the message', () => heard.length === 1, 1000);
  expect(heard).toEqual(['one €']);
});

test('M11: a link that breaks is told, and told again once it stands', async () => {
  proxy.dropConnections();
  await until('the news', () => states.length >= 2, 1000, 1);
  expect(states[1]).toBe(false);
  await until('the subscription', isUp, 2000);
  await until('the other connections', () => redis.ready(0), 2000);
  await publish('two');
  await until('the message', () => heard.length === 1, 1000);
});

test('a link on which nothing passes any more is told within a second', async () => {
  const struck = proxy.next(hang('reply'), 1, ([name]) => name === 'PING');
  await struck;
  const begun = performance.now();
  await until('the news', () => !isUp(), 2000, 1);
  expect(performance.now() - begun).toBeLessThan(1000);
  await until('the subscription', isUp, 2000);
});

test('a server that stands still is told, and again once it goes on', async () => {
  server.pause();
  await until('the news', () => !isUp(), 1000, 1);
  await sleep(2500);
  expect(isUp()).toBe(false);
  server.resume();
  await until('the subscription', isUp, 2000);
});

test('a server that is not there: the call ends, and the subscription comes with the server', async () => {
  await proxy.down();
  const late = await openRedis(proxy.url, { wait: false });
  const told: boolean[] = [];
  const begun = performance.now();
  await late.redis.subscribe('test:changed', {
    message: () => undefined,
    state: (up) => told.push(up),
  });
  expect(performance.now() - begun).toBeLessThan(500);
  expect(told).toEqual([]);
  await proxy.up();
  await until('the subscription', () => told.at(-1) === true, 2000);
  await late.redis.close();
});
