/** The users that docs/redis.md tells people to make: that they may do what is needed, and nothing else. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { systemClock } from '../../../../src/clock.ts';
import { withLine } from '../../../../src/store/redis/checks/probe.ts';
import { collectTroubles } from '../../../../src/store/redis/checks/troubles.ts';
import { ask } from '../../../../src/store/redis/connection/ask.ts';
import { createRedis } from '../../../../src/store/redis/connection/create.ts';
import { accessOf } from '../../../../src/store/redis/connection/open-route.ts';
import { createKeys } from '../../../../src/store/redis/keys.ts';
import { logLines } from '../../../support/log-lines.ts';
import { describeWith } from '../../../support/programs.ts';
import { startRedis, type SingleRedis } from '../../../support/redis/single.ts';
import { addressOf, findingsAt } from './ask.ts';
import { allowedBy, allowInPage, userLine } from './documented.ts';

const SCRIPTS = 'src/store/redis/scripts';
const limited = { maxmemory: '100mb' };

/** What connection/ sends besides scripts, to a server that is no node of a Cluster; SET is in the mark before WAIT. */
const SENT = [
  'ping',
  'client|setname',
  'subscribe',
  'eval',
  'evalsha',
  'wait',
  'info',
  'time',
  'set',
];

function commandsInScripts(): string[] {
  const sources = readdirSync(SCRIPTS).map((file) => readFileSync(`${SCRIPTS}/${file}`, 'utf8'));
  return sources.flatMap((source) => {
    const calls = [...source.matchAll(/redis\.p?call\(\s*(?:'([A-Za-z]+)'|(.))/g)];
    return calls.map(([text, command]) => {
      if (command === undefined) throw new Error(`a command that is not written out: ${text}`);
      return command.toLowerCase();
    });
  });
}

/** `UPDATE_ACL=1 npx jest test/store/redis/checks/users` writes the line anew. */
test('the ACL line allows what the scripts and the connections use, and nothing else', () => {
  const used = [...new Set([...SENT, ...commandsInScripts()])];
  if (process.env['UPDATE_ACL'] === '1') allowInPage('wharfpass', used);
  expect(allowedBy(userLine('wharfpass', 'x')).sort()).toEqual(used.sort());
});

describeWith(['redis-server', 'setpriv'], 'users of Redis', () => {
  let redis: SingleRedis;
  const at = (user: string) => `redis://${user}:secret@${redis.host}:${redis.port}`;
  const denied = async () => {
    const log = (await redis.cli('ACL', 'LOG')) as readonly (readonly unknown[])[];
    return log.map((entry) => entry.map(String).join(' '));
  };

  beforeAll(async () => {
    const lines = [userLine('wharfpass', 'secret'), userLine('wharfpass-check', 'secret')];
    redis = await startRedis({ config: limited, lines });
  });
  afterAll(() => redis.stop());

  test('the user of the store runs scripts, waits and listens, and nothing is denied', async () => {
    const { log } = logLines();
    const keys = createKeys('wharfpass');
    const store = createRedis({
      address: addressOf(at('wharfpass')),
      replicas: 1,
      keys,
      clock: systemClock,
      log,
    });
    expect(await store.ready(5000)).toBe(true);
    let up = false;
    const listener = { message: () => undefined, state: (now: boolean) => void (up = now) };
    await store.subscribe(keys.changedChannel, listener);
    expect(up).toBe(true);
    const call = { script: 'sync', partition: 'd', keys: [], args: [] };
    await store.runDurably(call).catch(() => undefined);
    await store.close();
    expect(await denied()).toEqual([]);
  });

  test('without CONFIG the checks refuse, and name the two ways out', async () => {
    await redis.cli('FLUSHALL');
    const [finding, ...more] = await findingsAt(at('wharfpass'));
    expect(more).toEqual([]);
    expect(finding?.level).toBe('refusal');
    expect(finding?.text).toMatch(
      /^the user wharfpass may not run CONFIG GET .*: appendfsync, aof-/,
    );
    await redis.cli('ACL', 'LOG', 'RESET');
    expect(await findingsAt(at('wharfpass'), { checkUrl: at('wharfpass-check') })).toEqual([]);
    expect(await denied()).toEqual([]);
    // The printed line does mend it, for who wants one user for all.
    const [command = '', ...args] = finding?.mend[0]?.split(' ').slice(1) ?? [];
    expect(await redis.cli(command, ...args)).toBe('OK');
    expect(await findingsAt(at('wharfpass'))).toEqual([]);
    await redis.cli('ACL', 'SETUSER', 'wharfpass', '-config');
  });

  describe('what they may not', () => {
    const cases: readonly (readonly [string, string, ...string[]])[] = [
      ['wharfpass', 'FLUSHALL'],
      ['wharfpass', 'FLUSHDB'],
      ['wharfpass', 'KEYS', '*'],
      ['wharfpass', 'CONFIG', 'GET', 'appendfsync'],
      ['wharfpass', 'CONFIG', 'SET', 'appendonly', 'no'],
      ['wharfpass', 'SCRIPT', 'FLUSH'],
      ['wharfpass', 'SHUTDOWN', 'NOSAVE'],
      ['wharfpass', 'REPLICAOF', 'NO', 'ONE'],
      ['wharfpass', 'ACL', 'LIST'],
      ['wharfpass', 'MIGRATE', 'h', '1', '', '0', '1'],
      ['wharfpass', 'GET', 'other:{d}:head'],
      ['wharfpass', 'PUBLISH', 'other', 'x'],
      ['wharfpass', 'EVAL', "return redis.call('FLUSHALL')", '0'],
      ['wharfpass', 'EVAL', "return redis.call('GET', 'other')", '0'],
      ['wharfpass-check', 'CONFIG', 'SET', 'appendonly', 'no'],
      ['wharfpass-check', 'CONFIG', 'REWRITE'],
      ['wharfpass-check', 'HGET', 'wharfpass:{d}:head', 'version'],
      ['wharfpass-check', 'EVAL', 'return 1', '0'],
      ['wharfpass-check', 'SUBSCRIBE', 'wharfpass:changed'],
    ];

    test.each(cases)('%s: %s %s', async (user, command, ...args) => {
      const server = { host: redis.host, port: redis.port };
      const access = accessOf(addressOf(at(user)), {});
      const asked = withLine(server, access, collectTroubles(), (line) =>
        ask(line, command, ...args),
      );
      await expect(asked).rejects.toThrow(/^NOPERM|can't (run|access)/);
    });
  });
});
