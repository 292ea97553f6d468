import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { createTell } from '../../../../src/store/redis/history/presence.ts';
import { startRedis } from '../../../support/redis/single.ts';
import { keys, openRedis } from '../connection/open.ts';

const presence = readFileSync('src/store/redis/scripts/presence.lua', 'utf8');
const timing = { passOver: 90_000, settle: 2000 };

test('of two that confirm at the same time, one opens the partition, a hundred times over', async () => {
  const redis = await startRedis({ config: { 'enable-debug-command': 'yes' } });
  const instance = async (instanceId: string) => {
    const { redis: connection } = await openRedis(redis.url, { scripts: { presence } });
    const tell = createTell({ redis: connection, keys, instanceId, ...timing });
    return (claim: string) => tell('j0', { claim, known: 0, durably: false });
  };
  const both = [await instance('a'), await instance('b')];
  const rounds = new Set<string>();
  for (let round = 0; round < 100; round++) {
    await redis.cli('DEBUG', 'CHANGE-REPL-ID');
    const seen = await Promise.all(both.map((tell) => tell('')));
    expect(seen.map(({ open }) => open)).toEqual([false, false]);
    expect(seen[0]?.round).toBe(seen[1]?.round);
    rounds.add(seen[0]?.round ?? '');
    const confirmed = await Promise.all(both.map((tell) => tell(seen[0]?.round ?? '')));
    expect(confirmed.map(({ open }) => open).toSorted()).toEqual([false, true]);
    expect(confirmed.every(({ replayed }) => replayed)).toBe(true);
    expect(await redis.cli('HGET', keys.history('j0'), 'epoch')).toBe(String(round + 1));
  }
  expect(rounds.size).toBe(100);
});
