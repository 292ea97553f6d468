/** What the user of the store needs besides, with Sentinels and with a Cluster, as docs/redis.md has it. */
import { expect, test } from '@jest/globals';
import { systemClock } from '../../../../src/clock.ts';
import { createRedis } from '../../../../src/store/redis/connection/create.ts';
import { createKeys } from '../../../../src/store/redis/keys.ts';
import { logLines } from '../../../support/log-lines.ts';
import { describeWith } from '../../../support/programs.ts';
import { startCluster } from '../../../support/redis/cluster.ts';
import type { RedisServer } from '../../../support/redis/server.ts';
import { startSentinel } from '../../../support/redis/sentinel.ts';
import { addressOf, findingsAt } from './ask.ts';
import { rightsIn, userLine } from './documented.ts';

/** Makes the user of such a line on a server that runs. */
const setUser = (server: RedisServer, line: string, more: readonly string[] = []) =>
  server.cli('ACL', 'SETUSER', ...line.split(' ').slice(1), ...more);

async function denials(servers: readonly RedisServer[]): Promise<unknown[]> {
  return (await Promise.all(servers.map((server) => server.cli('ACL', 'LOG')))).flat();
}

/** Connects to every primary, has a script run on it, and listens. */
async function useAll(url: string): Promise<void> {
  const { log, text } = logLines();
  const keys = createKeys('wharfpass');
  const address = addressOf(url);
  const redis = createRedis({ address, replicas: 1, keys, clock: systemClock, log });
  if (!(await redis.ready(5000))) throw new Error(text());
  for (const partition of ['d', 'j0', 'j7', 'jf']) {
    const call = { script: 'presence', partition, keys: [], args: [] };
    await redis.runDurably(call).catch(() => undefined);
  }
  await redis.subscribe(keys.changedChannel, { message: () => undefined, state: () => undefined });
  await redis.close();
}

describeWith(['redis-server', 'setpriv'], 'users of Redis', () => {
  test('of a Cluster', async () => {
    const redis = await startCluster({ config: { maxmemory: '100mb' } });
    const more = rightsIn('With a Cluster it also needs');
    for (const node of redis.nodes) {
      await setUser(node, userLine('wharfpass', 'secret'), more);
      await setUser(node, userLine('wharfpass-check', 'secret'));
    }
    const at = (user: string) => redis.url.replace('//', `//${user}:secret@`);
    await useAll(at('wharfpass'));
    const asked = { replicas: 1, checkUrl: at('wharfpass-check') };
    const findings = await findingsAt(at('wharfpass'), asked);
    expect(findings.filter(({ level }) => level === 'refusal')).toEqual([]);
    expect(await denials(redis.nodes)).toEqual([]);
    await redis.stop();
  }, 60_000);

  test('of Sentinels', async () => {
    const redis = await startSentinel({ config: { maxmemory: '100mb' } });
    for (const node of redis.nodes) {
      await setUser(node, userLine('wharfpass', 'secret'));
      await setUser(node, userLine('wharfpass-check', 'secret'));
    }
    const rights = rightsIn('themselves, `sentinel_username` needs');
    for (const sentinel of redis.sentinels) {
      await setUser(sentinel, 'user asker on >secret resetkeys resetchannels -@all', rights);
    }
    const query = '?sentinel_username=asker&sentinel_password=secret';
    const at = (user: string) => redis.url.replace('//', `//${user}:secret@`) + query;
    await useAll(at('wharfpass'));
    const asked = { replicas: 1, checkUrl: at('wharfpass-check') };
    const findings = await findingsAt(at('wharfpass'), asked);
    expect(findings.filter(({ level }) => level !== 'note')).toEqual([]);
    expect(await denials([...redis.nodes, ...redis.sentinels])).toEqual([]);
    await redis.stop();
  }, 60_000);
});
