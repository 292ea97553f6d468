import { describe, expect, test } from '@jest/globals';
import { checkDeployment } from '../../../../src/store/redis/checks/check-deployment.ts';
import type { Deployment } from '../../../../src/store/redis/checks/deployment.ts';
import { printFinding } from '../../../../src/store/redis/checks/finding.ts';
import { deployment, server, shard, slaves, type ServerOptions } from './deployment.ts';

const found = (options: Partial<Deployment>) =>
  checkDeployment(deployment(options)).map(({ level, text }) => `${level}: ${text}`);

const single = (options: ServerOptions, further: Partial<Deployment> = {}) =>
  found({ shards: [shard({ primary: server(options) })], ...further });

/** One primary with `linked` of `known` replicas. */
const sentinel = (known: number, linked: number, wanted: number, toWrite = wanted) =>
  found({
    form: 'sentinel',
    wanted,
    shards: [
      shard({
        known,
        primary: server({
          info: slaves(linked),
          settings: { 'min-replicas-to-write': String(toWrite) },
        }),
      }),
    ],
  });

test('nothing is said of a server with which nothing is wrong', () => {
  expect(found({})).toEqual([]);
});

describe('version', () => {
  const LUA = /^warning: version \S+ may have the hole CVE-2025-49844/;
  const TLS = /^warning: version \S+ may have the hole CVE-2026-81934/;
  const at = (version: string, tls = false) =>
    single({ info: { redis_version: version } }, { tls });

  test.each(['6.2.20', '5.0.14', 'unknown'])('%s is refused', (version) => {
    expect(at(version)).toEqual([`refusal: version ${version} is too old`]);
  });

  test.each(['7.0.15', '7.2.10', '7.4.5', '8.0.3', '8.2.1'])(
    '%s: a hole for scripts',
    (version) => {
      expect(at(version)).toEqual([expect.stringMatching(LUA)]);
    },
  );

  test.each(['7.2.11', '7.4.6', '8.0.4', '8.2.2', '8.4.0', '9.0.0'])('%s has none', (version) => {
    expect(at(version)).toEqual([]);
  });

  test('the hole of TLS counts only with TLS', () => {
    expect(at('8.4.5')).toEqual([]);
    expect(at('8.4.5', true)).toEqual([expect.stringMatching(TLS)]);
    expect(at('7.0.15', true)).toEqual([expect.stringMatching(LUA), expect.stringMatching(TLS)]);
    for (const version of ['8.2.9', '8.4.6', '8.6.6', '8.8.2', '8.10.1', '8.12.0']) {
      expect(at(version, true)).toEqual([]);
    }
  });

  test('Valkey counts by its own versions, and is said to be untried', () => {
    const valkey = (version: string) =>
      single({ info: { redis_version: '7.2.4', valkey_version: version } });
    const note = expect.stringMatching(/^note: is Valkey/);
    expect(valkey('8.1.4')).toEqual([note]);
    expect(valkey('8.1.3')).toEqual([expect.stringMatching(LUA), note]);
  });
});

describe('majority', () => {
  test.each([
    // known, linked, wanted
    [2, 2, 1],
    [3, 3, 2],
    [4, 4, 2],
  ])('%i replicas, %i linked, %i waited for: all is well', (known, linked, wanted) => {
    expect(sentinel(known, linked, wanted)).toEqual([]);
  });

  test('R5: waiting for less than a majority is refused', () => {
    expect(sentinel(4, 4, 1)).toEqual([
      expect.stringMatching(/^refusal: redis.replicas is 1, but of its 5 servers 2 besides/),
      expect.stringMatching(/^refusal: min-replicas-to-write is 1:/),
    ]);
    // Of four servers two and two may be cut off from each other.
    expect(sentinel(3, 3, 1)[0]).toMatch(/^refusal: redis.replicas is 1, but of its 4 servers 2/);
    expect(sentinel(2, 2, 0, 1)).toEqual([expect.stringMatching(/^refusal: redis.replicas is 0/)]);
  });

  test('min-replicas-to-write below what is waited for is refused, on a replica too', () => {
    expect(sentinel(2, 2, 2, 1)[0]).toMatch(/^refusal: min-replicas-to-write is 1:/);
    const replica = server({ name: 'b:1', settings: { 'min-replicas-to-write': '0' } });
    const findings = checkDeployment(
      deployment({
        form: 'sentinel',
        wanted: 1,
        shards: [shard({ known: 2, replicas: [replica] })],
      }),
    );
    expect(findings.map(({ servers }) => servers)).toEqual([['b:1']]);
  });

  test('replicas that are missing: a warning while there are enough, else a refusal', () => {
    expect(sentinel(2, 1, 1)).toEqual([
      'warning: 1 replica is linked, and 1 must have each change: none of them may fail. One more lets one fail',
    ]);
    expect(sentinel(2, 0, 1)).toEqual([
      'refusal: 0 replicas are linked, and 1 must have each change: nothing could be acknowledged',
    ]);
    expect(sentinel(3, 2, 2)[0]).toMatch(/^warning: 2 replicas are linked/);
  });

  test('a replica that is still being filled does not count', () => {
    const primary = server({ info: slaves(2, 'wait_bgsave') });
    const options = {
      form: 'sentinel',
      wanted: 1,
      shards: [shard({ known: 2, primary })],
    } as const;
    expect(found(options)[0]).toMatch(/^refusal: 0 replicas are linked/);
  });

  test('a replica beside a single server that nothing waits for is told of', () => {
    expect(found({ shards: [shard({ known: 1 })] })).toEqual([
      expect.stringMatching(/^warning: it has a replica that nothing waits for/),
    ]);
  });

  test('a replica that cannot be asked is told of', () => {
    const silent = [{ name: '10.9.9.9:6379', reason: 'connect ETIMEDOUT' }];
    const lines = found({ form: 'sentinel', wanted: 1, shards: [shard({ known: 2, silent })] });
    expect(lines).toEqual([
      expect.stringMatching(/^warning: this replica cannot be asked from here/),
    ]);
  });
});

describe('clock', () => {
  test.each([
    [900, []],
    [1500, [expect.stringMatching(/^warning: its clock is 1.5 s ahead of this machine's/)]],
    [-4900, [expect.stringMatching(/^warning: its clock is 4.9 s behind this machine's/)]],
    [5200, [expect.stringMatching(/^refusal: its clock is 5.2 s ahead/)]],
    [-3_600_000, [expect.stringMatching(/^refusal: its clock is 3600.0 s behind/)]],
  ])('%i ms', (clockAhead, expected) => {
    expect(single({ clockAhead })).toEqual(expected);
  });

  test('what a slow answer leaves open is no finding', () => {
    expect(single({ clockAhead: 1200, clockError: 300 })).toEqual([]);
  });
});

describe('contents', () => {
  const used = { shards: [shard({ primary: server({ info: { db0: 'keys=12,expires=0' } }) })] };

  test('keys of others are told of, unless a store of ours is among them', () => {
    expect(found({ ...used, holdsStore: false })).toEqual([
      expect.stringMatching(/^warning: it holds keys, but no store with the prefix "wharfpass"/),
    ]);
    expect(found(used)).toEqual([]);
    expect(found({ holdsStore: false })).toEqual([]);
  });
});

describe('permission', () => {
  test('settings that cannot be read are refused, but for those that INFO tells', () => {
    const info = { maxmemory_policy: 'noeviction', aof_enabled: '1' };
    const [line, ...more] = single({ info, settings: undefined });
    expect(line).toMatch(/^refusal: the user wharfpass may not run CONFIG GET/);
    expect(line).toMatch(/appendfsync, aof-load-truncated, min-replicas-to-write/);
    expect(line).not.toMatch(/maxmemory-policy|appendonly/);
    expect(more).toEqual([]);
  });

  test('what INFO tells is judged all the same', () => {
    const info = { maxmemory_policy: 'allkeys-lru', aof_enabled: '0' };
    const lines = single({ info, settings: undefined });
    expect(lines[1]).toMatch(/^refusal: maxmemory-policy is allkeys-lru/);
    expect(lines[2]).toMatch(/^refusal: appendonly is no/);
  });
});

test('the kind of server must be the one that the URL names', () => {
  const mode = (redis_mode: string, form: Deployment['form']) =>
    single({ info: { redis_mode } }, { form });
  expect(mode('cluster', 'single')[0]).toMatch(/is a node of a Cluster: write redis\+cluster/);
  expect(mode('sentinel', 'single')[0]).toMatch(/is a Sentinel: write redis\+sentinel/);
  expect(mode('standalone', 'cluster')[0]).toMatch(/no node of a Cluster: write redis:/);
  const replica = { role: 'slave', master_host: 'a', master_port: '1' };
  expect(single({ info: replica })[0]).toMatch(/is a replica of a:1, and takes no changes/);
});

test('what is the same for several servers is said once, the worst first', () => {
  const primary = server({
    settings: { appendfsync: 'everysec', 'maxmemory-policy': 'allkeys-lru' },
  });
  const findings = checkDeployment(
    deployment({
      form: 'cluster',
      wanted: 1,
      shards: ['a:1', 'b:1'].map((name) => {
        const info = new Map([
          ...primary.info,
          ['redis_mode', 'cluster'],
          ...Object.entries(slaves(2)),
        ]);
        return shard({ known: 2, primary: { ...primary, name, info } });
      }),
    }),
  );
  expect(findings.map(({ level }) => level)).toEqual(['refusal', 'warning']);
  expect(printFinding(findings[0] as (typeof findings)[0])).toBe(
    [
      'a:1, b:1: maxmemory-policy is allkeys-lru: when its memory is full the server throws away users, tokens and the ends of jobs',
      '    mend it with: redis-server --maxmemory-policy noeviction',
      '              or: redis-cli CONFIG SET maxmemory-policy noeviction',
    ].join('\n'),
  );
});
