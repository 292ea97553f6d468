import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect } from 'node:net';
import { describeWith } from '../programs.ts';
import { until } from './child.ts';
import { cli } from './cli.ts';
import type { NetworkKind } from './network.ts';
import { namespacesWork } from './netns.ts';
import { elementSplitter, encodeCommand } from './resp.ts';
import { startSentinel, type SentinelRedis } from './sentinel.ts';

const kinds: NetworkKind[] = (await namespacesWork()) ? ['namespaces', 'mesh'] : ['mesh'];

/** Replies of a write and a WAIT for one replica, sent at once on one connection. */
function writeAndWait(host: string, ms: number): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: 6379 });
    const split = elementSplitter();
    const replies: unknown[] = [];
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      replies.push(...split(chunk).map(({ value }) => value));
      if (replies.length < 2) return;
      socket.destroy();
      resolve(replies);
    });
    socket.write(Buffer.concat([encodeCommand(['INCR', 'n']), encodeCommand(['WAIT', 1, ms])]));
  });
}

describeWith(['redis-server', 'setpriv'], 'Redis with Sentinel for tests', () => {
  describe.each(kinds)('%s', (kind) => {
    const rounds = kind === kinds[0] ? 10 : 1;
    let redis: SentinelRedis;

    beforeAll(async () => {
      redis = await startSentinel({ network: kind, downAfter: 500, clients: ['client'] });
    }, 40_000);
    afterAll(() => redis.stop(), 30_000);

    it('is healthy once started', async () => {
      const primary = await redis.primary();
      expect(primary.name).toBe('node1');
      expect((await writeAndWait(primary.address, 1000))[1]).toBeGreaterThanOrEqual(1);
      expect(redis.url).toBe(
        `redis+sentinel://${redis.sentinels.map(({ address }) => `${address}:26379`).join()}/wharfpass`,
      );
      expect(redis.network.host('client').address).toMatch(/^(198|127)\./);
    });

    it('freezes the replication links, and WAIT says so', async () => {
      const primary = await redis.primary();
      const [replica] = await redis.replicas();
      await redis.freezeReplicationLinks();
      expect((await writeAndWait(primary.address, 300))[1]).toBe(0);
      const known = String(await primary.cli('GET', 'n'));
      expect(await replica?.cli('GET', 'n')).not.toBe(known);
      expect((await primary.info('replication')).get('connected_slaves')).toBe('2');
      // Then it takes no more writes, as its replicas have been silent for longer than it may bear.
      await until(
        'a refusal',
        async () => {
          await expect(primary.cli('SET', 'm', 1)).rejects.toThrow('NOREPLICAS');
          return true;
        },
        4000,
      );
      expect(await cli({ host: primary.address, port: 6379 }, ['GET', 'n'])).toBe(known);
      await redis.heal();
      await redis.waitHealthy();
      expect(await replica?.cli('GET', 'n')).toBe(String(await primary.cli('GET', 'n')));
      expect(await redis.primary()).toBe(primary);
    });

    it('loses what was acknowledged over frozen links, when the primary dies then', async () => {
      const primary = await redis.primary();
      await primary.cli('SET', 'before', 1);
      expect((await writeAndWait(primary.address, 1000))[1]).toBeGreaterThanOrEqual(1);
      await redis.freezeReplicationLinks();
      expect(await primary.cli('SET', 'after', 1)).toBe('OK');
      await primary.kill();
      const { node } = await redis.promoted(primary);
      await redis.heal();
      await redis.rejoin(primary);
      expect(await node.cli('MGET', 'before', 'after')).toEqual(['1', null]);
      await redis.waitHealthy();
    });

    it('elects another while the primary is cut off, and puts the old one right afterwards', async () => {
      const old = await redis.primary();
      const others = [...redis.nodes, ...redis.sentinels].filter((node) => node !== old);
      await redis.network.partition(
        [old.name],
        others.map(({ name }) => name),
      );
      const { node, ms } = await redis.promoted(old);
      expect(ms).toBeLessThan(5000);
      // The old one still believes, and answers those who reach it.
      expect((await old.info('replication')).get('role')).toBe('master');
      expect(await cli({ host: old.address, port: 6379 }, ['PING'])).toBe('PONG');
      await redis.heal();
      await redis.waitHealthy();
      expect((await old.info('replication')).get('role')).toBe('slave');
      expect(await redis.primary()).toBe(node);
    }, 60_000);

    it(`fails over ${rounds} times in a row, each within 5 s`, async () => {
      const all: number[] = [];
      for (let round = 0; round < rounds; round++) {
        const { ms } = await redis.failover();
        all.push(Math.round(ms));
        await redis.waitHealthy();
      }
      expect(Math.max(...all)).toBeLessThan(5000);
    }, 120_000);
  });
});
