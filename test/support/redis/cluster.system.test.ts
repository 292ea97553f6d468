import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { describeWith } from '../programs.ts';
import { until } from './child.ts';
import { startCluster, type ClusterRedis } from './cluster.ts';
import type { NetworkKind } from './network.ts';
import { namespacesWork } from './netns.ts';

const kinds: NetworkKind[] = (await namespacesWork()) ? ['namespaces', 'mesh'] : ['mesh'];

describeWith(['redis-server', 'setpriv'], 'Redis Cluster for tests', () => {
  describe.each(kinds)('%s', (kind) => {
    let redis: ClusterRedis;

    beforeAll(async () => {
      redis = await startCluster({ network: kind });
    }, 60_000);
    afterAll(() => redis.stop(), 30_000);

    it('spreads the slots over three primaries with a replica each', async () => {
      const all = await Promise.all([0, 1, 2].map((shard) => redis.primary(shard)));
      expect(all.map(({ name }) => name)).toEqual(['node1', 'node2', 'node3']);
      expect((await redis.replicas(1)).map(({ name }) => name)).toEqual(['node5']);
      // The slot of `{a}…` is 15495 (CRC16 of `a`), in the last third.
      expect(await redis.primaryOfKey('{a}:x')).toBe(redis.nodes[2]);
      expect(await redis.nodes[2]?.cli('SET', '{a}:x', 1)).toBe('OK');
      await expect(redis.nodes[0]?.cli('SET', '{a}:x', 1)).rejects.toThrow(
        `MOVED 15495 ${redis.nodes[2]?.address}:6379`,
      );
      expect(redis.url).toContain(`redis+cluster://${redis.nodes[0]?.address}:6379,`);
    });

    it('survives each primary being killed', async () => {
      const shard = await redis.shardOfKey('{a}:y');
      const before = await redis.primary(shard);
      await before.cli('SET', '{a}:y', 'kept');
      await redis.killPrimary(shard);
      const { node, ms } = await redis.promoted(shard, before);
      expect(ms).toBeLessThan(8000);
      await until('reads', async () => (await node.cli('GET', '{a}:y')) === 'kept');
      await expect(node.cli('SET', '{a}:y', 'more')).rejects.toThrow('NOREPLICAS');
      await redis.restart(before);
      await redis.waitHealthy();
      expect(await redis.replicas(shard)).toEqual([before]);
      expect(await node.cli('SET', '{a}:y', 'more')).toBe('OK');
    }, 60_000);

    it('stops on a minority side, and comes back', async () => {
      const primary = await redis.primary(0);
      const others = redis.nodes.filter((node) => node !== primary);
      await redis.network.partition(
        [primary.name],
        others.map(({ name }) => name),
      );
      const { node } = await redis.promoted(0, primary).catch(() => ({ node: undefined }));
      await until('that the minority stops', async () =>
        String(await primary.cli('CLUSTER', 'INFO')).includes('cluster_state:fail'),
      );
      await redis.heal();
      await redis.waitHealthy();
      expect(await redis.primary(0)).toBe(node);
    }, 60_000);
  });

  it('goes on writing with two replicas a primary', async () => {
    const redis = await startCluster({ replicas: 2 });
    const shard = await redis.shardOfKey('{a}:z');
    const { node } = await redis.promoted(shard, await redis.killPrimary(shard));
    await until('writes', async () => (await node.cli('SET', '{a}:z', 1)) === 'OK');
    await redis.stop();
  }, 60_000);
});
