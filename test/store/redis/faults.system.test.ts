/** Every call that the store makes to Redis, with every fault that the way there can have. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { rmSync } from 'node:fs';
import { systemClock } from '../../../src/clock.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import { describeWith } from '../../support/programs.ts';
import { until } from '../../support/redis/child.ts';
import {
  cut,
  delay,
  duplicateRequest,
  everyFault,
  hang,
  wrongType,
} from '../../support/redis/fault.ts';
import { startRedis, type SingleRedis } from '../../support/redis/single.ts';
import { allCases, verbsOf } from './faults/cases.ts';
import { openLane, type Lane } from './faults/lane.ts';
import { newFolder, silent } from './support.ts';
import {
  isOnlyLate,
  sitesOf,
  strikeOnce,
  type Manner,
  type Site,
  type Strike,
} from './faults/strike.ts';

/** A fault is mostly waited for, so many can be waited for at once. */
const LANES = 12;

const strikes: readonly (readonly [name: string, manner: Manner, strike: Strike])[] = [
  ...everyFault.map(([name, fault]) => [name, 'once', fault] as const),
  ['a server that is gone', 'for good', 'down'],
  ['replies that are too late', 'for good', delay(600)],
  ['replies that never arrive', 'for good', hang('reply')],
  ['commands that arrive twice', 'for good', duplicateRequest('first')],
  ['errors', 'for good', wrongType('error')],
  ['a server that is gone', 'before', 'down'],
  ['replies that never arrive', 'before', hang('reply')],
  ['connections that break', 'before', cut('reply', 'RST')],
];

describeWith(['redis-server'], 'faults at every call', () => {
  let redis: SingleRedis;
  let lanes: readonly Lane[];
  let sites: readonly Site[];
  /** Sockets of each lane when nothing has happened yet. */
  let open: readonly number[];
  const unhandled: unknown[] = [];
  const keep = (error: unknown): void => void unhandled.push(error);

  /** Each piece of work on the next lane that is free. */
  async function spread<T, R>(
    work: readonly T[],
    run: (lane: Lane, item: T) => Promise<R>,
  ): Promise<R[]> {
    const results: R[] = [];
    const left = [...work.entries()].toReversed();
    await Promise.all(
      lanes.map(async (lane) => {
        for (let next = left.pop(); next !== undefined; next = left.pop()) {
          const [at, item] = next;
          results[at] = await run(lane, item);
        }
      }),
    );
    return results;
  }

  beforeAll(async () => {
    process.on('unhandledRejection', keep);
    // Nothing here is about a disk, and so many instances would wait for it most of the time.
    redis = await startRedis({ config: { appendonly: 'no' } });
    const opened: Lane[] = [];
    lanes = opened;
    // One after the other: what they all do at once at their start is more than a busy machine does in time.
    while (opened.length < LANES) opened.push(await openLane(redis));
    sites = (await spread(allCases, sitesOf)).flat();
    open = lanes.map(({ proxy }) => proxy.seen.open);
  }, 60_000);
  afterAll(async () => {
    await Promise.all(lanes.map((lane) => lane.close()));
    await redis.stop();
    process.off('unhandledRejection', keep);
    expect(unhandled).toEqual([]);
  });

  test('every verb of the ports has its cases', async () => {
    const dataDir = newFolder();
    // The store in a file has the verbs of the ports and no others of its own.
    const embedded = await openEmbeddedStore({ dataDir, clock: systemClock, log: silent });
    const wanted = verbsOf(embedded);
    await embedded.close();
    rmSync(dataDir, { recursive: true });
    expect([...new Set(allCases.map(({ verb }) => verb))].toSorted()).toEqual(wanted);
  });

  test.each(strikes)(
    '%s, %s',
    async (_, manner, strike) => {
      const faults: string[] = [];
      let hits = 0;
      const struck = manner === 'before' ? sites.filter(({ nth }) => nth === 1) : sites;
      await spread(struck, async (lane, site) => {
        let result = await strikeOnce(lane, site, strike, manner);
        // What is only late may be so for what else the machine does; then it is in time the next time.
        for (let tries = 0; tries < 2 && isOnlyLate(result); tries += 1)
          result = await strikeOnce(lane, site, strike, manner);
        if (result.struck) hits += 1;
        const where = `${site.case.name}, call ${site.nth} (${site.script})`;
        faults.push(...result.faults.map((fault) => `${where}: ${fault}`));
      });
      expect(faults).toEqual([]);
      // Some answer from memory, and make no call that could be struck.
      expect(hits).toBeGreaterThan(0.75 * struck.length);
      await until('no socket too many', () =>
        lanes.every(({ proxy }, at) => proxy.seen.open <= (open[at] ?? 0)),
      );
    },
    60_000,
  );
});
