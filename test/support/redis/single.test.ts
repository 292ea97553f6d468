import { expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { describeWith } from '../programs.ts';
import { cli } from './cli.ts';
import { startRedis } from './single.ts';

describeWith(['redis-server'], 'a single Redis for tests', () => {
  it('keeps what it answered through SIGKILL, on the same port', async () => {
    const redis = await startRedis();
    await redis.cli('SET', 'k', 'v');
    await redis.kill();
    await expect(redis.cli('PING')).rejects.toThrow();
    await redis.restart();
    expect(await cli(redis, ['GET', 'k'])).toBe('v');
    expect(await redis.cli('CONFIG', 'GET', 'appendfsync')).toEqual(['appendfsync', 'always']);
    expect(await redis.cli('CONFIG', 'GET', 'save')).toEqual(['save', '']);
  });

  it('answers nothing while paused, and all of it afterwards', async () => {
    const redis = await startRedis({ password: 'p w' });
    expect(redis.url).toBe(`redis://:p%20w@127.0.0.1:${redis.port}`);
    redis.pause();
    const asked = cli(redis, ['INCR', 'n'], { password: 'p w' });
    expect(await Promise.race([asked, wait(150, 'silence')])).toBe('silence');
    redis.resume();
    expect(await asked).toBe(1);
    await redis.stop();
    expect(existsSync(redis.dir)).toBe(false);
  });

  it('says why it did not start', async () => {
    await expect(startRedis({ config: { 'maxmemory-policy': 'whatever' } })).rejects.toThrow(
      /maxmemory-policy/,
    );
  });

  it('gives each of many starts at once a port of its own', async () => {
    const all = await Promise.all(Array.from({ length: 6 }, () => startRedis()));
    expect(new Set(all.map(({ port }) => port)).size).toBe(6);
  });
});
