import { expect, test } from '@jest/globals';
import { until } from '../../../support/redis/child.ts';
import { startSentinel } from '../../../support/redis/sentinel.ts';
import { admitting, replaysOn, startInstance } from './instances.ts';

const FAILOVERS = 5;
const REPLICAS = 1;

test(`T28: in ${FAILOVERS} failovers each history is a new one, and opens when all have replayed`, async () => {
  const redis = await startSentinel();
  const instances = [
    await startInstance(redis.url, 'a', { replicas: REPLICAS }),
    await startInstance(redis.url, 'b', { replicas: REPLICAS }),
    await startInstance(redis.url, 'c', { replicas: REPLICAS }),
  ];
  const histories = new Set<string>();
  const away: number[] = [];
  for (let failover = 0; failover <= FAILOVERS; failover++) {
    const replid = (await (await redis.primary()).info('replication')).get('master_replid') ?? '';
    expect(histories.has(replid)).toBe(false);
    histories.add(replid);
    await Promise.all(instances.map((instance) => instance.opened(replid)));
    for (const instance of instances) {
      expect(new Set(replaysOn(instance, replid)).size).toBe(17);
    }
    if (failover === FAILOVERS) break;

    await redis.waitHealthy();
    const requests = instances.map(({ redis: connection }) => admitting(connection, 'j6'));
    await until('requests', () => requests.every(({ admitted }) => admitted.length > 0));
    const victim = await redis.killPrimary();
    const killed = performance.now();
    const { node } = await redis.promoted(victim);
    const next = (await node.info('replication')).get('master_replid') ?? '';
    await until('admission', () =>
      requests.every(({ admitted }) => admitted.at(-1)?.replid === next),
    );
    await Promise.all(requests.map((one) => one.stop()));
    const first = requests.flatMap(({ admitted }) => admitted.filter((one) => one.replid === next));
    away.push(Math.min(...first.map(({ at }) => at)) - killed);
    for (const { admitted } of requests) {
      // The old one and then the new one, never back.
      const turns = admitted.filter((one, at) => one.replid !== admitted[at - 1]?.replid);
      expect(turns.map((one) => one.replid)).toEqual([replid, next]);
    }
    for (const instance of instances) expect(replaysOn(instance, next)).toContain('j6');
    await redis.rejoin(victim);
  }
  expect(histories.size).toBe(FAILOVERS + 1);
  expect(Math.max(...away)).toBeLessThan(10_000);
}, 240_000);
