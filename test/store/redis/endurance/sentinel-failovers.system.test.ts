/**
 * Failovers that lose what was acknowledged: the replica that takes over had its link frozen while the other one took
 * the ends. What is lost then is in the journals of those who acknowledged it, and only there.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createKeys } from '../../../../src/store/redis/keys.ts';
import type { Store } from '../../../../src/store/ports.ts';
import { describeWith } from '../../../support/programs.ts';
import { sleep, until } from '../../../support/redis/child.ts';
import type { Node } from '../../../support/redis/node.ts';
import { startSentinel, type SentinelRedis } from '../../../support/redis/sentinel.ts';
import { newFolder, newPrefix, openStoreOn } from '../support.ts';
import {
  createOwner,
  isUnavailable,
  startJob,
  type Credential,
  type Owner,
} from './credentials.ts';
import { createLedger, each, startJobs, type Entry } from './ledger.ts';
import { countInMode, inMode, report } from './mode.ts';
import { sampleOf, whenServing } from './service.ts';

const FAILOVERS = countInMode(10, 100);
const EXPECTED = countInMode(1_000, 20_000);
const JOBS = inMode(60, 120);
const WORKERS = 16;

describeWith(['redis-server', 'setpriv'], 'failovers under Sentinel', () => {
  const prefix = newPrefix();
  const keys = createKeys(prefix);
  const ledger = createLedger();
  const away: number[] = [];
  let redis: SentinelRedis;
  let stores: readonly Store[];
  let owner: Owner;
  let control: Credential;
  let lost = 0;

  beforeAll(async () => {
    redis = await startSentinel({ downAfter: 500 });
    const open = () => openStoreOn(redis.url, { prefix, dataDir: newFolder(), patience: 10_000 });
    stores = [await open(), await open()];
    const [first] = stores as [Store];
    owner = await createOwner(first);
    control = await startJob(first, owner);
  }, 60_000);
  afterAll(async () => {
    for (const store of stores) await store.close();
    await redis.stop();
  }, 60_000);

  /** Sentinels take the lowest number, and know it from their next INFO. */
  async function chooseNext(): Promise<Node> {
    const [next, ...others] = (await redis.replicas()) as [Node, Node];
    for (const node of others) await node.cli('CONFIG', 'SET', 'replica-priority', 100);
    await next.cli('CONFIG', 'SET', 'replica-priority', 1);
    await sleep(600);
    return next;
  }

  /** Which of them the node holds as running. Its answer comes over no network. */
  async function runningOn(node: Node, entries: readonly Entry[]): Promise<number> {
    const names = entries.map(({ credential }) => keys.job(credential.hash));
    const records = (await node.cli('MGET', ...names)) as readonly (string | null)[];
    return records.filter((record) => record?.startsWith('running ') === true).length;
  }

  /** Asks for what was ended, again and again, and when a job that lives was admitted last and first. */
  function watch(ended: readonly Entry[]) {
    const state = { stopped: false, last: performance.now(), gap: 0 };
    const ask = async (store: Store): Promise<void> => {
      while (!state.stopped) {
        await ledger.expectNotAdmitted(store, sampleOf(ended, 5));
        const admitted = await control.isAdmitted(store).catch((error: unknown) => {
          if (isUnavailable(error)) return false;
          throw error;
        });
        const now = performance.now();
        if (admitted) {
          state.gap = Math.max(state.gap, now - state.last);
          state.last = now;
        }
        await sleep(10);
      }
    };
    const done = Promise.all(stores.map(ask));
    return async (): Promise<number> => {
      state.stopped = true;
      await done;
      return state.gap / 1000;
    };
  }

  async function round(): Promise<void> {
    await redis.waitHealthy(60_000);
    const next = await chooseNext();
    const entries = await startJobs(stores, owner, JOBS);
    await redis.waitHealthy(60_000);
    const primary = await redis.primary();
    await redis.network.partition([primary.name], [next.name]);
    const from = [ledger.acknowledged.length, ledger.noted.length] as const;
    await each(entries, WORKERS * stores.length, ledger.end);
    const acknowledged = ledger.acknowledged.slice(from[0]);
    const stop = watch(acknowledged);
    await primary.kill();
    const missing = await runningOn(next, acknowledged);
    const { node } = await redis.promoted(primary);
    expect(node).toBe(next);
    await redis.network.heal();
    await redis.rejoin(primary);
    await whenServing(stores, [control], 60_000);
    away.push(await stop());
    expect(missing).toBe(acknowledged.length);
    lost += missing;
    await until('the noted ends are applied', () =>
      stores.every((store) => store.gauges()?.journalPending === 0),
    );
    await expectEnded([...entries, ...sampleOf(ledger.acknowledged, 100)]);
    expect(await runningOn(next, acknowledged)).toBe(0);
  }

  async function expectEnded(entries: readonly Entry[]): Promise<void> {
    await Promise.all(stores.map((store) => ledger.expectRefused(store, entries)));
    expect(ledger.resurrected).toEqual([]);
  }

  test(
    `R5: ${FAILOVERS} failovers that lose acknowledged ends, and none of those jobs is ever admitted again`,
    async () => {
      for (let failovers = 0; failovers < FAILOVERS; failovers += 1) await round();
      await expectEnded([...ledger.acknowledged, ...ledger.noted]);
      const acknowledged = ledger.acknowledged.length;
      report('failovers under Sentinel', {
        failovers: FAILOVERS,
        acknowledged,
        'of them missing on the new primary': lost,
        'noted only': ledger.noted.length,
        's away at most': Math.max(...away),
        's away on average': away.reduce((sum, one) => sum + one, 0) / away.length,
      });
      expect(acknowledged).toBeGreaterThanOrEqual(EXPECTED);
      expect(lost).toBe(acknowledged);
      expect(Math.max(...away)).toBeLessThan(20);
    },
    inMode(400_000, 7_200_000),
  );
});
