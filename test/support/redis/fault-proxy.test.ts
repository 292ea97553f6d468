import { afterEach, beforeAll, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { describeWith } from '../programs.ts';
import { until } from './child.ts';
import { cli } from './cli.ts';
import * as make from './fault.ts';
import { named } from './fault-choice.ts';
import { startFaultProxy, type FaultProxy } from './fault-proxy.ts';
import { elementSplitter, encodeCommand } from './resp.ts';
import { startRedis, type SingleRedis } from './single.ts';

describeWith(['redis-server'], 'the fault proxy', () => {
  let redis: SingleRedis;
  let proxy: FaultProxy;

  beforeAll(async () => {
    redis = await startRedis();
    proxy = await startFaultProxy(redis);
  });
  afterEach(async () => {
    await proxy.heal();
    await redis.cli('FLUSHALL');
  });

  const ask = (...args: string[]) => cli(proxy, args, { timeout: 1000 });
  const now = () => redis.cli('GET', 'n');

  type Seen = [text: string, state: string];

  /** Sends, and gives what has arrived once that is as expected, or 3 s later; then nothing more may follow. */
  async function exchange(expected: Seen, ...commands: string[][]): Promise<Seen> {
    const socket: Socket = connect(proxy);
    const seen: Seen = ['', 'open'];
    socket.on('data', (chunk) => (seen[0] += String(chunk)));
    socket.on('end', () => (seen[1] = 'FIN'));
    socket.on('error', (error: NodeJS.ErrnoException) => (seen[1] = String(error.code)));
    socket.write(Buffer.concat(commands.map(encodeCommand)));
    const asExpected = () => seen.every((part, at) => part === expected[at]);
    await until('it', asExpected, 3000).catch(() => undefined);
    await wait(50);
    socket.destroy();
    return seen;
  }

  it('passes everything on where no fault is set, in pieces of any size', async () => {
    const long = 'é\r\n'.repeat(300_000);
    await ask('SET', 'long', long);
    expect(await ask('GET', 'long')).toBe(long);
    expect(proxy.seen).toMatchObject({ connections: 2, commands: 2 });
    expect(proxy.seen.received).toBeGreaterThan(1_200_000);
  });

  it('passes RESP3 and messages on', async () => {
    const socket = connect(proxy);
    const split = elementSplitter();
    const heard: unknown[] = [];
    socket.on('data', (chunk) => heard.push(...split(chunk).map(({ value }) => value)));
    socket.write(Buffer.concat([encodeCommand(['HELLO', 3]), encodeCommand(['SUBSCRIBE', 'c'])]));
    await until('the subscription', () => heard.length === 2);
    await redis.cli('PUBLISH', 'c', 'hello');
    socket.write(encodeCommand(['PING']));
    await until('the answer', () => heard.length === 4);
    socket.destroy();
    expect(heard.slice(1)).toEqual([['subscribe', 'c', 1], ['message', 'c', 'hello'], 'PONG']);
  });

  it('delays, in order', async () => {
    void proxy.next(make.delay(60));
    const begun = performance.now();
    const both: Seen = [':1\r\n$1\r\nx\r\n', 'open'];
    expect(await exchange(both, ['INCR', 'n'], ['ECHO', 'x'])).toEqual(both);
    proxy.set(make.delay(80));
    await ask('PING');
    expect(performance.now() - begun).toBeGreaterThan(185);
    proxy.set(make.delay(1500));
    await expect(ask('PING')).rejects.toThrow('no reply');
  });

  it.each([
    [make.cut('request', 'RST'), '', 'ECONNRESET', null],
    [make.cut('request', 'FIN'), '', 'FIN', null],
    [make.cut('reply', 'RST'), '', 'ECONNRESET', '1'],
    [make.cut('reply', 'FIN'), '', 'FIN', '1'],
    [make.hang('request'), '', 'open', null],
    [make.hang('reply'), '', 'open', '1'],
    [make.halfReply('RST'), ':1', 'ECONNRESET', '1'],
    [make.halfReply('FIN'), ':1', 'FIN', '1'],
    [make.halfReply('hang'), ':1', 'open', '1'],
    [make.dropReply, '$5\r\nlater\r\n', 'open', '1'],
    [make.duplicateReply, ':1\r\n:1\r\n$5\r\nlater\r\n', 'open', '1'],
    [make.duplicateRequest('first'), ':1\r\n$5\r\nlater\r\n', 'open', '2'],
    [make.duplicateRequest('second'), ':2\r\n$5\r\nlater\r\n', 'open', '2'],
    [
      make.wrongType('another array'),
      '*3\r\n:0\r\n$1\r\nx\r\n*1\r\n$-1\r\n$5\r\nlater\r\n',
      'open',
      '1',
    ],
    [make.forgedReply('a'), '*1\r\n$1\r\na\r\n$5\r\nlater\r\n', 'open', '1'],
  ])('makes %j', async (fault, text, state, stored) => {
    const struck = proxy.next(fault);
    const expected: Seen = [text, state];
    expect(await exchange(expected, ['INCR', 'n'], ['ECHO', 'later'])).toEqual(expected);
    await struck;
    await until('what is stored', async () => (await now()) === stored, 1000);
    expect(await ask('ECHO', 'well again')).toBe('well again');
  });

  it('strikes the nth of the commands that are meant', async () => {
    const struck = proxy.next(make.wrongType('integer'), 2, named('ECHO'));
    await ask('PING');
    expect(await ask('ECHO', 'a')).toBe('a');
    expect(await Promise.race([struck, wait(20, 'not yet')])).toBe('not yet');
    expect(await ask('PING')).toBe('PONG');
    expect(await ask('ECHO', 'b')).toBe(1);
    await struck;
    expect(await ask('ECHO', 'c')).toBe('c');
  });

  it('strikes a reply that is under way when the fault is set', async () => {
    const refused = expect(ask('BLPOP', 'list', '1')).rejects.toThrow('does not expect');
    await wait(30);
    proxy.set(make.wrongType('error'));
    await redis.cli('RPUSH', 'list', 'x');
    await refused;
  });

  it('goes down and comes back', async () => {
    const socket = connect(proxy);
    await once(socket, 'connect');
    const reset = once(socket, 'error');
    await proxy.down();
    expect(String(await reset)).toContain('ECONNRESET');
    await expect(ask('PING')).rejects.toThrow('ECONNREFUSED');
    await proxy.up();
    expect(await ask('PING')).toBe('PONG');
    expect(new URL(proxy.url).port).toBe(String(proxy.port));
  });

  it('resets a client whose server is away', async () => {
    await redis.kill();
    await expect(ask('PING')).rejects.toThrow('ECONNRESET');
    await redis.restart();
  });
});
