/** A primary of a Cluster is killed while two instances end jobs. Its replica takes over, and nobody has to do anything. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Store } from '../../../../src/store/ports.ts';
import { describeWith } from '../../../support/programs.ts';
import { until } from '../../../support/redis/child.ts';
import { startCluster, type ClusterRedis } from '../../../support/redis/cluster.ts';
import { newFolder, newPrefix, openStoreOn } from '../support.ts';
import { createOwner, startJob, type Credential, type Owner } from './credentials.ts';
import { createLedger, each, startJobs, type Entry } from './ledger.ts';
import { countInMode, inMode, report } from './mode.ts';
import { sampleOf, whenServing } from './service.ts';

const KILLS = countInMode(3, 40);
const JOBS = inMode(100, 400);
const WORKERS = 8;
/** Enough that some are in every shard. */
const CONTROLS = 24;

describeWith(['redis-server', 'setpriv'], 'a Cluster whose primaries are killed', () => {
  const ledger = createLedger();
  const away: number[] = [];
  let redis: ClusterRedis;
  let stores: readonly Store[];
  let owner: Owner;
  const living: Credential[] = [];

  beforeAll(async () => {
    // With one replica nobody could take writes of a shard until the dead node is back.
    redis = await startCluster({ replicas: 2 });
    const prefix = newPrefix();
    const open = () => openStoreOn(redis.url, { prefix, dataDir: newFolder(), patience: 15_000 });
    stores = [await open(), await open()];
    const [first] = stores as [Store];
    owner = await createOwner(first);
    await each(Array.from({ length: CONTROLS }), 8, async () => {
      living.push(await startJob(first, owner));
    });
  }, 120_000);
  afterAll(async () => {
    for (const store of stores) await store.close();
    await redis.stop();
  }, 60_000);

  async function round(shard: number): Promise<void> {
    const from = [ledger.acknowledged.length, ledger.noted.length] as const;
    const entries = await startJobs(stores, owner, JOBS);
    let ended = 0;
    let killed: { at: number; gone: ReturnType<typeof redis.killPrimary> } | undefined;
    await each(entries, WORKERS * stores.length, async (entry) => {
      await ledger.end(entry);
      ended += 1;
      if (ended < entries.length / 3) return;
      killed ??= { at: performance.now(), gone: redis.killPrimary(shard) };
    });
    if (killed === undefined) throw new Error('nobody was killed');
    const victim = await killed.gone;
    const { node } = await redis.promoted(shard, victim);
    await whenServing(stores, living, 60_000);
    away.push((performance.now() - killed.at) / 1000);
    const taken = [...ledger.acknowledged.slice(from[0]), ...ledger.noted.slice(from[1])];
    expect(taken).toHaveLength(entries.length);
    await until('the noted ends are applied', () =>
      stores.every((store) => store.gauges()?.journalPending === 0),
    );
    await expectEnded([...taken, ...sampleOf(ledger.acknowledged, 100)]);
    expect(await redis.primary(shard)).toBe(node);
    await redis.restart(victim);
    await redis.waitHealthy(60_000);
    await whenServing(stores, living, 60_000);
  }

  async function expectEnded(entries: readonly Entry[]): Promise<void> {
    await Promise.all(stores.map((store) => ledger.expectRefused(store, entries)));
    expect(ledger.resurrected).toEqual([]);
  }

  test(
    `R5: ${KILLS} primaries, and service returns by itself with every end in it`,
    async () => {
      for (let kills = 0; kills < KILLS; kills += 1) await round(kills % 3);
      await expectEnded([...ledger.acknowledged, ...ledger.noted]);
      const acknowledged = ledger.acknowledged.length;
      report('primaries of a Cluster', {
        kills: KILLS,
        acknowledged,
        'noted only': ledger.noted.length,
        's until all is served, at most': Math.max(...away),
      });
      expect(acknowledged).toBeGreaterThan(KILLS * JOBS * 0.5);
      expect(Math.max(...away)).toBeLessThan(30);
    },
    inMode(300_000, 7_200_000),
  );
});
