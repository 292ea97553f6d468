import { describe, expect, test } from '@jest/globals';
import { AppError } from '../../../../src/errors.ts';
import { checkAtStart } from '../../../../src/store/redis/checks/at-start.ts';
import { logLines } from '../../../support/log-lines.ts';
import { describeWith } from '../../../support/programs.ts';
import { startRedis } from '../../../support/redis/single.ts';
import { findingsAt, gatherOptions } from './ask.ts';
import { confBlocks } from './documented.ts';

const wrong = { 'maxmemory-policy': 'allkeys-lru', appendonly: 'no' };
const ours = /maxmemory-policy|appendonly/;

async function start(url: string, unsafe: boolean) {
  const { log, lines, text } = logLines();
  const error: unknown = await checkAtStart({ ...gatherOptions(url), log, unsafe }).then(
    () => null,
    (reason: unknown) => reason,
  );
  return { error, lines, text };
}

describeWith(['redis-server', 'setpriv'], 'the checks at the start', () => {
  test('refuse with every reason and what mends each, and never a password', async () => {
    const redis = await startRedis({ config: wrong, password: 'canary-4711' });
    const { error, text } = await start(redis.url, false);
    expect(error).toBeInstanceOf(AppError);
    const where = `${redis.host}:${redis.port}`;
    expect((error as AppError).message).toBe(
      [
        'This Redis can forget what it acknowledged, so wharfpass does not start:',
        `  ${where}: maxmemory-policy is allkeys-lru: when its memory is full the server throws away users, tokens and the ends of jobs`,
        '      mend it with: redis-server --maxmemory-policy noeviction',
        '                or: redis-cli CONFIG SET maxmemory-policy noeviction',
        `  ${where}: appendonly is no: a restart brings finished jobs back, or empties the store`,
        '      mend it with: redis-server --appendonly yes',
        '                or: redis-cli CONFIG SET appendonly yes',
        'CONFIG SET lasts until the server restarts: put the option into its redis.conf too, or run redis-cli CONFIG REWRITE.',
        'To start all the same: wharfpass serve --unsafe-redis',
      ].join('\n'),
    );
    expect(String(error) + text()).not.toContain('canary');
    await redis.stop();
  });

  test('unsafe: each refusal is a loud warning, and the start goes on', async () => {
    const redis = await startRedis({ config: wrong });
    const { error, lines } = await start(redis.url, true);
    expect(error).toBeNull();
    const loud = lines('UNSAFE redis, started all the same');
    expect(loud).toHaveLength(2);
    for (const line of loud) {
      expect(line).toMatchObject({ level: 'warn', problem: expect.stringMatching(ours) });
      expect(line['mend']).toHaveLength(2);
    }
    await redis.stop();
  });

  test('warnings are logged at each start, notes are not', async () => {
    const redis = await startRedis();
    await redis.cli('SET', 'other', 1);
    const { error, lines } = await start(redis.url, false);
    expect(error).toBeNull();
    expect(lines('redis').map(({ problem }) => problem)).toContainEqual(
      expect.stringMatching(/^it holds keys/),
    );
    expect(JSON.stringify(lines())).not.toContain('maxmemory is not set');
    await redis.stop();
  });

  describe('the lines of docs/redis.md', () => {
    const [single = [], replicated = [], cluster = []] = confBlocks;
    const config = (...blocks: readonly (readonly string[])[]) =>
      Object.fromEntries(blocks.flat().map((line) => line.split(/ (.*)/).slice(0, 2)));

    test('are enough for one server', async () => {
      const redis = await startRedis({ config: config(single) });
      expect(await findingsAt(redis.url)).toEqual([]);
      await redis.stop();
    });

    test('are enough for a primary and its replicas, and are known to nodes of a Cluster', async () => {
      const settings = config(single, replicated);
      const primary = await startRedis({ config: settings });
      const replicaof = `${primary.host} ${primary.port}`;
      const replicas = await Promise.all(
        [1, 2].map(() =>
          startRedis({ config: { ...settings, replicaof, 'repl-diskless-sync-delay': 0 } }),
        ),
      );
      const patience = performance.now() + 10_000;
      for (;;) {
        const findings = await findingsAt(primary.url, { replicas: 1 });
        if (findings.length === 0) break;
        if (performance.now() > patience) expect(findings).toEqual([]);
      }
      const node = await startRedis({ config: config(single, replicated, cluster) });
      const [finding] = await findingsAt(node.url);
      expect(finding?.text).toMatch(/^is a node of a Cluster/);
      await Promise.all([primary, node, ...replicas].map((server) => server.stop()));
    }, 40_000);
  });
});
