import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { whoIsServed } from '../../src/cli/who-is-served.ts';
import { loadSettings } from '../../src/settings/load.ts';
import { describeWith } from '../support/programs.ts';
import { startRedis, steadyPort } from '../support/redis/single.ts';
import { wharfpass } from './harness.ts';

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'wharfpass-cli-redis-'));
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const check = (env: Record<string, string>) => wharfpass(['check'], { cwd, env });

/** Its redis lines, without holes of the version that happens to be installed. */
const linesOf = (stdout: string) =>
  stdout.split('\n').filter((line) => / redis {5}/.test(line) && !line.includes('the hole CVE-'));

describe('who is served while Redis is away', () => {
  const shown = (env: Record<string, string>) =>
    whoIsServed(loadSettings({ cwd, env: { WHARFPASS_REDIS_URL: 'redis://a', ...env } }));

  test('by default only who pulls public images, for a minute', () => {
    const text = shown({});
    expect(text).toMatch(/^WHILE REDIS IS AWAY, WHO COMES WITH +GETS$/m);
    expect(text).toMatch(/^a job token +503, always$/m);
    for (const who of ['a deploy token', 'a personal access token', 'a user with a password']) {
      expect(text).toMatch(new RegExp(`^${who} +503 \\(redis.stale_credentials is 0\\)$`, 'm'));
    }
    expect(text).toMatch(
      /^nobody, for public images +served from a copy at most 60 s old, then 503/m,
    );
    expect(text).toMatch(/^a change of any kind +503;/m);
    expect(text).not.toContain('everybody is asked to come back');
  });

  test('as the settings say', () => {
    const env = { WHARFPASS_REDIS__STALE_CREDENTIALS: '30', WHARFPASS_REDIS__STALE_ANONYMOUS: '0' };
    const text = shown({ ...env, WHARFPASS_CREDENTIALS__PASSWORD: 'false' });
    expect(text).toMatch(/^a deploy token +served from a copy at most 30 s old, then 503/m);
    expect(text).toMatch(/^nobody, for public images +503 \(redis.stale_anonymous is 0\)$/m);
    expect(text).not.toMatch(/^a user with a password +(503|served from)/m);
    expect(shown({ WHARFPASS_ANONYMOUS__PULL: 'false' })).not.toContain('for public images');
  });

  test('without Redis there is nothing to choose', () => {
    const text = whoIsServed(loadSettings({ cwd, env: {} }));
    expect(text).toContain('While the store cannot be reached, everybody is asked to come back');
    expect(text).not.toContain('WHILE REDIS IS AWAY');
  });
});

test('serve --unsafe-redis counts as redis.unsafe, whatever else is set', async () => {
  const help = await wharfpass(['serve', '--help']);
  expect(help.stdout).toContain('--unsafe-redis');
  const env = {
    WHARFPASS_REDIS_URL: 'redis+sentinel://a/main',
    WHARFPASS_REDIS__REPLICAS: '0',
    WHARFPASS_REDIS__UNSAFE: 'false',
  };
  // A second problem, so that nothing is served where the first is none.
  const options = { cwd, env: { ...env, WHARFPASS_NONSENSE: '1' } };
  const [refused, unsafe] = await Promise.all([
    wharfpass(['serve'], options),
    wharfpass(['serve', '--unsafe-redis'], options),
  ]);
  expect(refused.stderr).toContain('must be at least 1 with Sentinel or Cluster');
  expect(unsafe.stderr).toBe(
    'Nothing was done, because of:\n  WHARFPASS_NONSENSE: no setting has this variable\n',
  );
});

describe('check', () => {
  test('says nothing of Redis where there is none', async () => {
    const { stdout, exitCode } = await check({});
    expect(linesOf(stdout)).toEqual([]);
    expect(exitCode).toBe(EXIT.ok);
  });

  test('T32: a URL that is wrong, or leads nowhere, and never its password', async () => {
    const port = await steadyPort();
    const away = await check({ WHARFPASS_REDIS_URL: `redis://u:canary-1@127.0.0.1:${port}/3` });
    expect(away.exitCode).toBe(EXIT.failed);
    expect(linesOf(away.stdout)).toEqual([
      `✓ redis     redis://127.0.0.1:${port}/3: one server, prefix wharfpass`,
      '✓ redis     a change is acknowledged when this server has it on its disk',
      `✗ redis     cannot be reached: redis 127.0.0.1:${port}: connect ECONNREFUSED 127.0.0.1:${port}`,
    ]);
    const wrong = await check({ WHARFPASS_REDIS_URL: 'redis://u:canary-1@a:1,b:2' });
    expect(wrong.exitCode).toBe(EXIT.failed);
    expect(linesOf(wrong.stdout)).toEqual([
      expect.stringMatching(/^✗ redis {5}The URL of Redis is wrong: several hosts need/),
    ]);
    const all = [away, wrong].map(({ stdout, stderr }) => stdout + stderr).join('');
    expect(all).not.toContain('canary');
    expect(away.stdout).toMatch(/^a job token +503, always$/m);
  });

  test('the servers of Sentinels and a Cluster, and how many must have a change', async () => {
    const port = await steadyPort();
    const hosts = `127.0.0.1:${port},127.0.0.2:${port}`;
    const [sentinel, cluster] = await Promise.all([
      check({ WHARFPASS_REDIS_URL: `redis+sentinel://:canary@${hosts}/main` }),
      check({
        WHARFPASS_REDIS_URL: `redis+cluster://:canary@${hosts}`,
        WHARFPASS_REDIS__REPLICAS: '2',
        WHARFPASS_REDIS__PREFIX: 'here',
      }),
    ]);
    expect(linesOf(sentinel.stdout).slice(0, 2)).toEqual([
      `✓ redis     redis+sentinel://${hosts}/main/0: a primary that Sentinels name, prefix wharfpass`,
      '✓ redis     a change is acknowledged when 1 replica besides the primary has it (WAIT 1)',
    ]);
    expect(linesOf(cluster.stdout).slice(0, 2)).toEqual([
      `✓ redis     redis+cluster://${hosts}: a Cluster, prefix here`,
      '✓ redis     a change is acknowledged when 2 replicas have it (WAIT 2)',
    ]);
    for (const { stdout } of [sentinel, cluster]) expect(stdout).not.toContain('canary');
  });
});

describeWith(['redis-server', 'setpriv'], 'check with a Redis', () => {
  test('that is set up well, then badly, then badly and as unsafe', async () => {
    const redis = await startRedis({ config: { maxmemory: '100mb' }, password: 'canary' });
    const good = await check({ WHARFPASS_REDIS_URL: redis.url });
    expect(good.exitCode).toBe(EXIT.ok);
    expect(linesOf(good.stdout).map((line) => line[0])).not.toContain('✗');

    await redis.cli('CONFIG', 'SET', 'appendfsync', 'everysec');
    const bad = await check({ WHARFPASS_REDIS_URL: redis.url });
    expect(bad.exitCode).toBe(EXIT.failed);
    expect(bad.stdout).toContain(
      `✗ redis     ${redis.host}:${redis.port}: appendfsync is everysec: when the server loses power, the last two seconds are lost, acknowledged or not\n` +
        '    mend it with: redis-server --appendfsync always\n' +
        '              or: redis-cli CONFIG SET appendfsync always\n',
    );
    const env = { WHARFPASS_REDIS_URL: redis.url, WHARFPASS_REDIS__UNSAFE: 'true' };
    const unsafe = await check(env);
    expect(unsafe.exitCode).toBe(EXIT.ok);
    expect(unsafe.stdout).toMatch(/^! redis +\S+: UNSAFE: appendfsync is everysec/m);
    for (const { stdout } of [good, bad, unsafe]) expect(stdout).not.toContain('canary');
    await redis.stop();
  });
});
