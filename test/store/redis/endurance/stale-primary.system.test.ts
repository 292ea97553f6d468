/**
 * A primary that was replaced and does not know it, with an instance that reaches nobody else. What is ended on the
 * other side meanwhile must not be admitted there.
 */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { describeWith } from '../../../support/programs.ts';
import { sleep, until } from '../../../support/redis/child.ts';
import { startSentinel, type SentinelRedis } from '../../../support/redis/sentinel.ts';
import { openSides, type Sides } from './sides.ts';
import { isUnavailable, startJob, type Credential } from './credentials.ts';
import { askOften } from './asker.ts';
import { countInMode, inMode, report } from './mode.ts';
import { whenServing } from './service.ts';

const PARTITIONS = countInMode(5, 30);
/**
 * `min-replicas-max-lag` is 2 s. Redis compares whole seconds, so that a replica of 2.9 s ago is one of 2 s ago, and
 * counts once a second (replicationCron, refreshGoodSlavesCount).
 */
const STALE_FOR = 4_000;

/** The time for which the two sides wait for each other; by default 90 s. Longer than a primary is stale. */
const PASS_OVER = 6_000;
/** Longer than an instance goes by what it last heard, for a primary that sleeps keeps its promises late. */
const LONG_PASS_OVER = 12_000;

describeWith(['redis-server', 'setpriv'], 'a primary that is cut off', () => {
  let redis: SentinelRedis;
  let sides: Sides;

  beforeAll(async () => {
    redis = await startSentinel({ downAfter: 500, clients: ['client'] });
  }, 60_000);
  afterEach(async () => {
    redis.nodes.forEach((node) => node.resume());
    await redis.network.heal();
    await sides.close();
  });
  afterAll(() => redis.stop(), 60_000);

  async function acknowledged(job: Credential): Promise<number> {
    const end = async (): Promise<boolean> => {
      try {
        await job.end(sides.near);
        return true;
      } catch (error) {
        if (isUnavailable(error)) return false;
        throw error;
      }
    };
    await until('an acknowledged end', end, 60_000, 20);
    return performance.now();
  }

  async function healed(job: Credential): Promise<void> {
    await redis.network.heal();
    await redis.waitHealthy(60_000);
    const both = [sides.near, sides.stale];
    await whenServing(both, [sides.control], 60_000);
    for (const side of both) expect(await job.isAdmitted(side)).toBe(false);
  }

  async function begin() {
    await redis.waitHealthy(60_000);
    const job = await startJob(sides.near, sides.owner);
    await until('an admission', () => job.isAdmitted(sides.stale));
    return { job, primary: await redis.primary() };
  }

  async function everybodyElse(): Promise<readonly string[]> {
    const primary = await redis.primary();
    const nodes = [...redis.nodes, ...redis.sentinels].filter((node) => node !== primary);
    return [...nodes.map(({ name }) => name), 'test'];
  }

  test(
    `R3: ${PARTITIONS} partitions, and the stale side admits no job beyond its end`,
    async () => {
      sides = await openSides(redis, PASS_OVER);
      const admittedFor: number[] = [];
      const afterEnd: number[] = [];
      let refused = 0;
      for (let count = 0; count < PARTITIONS; count += 1) {
        const { job, primary } = await begin();
        const asker = askOften(sides.stale, job);
        await redis.network.partition([primary.name, 'client'], await everybodyElse());
        const cutAt = performance.now();
        await redis.promoted(primary);
        const endedAt = await acknowledged(job);
        await sleep(Math.max(1_500, STALE_FOR + 1_000 - (performance.now() - cutAt)));
        const { last, admitted, others } = await asker.stop();
        expect(admitted).toBeGreaterThan(0);
        admittedFor.push(last - cutAt);
        afterEnd.push(last - endedAt);
        refused += others;
        await healed(job);
      }
      report('partitions of a stale primary', {
        partitions: PARTITIONS,
        'answers that were no admission': refused,
        'ms admitted there at most': Math.max(...admittedFor),
        'ms from the acknowledged end to the last admission': Math.max(...afterEnd),
      });
      expect(Math.max(...admittedFor)).toBeLessThan(STALE_FOR);
      expect(Math.max(...afterEnd)).toBeLessThan(0);
    },
    inMode(400_000, 3_600_000),
  );

  test.each(inMode([4_000], [2_000, 4_000, 8_000, 15_000]))(
    'R3: a primary that slept %i ms admits nobody who was ended meanwhile',
    async (ms) => {
      sides = await openSides(redis, LONG_PASS_OVER);
      const { job, primary } = await begin();
      const far = await everybodyElse();
      const asker = askOften(sides.stale, job);
      primary.pause();
      await redis.network.partition([primary.name, 'client'], far);
      const wakes = sleep(ms).then(() => primary.resume());
      await redis.promoted(primary);
      const [endedAt] = await Promise.all([acknowledged(job), wakes]);
      await sleep(3_000);
      const { last, others } = await asker.stop();
      report('a primary that slept', {
        'ms of sleep': ms,
        'answers that were no admission': others,
        'ms from the acknowledged end to the last admission': last - endedAt,
      });
      expect(last).toBeLessThan(endedAt);
      await healed(job);
    },
    120_000,
  );
});
