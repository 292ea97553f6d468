import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Argument, Redis } from '../../../../src/store/redis/connection/redis.ts';
import { slotOf } from '../../../../src/store/redis/connection/slot.ts';
import { manualClock } from '../../../support/manual-clock.ts';
import { startRedis, type SingleRedis } from '../../../support/redis/single.ts';
import { add, echo, ended, openRedis } from './open.ts';

let server: SingleRedis;
let redis: Redis;
let calls: string[];

beforeAll(async () => {
  server = await startRedis();
  ({ redis, calls } = await openRedis(server.url));
});

test('a script answers with status, values, replication id and the time of the server', async () => {
  const reply = await redis.run({ script: 'echo', partition: 'j3', keys: [], args: ['ünï €'] });
  const replid = (await server.info('replication')).get('master_replid');
  expect(reply).toMatchObject({ status: 'ok', values: ['ünï €'], replid });
  expect(Math.abs(reply.serverTime - Date.now())).toBeLessThan(1000);
  expect(await redis.runDurably(add('once'))).toMatchObject({ values: [1], replicas: 0 });
});

test('a script that the server does not know is sent whole, within the same call', async () => {
  await server.cli('SCRIPT', 'FLUSH');
  const all = await Promise.all(Array.from({ length: 50 }, (_, at) => redis.run(echo(`${at}`))));
  expect(all.map(({ values }) => values[0])).toEqual(
    Array.from({ length: 50 }, (_, at) => `${at}`),
  );
  await server.cli('SCRIPT', 'FLUSH');
  expect(await redis.runDurably(echo('durable'))).toMatchObject({ values: ['durable'] });
});

test('500 calls at once, four times over, get each their own answer', async () => {
  for (let turn = 0; turn < 4; turn += 1) {
    const texts = Array.from({ length: 500 }, (_, at) => `${turn} ${at}`);
    const replies = await Promise.all(texts.map((text) => redis.run(echo(text))));
    expect(replies.map(({ values }) => values[0])).toEqual(texts);
  }
});

describe('M10: what is neither text nor a safe integer never reaches the server:', () => {
  test.each<[string, unknown]>([
    ['array', ['v', 'PX', '50']],
    ['object', { toString: () => 'v' }],
    ['null', null],
    ['undefined', undefined],
    ['boolean', true],
    ['fraction', 1.5],
    ['not a number', Number.NaN],
    ['infinity', Infinity],
    ['big integer', 10n],
    ['unsafe integer', 2 ** 53],
    ['buffer', Buffer.from('v')],
    ['String object', Object('v')],
  ])('%s', async (_name, value) => {
    const call = { script: 'echo', partition: 'd', keys: [], args: [value as Argument] };
    await expect(redis.run(call)).rejects.toThrow(TypeError);
    await expect(redis.runDurably(call)).rejects.toThrow(TypeError);
    const key = { script: 'echo', partition: 'd', keys: [value as string], args: ['x'] };
    await expect(redis.run(key)).rejects.toThrow(TypeError);
  });
});

test('a script that is not there is a mistake of ours', async () => {
  await expect(redis.run({ ...echo('x'), script: 'nothing' })).rejects.toThrow(RangeError);
});

test('a closed partition rejects, and says which it is', async () => {
  const heard: string[] = [];
  redis.onClosed((partition) => heard.push(partition));
  const { said, detail } = await ended(
    redis.run({ ...echo(''), script: 'closed', partition: 'j7' }),
  );
  expect([said, detail, heard]).toEqual([
    'store_unavailable',
    'redis, closed: j7 is closed',
    ['j7'],
  ]);
});

test('the prelude compares the history with the server', async () => {
  const guarded = { script: 'guarded', partition: 'ja', keys: [], args: [] };
  expect(await ended(redis.run(guarded))).toMatchObject({ said: 'store_unavailable' });
  const replid = (await server.info('replication')).get('master_replid') ?? '';
  await server.cli('HSET', 'test:{ja}:history', 'replid', replid);
  expect(await redis.run(guarded)).toMatchObject({ status: 'ok' });
});

test('R6: clocks that differ by more than 5 s make the answer worthless, and that is said loudly once', async () => {
  for (const by of [-5200, 5200, 60_000, -60_000]) {
    const opened = await openRedis(server.url, { clock: manualClock(Date.now() + by) });
    const answers = await Promise.all(
      [1, 2, 3].map((at) => ended(opened.redis.run(echo(`${at}`)))),
    );
    expect(answers.map(({ said }) => said)).toEqual(Array(3).fill('store_unavailable'));
    expect(opened.lines().filter(({ level }) => level === 'error')).toHaveLength(1);
    await opened.redis.close();
  }
  const near = await openRedis(server.url, { clock: manualClock(Date.now() + 4500) });
  expect(await near.redis.run(echo('near'))).toMatchObject({ values: ['near'] });
});

test('M6: a command that arrives after its not-after time does nothing', async () => {
  const opened = await openRedis(server.url, { clock: manualClock(Date.now() - 60_000) });
  expect(await ended(opened.redis.run(add('late', 'j5')))).toMatchObject({
    said: 'store_unavailable',
  });
  expect(await server.cli('SCARD', 'test:{j5}:set')).toBe(0);
});

test('an error of one script is told without its arguments, and does not open the breaker', async () => {
  await server.cli('SET', 'test:{j1}:text', 'x');
  const broken = { script: 'broken', partition: 'j1', keys: ['test:{j1}:text'], args: ['CANARY'] };
  for (let count = 0; count < 8; count += 1) {
    const { said, detail } = await ended(redis.run(broken));
    expect(said).toBe('store_unavailable');
    expect(detail).toMatch(/^redis, broken: WRONGTYPE/);
    expect(detail).not.toContain('CANARY');
  }
  expect(redis.state()).toBe('closed');
  expect(await redis.run(echo('after'))).toMatchObject({ values: ['after'] });
});

test('every call is reported with its outcome', async () => {
  calls.length = 0;
  await redis.run(echo('x'));
  await ended(redis.run({ ...echo(''), script: 'closed' }));
  expect(calls).toEqual(['echo ok', 'closed closed']);
});

test('the slots are those of the server', async () => {
  const cluster = await startRedis({ config: { 'cluster-enabled': 'yes' } });
  for (const partition of ['d', 'j0', 'j9', 'jf', '123456789']) {
    expect(slotOf(partition)).toBe(await cluster.cli('CLUSTER', 'KEYSLOT', `w:{${partition}}:x`));
  }
  await cluster.stop();
});

test('inspect gives INFO and settings, and no settings to a user that may not ask', async () => {
  const [report] = await redis.inspect(['maxmemory-policy', 'appendfsync', 'not-a-setting']);
  expect(report?.info.get('redis_version')).toMatch(/^\d+\./);
  expect([...(report?.settings ?? [])]).toEqual([
    ['maxmemory-policy', 'noeviction'],
    ['appendfsync', 'always'],
  ]);
  await server.cli('ACL', 'SETUSER', 'few', 'on', '>pass', '~*', '&*', '+@all', '-config');
  const few = await openRedis(server.url.replace('//', '//few:pass@'));
  expect((await few.redis.inspect(['maxmemory-policy']))[0]?.settings).toBeUndefined();
});

test('a wrong password is told in the log without the password, and nothing hangs', async () => {
  const url = server.url.replace('//', '//few:CANARY@');
  const opened = await openRedis(url, { wait: false });
  await new Promise((resolve) => setTimeout(resolve, 300));
  const { said, ms } = await ended(opened.redis.run(echo('x')));
  expect(said).toBe('store_unavailable');
  expect(ms).toBeLessThan(500);
  expect(opened.text()).toContain('WRONGPASS');
  expect(opened.text()).not.toContain('CANARY');
});

test('after close a call rejects at once', async () => {
  const opened = await openRedis(server.url);
  const under = ended(opened.redis.run(echo('x')));
  await opened.redis.close();
  expect(await under).toMatchObject({ said: 'store_unavailable' });
  expect(await ended(opened.redis.run(echo('x')))).toMatchObject({ said: 'store_unavailable' });
});
