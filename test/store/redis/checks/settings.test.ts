/** Every setting of a server that is refused or warned of, and that the line in the message mends it. */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { describeWith } from '../../../support/programs.ts';
import { until } from '../../../support/redis/child.ts';
import { startRedis, type SingleRedis } from '../../../support/redis/single.ts';
import { commandIn, findingsAt, optionIn } from './ask.ts';

// Answers that take over 250 ms are refused, and a machine that runs other suites beside may take that long.
jest.retryTimes(2, { logErrorsBeforeRetry: true });

type Case = readonly [
  name: string,
  wrong: string,
  level: 'refusal' | 'warning' | 'note',
  says: RegExp,
];

/** With a limit, as one should: else a note says so. */
const limited = { maxmemory: '100mb' };

describeWith(['redis-server', 'setpriv'], 'start-up checks: settings', () => {
  describe('of a server alone', () => {
    const cases: readonly Case[] = [
      ['maxmemory-policy', 'allkeys-lru', 'refusal', /^maxmemory-policy is allkeys-lru/],
      ['maxmemory-policy', 'volatile-ttl', 'refusal', /^maxmemory-policy is volatile-ttl/],
      ['appendonly', 'no', 'refusal', /^appendonly is no/],
      ['appendfsync', 'everysec', 'refusal', /^appendfsync is everysec/],
      ['appendfsync', 'no', 'refusal', /^appendfsync is no/],
    ];

    test.each(cases)(
      '%s %s: %s, and the printed lines mend it',
      async (name, wrong, level, says) => {
        const redis = await startRedis({ config: { ...limited, [name]: wrong } });
        const [finding, ...more] = await findingsAt(redis.url);
        expect(more).toEqual([]);
        expect(finding).toMatchObject({ level, servers: [`${redis.host}:${redis.port}`] });
        expect(finding?.text).toMatch(says);
        if (finding === undefined) return;

        const [option, value] = optionIn(finding);
        const other = await startRedis({ config: { ...limited, [name]: wrong, [option]: value } });
        expect(await findingsAt(other.url)).toEqual([]);

        expect(await redis.cli(...commandIn(finding))).toBe('OK');
        expect(await findingsAt(redis.url)).toEqual([]);
        await Promise.all([redis.stop(), other.stop()]);
      },
    );

    test('all that is wrong is said at once', async () => {
      const wrong = {
        'maxmemory-policy': 'allkeys-lru',
        appendonly: 'no',
        'min-replicas-max-lag': 10,
      };
      const redis = await startRedis({ config: wrong });
      const findings = await findingsAt(redis.url);
      expect(findings.map(({ level }) => level)).toEqual(['refusal', 'refusal', 'note']);
      expect(findings[2]?.text).toMatch(/^maxmemory is not set/);
      await redis.stop();
    });
  });

  describe('of a primary with two replicas', () => {
    const good = {
      ...limited,
      'min-replicas-to-write': 1,
      'min-replicas-max-lag': 2,
      'aof-load-truncated': 'no',
      'repl-diskless-sync-delay': 0,
    };
    let primary: SingleRedis;
    let replicas: readonly SingleRedis[];
    const findings = () => findingsAt(primary.url, { replicas: 1 });

    beforeAll(async () => {
      primary = await startRedis({ config: good });
      const config = { ...good, replicaof: `${primary.host} ${primary.port}` };
      replicas = await Promise.all([startRedis({ config }), startRedis({ config })]);
      await until('both replicas', async () => {
        const info = await primary.info('replication');
        return ['slave0', 'slave1'].every((name) => info.get(name)?.includes('state=online'));
      });
    }, 30_000);
    afterAll(() => Promise.all([primary, ...replicas].map((server) => server.stop())));

    test('is fine', async () => {
      expect(await findings()).toEqual([]);
    });

    const cases: readonly Case[] = [
      ['min-replicas-to-write', '0', 'refusal', /^min-replicas-to-write is 0: a primary that was/],
      ['min-replicas-max-lag', '10', 'refusal', /^min-replicas-max-lag is 10: it notices only/],
      ['min-replicas-max-lag', '0', 'refusal', /^min-replicas-max-lag is 0: min-replicas-to-write/],
      ['maxmemory-policy', 'allkeys-lfu', 'refusal', /^maxmemory-policy is allkeys-lfu/],
      ['appendonly', 'no', 'refusal', /^appendonly is no/],
      ['appendfsync', 'no', 'refusal', /^appendfsync is no/],
      ['appendfsync', 'everysec', 'warning', /^appendfsync is everysec: when primary and replicas/],
      ['replica-read-only', 'no', 'warning', /^replica-read-only is no/],
      ['aof-load-truncated', 'yes', 'note', /^aof-load-truncated is yes/],
    ];

    // Which of them may be the primary changes with each failover, so each is looked at.
    const places = [['primary'], ['replica']] as const;
    describe.each(places)('on the %s', (place) => {
      test.each(cases)('%s %s: %s, and the line mends it', async (name, wrong, level, says) => {
        const server = place === 'primary' ? primary : replicas[1];
        if (server === undefined) throw new Error('no server');
        await server.cli('CONFIG', 'SET', name, wrong);
        const [finding, ...more] = await findings();
        expect(more).toEqual([]);
        expect(finding).toMatchObject({ level, servers: [`${server.host}:${server.port}`] });
        expect(finding?.text).toMatch(says);
        if (finding === undefined) return;
        const [option, value] = optionIn(finding);
        expect(commandIn(finding)).toEqual(['CONFIG', 'SET', option, value]);
        expect(await server.cli(...commandIn(finding))).toBe('OK');
        expect(await findings()).toEqual([]);
      });
    });

    test('its replica is no address to write to', async () => {
      const [finding, ...more] = await findingsAt(replicas[0]?.url ?? '', { replicas: 1 });
      expect(more).toEqual([]);
      expect(finding?.level).toBe('refusal');
      expect(finding?.text).toContain(`is a replica of ${primary.host}:${primary.port}`);
    });

    test('one replica less is a warning, none is refused, and a replica brings it back', async () => {
      const [first, second] = replicas as [SingleRedis, SingleRedis];
      await first.cli('REPLICAOF', 'NO', 'ONE');
      await until('one replica', async () => (await findings()).length > 0);
      expect(await findings()).toMatchObject([
        { level: 'warning', text: expect.stringMatching(/^1 replica is linked/) },
      ]);
      await second.cli('REPLICAOF', 'NO', 'ONE');
      await until('no replica', async () => (await findings())[0]?.level === 'refusal');
      const [finding] = await findings();
      expect(finding?.text).toMatch(/^0 replicas are linked, and 1 must have each change/);

      const line = finding?.mend[0] ?? '';
      const [, host = '', port = ''] = /^redis-server --replicaof (\S+) (\d+)$/.exec(line) ?? [];
      for (const server of [first, second]) await server.cli('REPLICAOF', host, port);
      await until('both again', async () => (await findings()).length === 0);
    });
  });
});
