import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import {
  everyFault,
  duplicateReply,
  dropReply,
  forgedReply,
  halfReply,
  hang,
} from '../../../support/redis/fault.ts';
import { startFaultProxy, type FaultProxy } from '../../../support/redis/fault-proxy.ts';
import { sleep, until } from '../../../support/redis/child.ts';
import { startRedis, type SingleRedis } from '../../../support/redis/single.ts';
import { add, echo, ended, openRedis, type Opened } from './open.ts';

/** Of a call whose limit is 400 ms, on a machine that does other things besides. */
const AT_MOST = 500;

const scripts = ([name]: readonly string[]): boolean => name === 'EVAL' || name === 'EVALSHA';

let server: SingleRedis;
let proxy: FaultProxy;
let opened: Opened;
const unhandled: unknown[] = [];
const keep = (error: unknown): void => void unhandled.push(error);

beforeAll(async () => {
  process.on('unhandledRejection', keep);
  server = await startRedis();
  proxy = await startFaultProxy(server);
  opened = await openRedis(proxy.url);
});
afterAll(() => {
  process.off('unhandledRejection', keep);
  expect(unhandled).toEqual([]);
});
afterEach(() => proxy.heal());

async function recovered(): Promise<void> {
  for (const verb of ['run', 'runDurably'] as const) {
    const isWell = async () => (await ended(opened.redis[verb](echo('well')))).said === 'well';
    await until(`an answer of ${verb}`, isWell, 2000);
  }
}

let marks = 0;

describe.each(['run', 'runDurably'] as const)('%s', (verb) => {
  describe.each(everyFault)('%s', (_name, fault) => {
    test('each call ends within its limit, with its own answer or none, and takes effect once', async () => {
      await recovered();
      const partition = `j${(marks += 1).toString(16)}x`;
      const call = (text: string) => ended(opened.redis[verb](add(text, partition)));
      const struck = proxy.next(fault, 3, scripts);
      const texts = Array.from({ length: 6 }, (_, at) => `${at}`);
      const all = await Promise.all(texts.map(call));
      await struck;
      for (const { ms, said } of all) {
        expect(ms).toBeLessThan(AT_MOST);
        expect(typeof said === 'number' || said === 'store_unavailable').toBe(true);
      }
      // The count that a call is given grows by one for each: nobody got another's answer.
      all.forEach(({ said }, at) => {
        if (typeof said === 'number') expect(said).toBe(at + 1);
      });
      await recovered();
      const count = Number(await server.cli('SCARD', `test:{${partition}}:set`));
      expect(count).toBeGreaterThanOrEqual(
        all.filter(({ said }) => said !== 'store_unavailable').length,
      );
      expect(count).toBeLessThanOrEqual(texts.length);
    });
  });
});

test('an answer that comes twice is never given to another call', async () => {
  for (const fault of [duplicateReply, dropReply]) {
    await recovered();
    const struck = proxy.next(fault, 5, scripts);
    let wrong = 0;
    for (let turn = 0; turn < 20; turn += 1) {
      const texts = Array.from({ length: 10 }, (_, at) => `${turn}-${at}`);
      const all = await Promise.all(texts.map((text) => ended(opened.redis.run(echo(text)))));
      wrong += all.filter(
        ({ said }, at) => said !== texts[at] && said !== 'store_unavailable',
      ).length;
    }
    await struck;
    expect(wrong).toBe(0);
  }
});

test('an extra answer that comes while nothing is asked ends the connection too', async () => {
  await recovered();
  const before = proxy.seen.connections;
  const struck = proxy.next(duplicateReply, 1, scripts);
  expect(await ended(opened.redis.run(echo('one')))).toMatchObject({ said: 'one' });
  await struck;
  await until('a new connection', () => proxy.seen.connections > before, 2000);
  await recovered();
});

test('an answer that looks right but carries another nonce is refused, and its connection destroyed', async () => {
  await recovered();
  const before = proxy.seen.connections;
  void proxy.next(forgedReply('nonce', '1', 'f'.repeat(40), 'ok', 'forged'), 1, scripts);
  const all = await Promise.all(['a', 'b'].map((text) => ended(opened.redis.run(echo(text)))));
  expect(all[0]).toMatchObject({ said: 'store_unavailable' });
  expect(all[0]?.detail).toContain('another nonce');
  await recovered();
  expect(proxy.seen.connections).toBeGreaterThan(before);
});

test.each([
  ['half an answer and silence', halfReply('hang')],
  ['a command that never arrives', hang('request')],
])('%s: the connection is given up, not waited for', async (_name, fault) => {
  await recovered();
  void proxy.next(fault, 1, scripts);
  const begun = performance.now();
  expect((await ended(opened.redis.run(echo('x')))).said).toBe('store_unavailable');
  await recovered();
  expect(performance.now() - begun).toBeLessThan(1500);
});

test('a server that answers after the limit: every call rejects in time, and all is well once it is quick', async () => {
  await recovered();
  proxy.set({ kind: 'delay', ms: 900 }, scripts);
  for (let turn = 0; turn < 4; turn += 1) {
    const all = await Promise.all([1, 2, 3].map((at) => ended(opened.redis.run(echo(`${at}`)))));
    for (const { ms, said } of all) {
      expect(said).toBe('store_unavailable');
      expect(ms).toBeLessThan(AT_MOST);
    }
    await sleep(50);
  }
  await proxy.heal();
  await recovered();
});
