/**
 * Which histories of the store may be admitted from. Redis can lose what it acknowledged: by a failover, a restart, a
 * restore. Each leaves a new replication id, with which every partition is closed until all instances have replayed
 * their journals. See docs/adr/0005-quarantine-after-a-change-of-history.md.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../../clock.ts';
import { AppError } from '../../../errors.ts';
import { DIRECTORY, PARTITIONS, type Partition } from '../keys.ts';
import { createAnnouncer, faultText, type Announcer } from './announcer.ts';
import { createDurableGate } from './durable-gate.ts';
import type { HistoryOptions } from './options.ts';
import { createPartitionView, type PartitionState, type PartitionView } from './partition-state.ts';
import { createTell } from './presence.ts';
import { createWatch, type Watch } from './watch.ts';

export interface History {
  /**
   * Puts this instance on the list of every partition, durably, and starts the loop. No end may be acknowledged before.
   * Rejects with an AppError whose message says what is missing when that is not done within `patience`.
   */
  join(): Promise<void>;
  /**
   * Whether an end that a server of history `replid` has stored may be acknowledged: no instance goes by an older
   * history any more, and should it be lost, the partition stays closed until this instance has replayed its journal.
   */
  isTrusted(partition: Partition, replid: string): boolean;
  /** A script found the partition closed, or answered from an unknown history. */
  kick(partition: Partition): void;
  /**
   * Asks the server anew. True once its history is trusted; false after `withinMs` milliseconds from now.
   */
  whenSettled(partition: Partition, withinMs: number): Promise<boolean>;
  state(): ReadonlyMap<Partition, PartitionState>;
  /** After the last end was flushed: nobody will wait for this instance. Takes 2 s at most and never rejects. */
  leave(): Promise<void>;
  /** Stops all calls, and waits for those under way. */
  close(): Promise<void>;
}

const PASS_OVER = 90_000;
const SETTLE = 2000;
const PATIENCE = 10_000;
const LEAVE_WITHIN = 2000;
const RETRY_JOIN = 100;

interface Watched {
  readonly partition: Partition;
  readonly view: PartitionView;
  readonly watch: Watch;
}

const steady: Clock = { now: () => performance.now() };

function watchAll(options: HistoryOptions, announcer: Announcer): ReadonlyMap<Partition, Watched> {
  const { replicas, replay, monotonic = steady } = options;
  const { passOver = PASS_OVER, settle = SETTLE } = options;
  const tell = createTell({ ...options, passOver, settle });
  const gate = createDurableGate(monotonic);
  const watches: Watch[] = [];
  return new Map(
    PARTITIONS.map((partition) => {
      const view = createPartitionView(partition, options.clock, announcer);
      const watch = createWatch({
        partition,
        tell,
        clock: monotonic,
        replicas,
        gate,
        view,
        replay: (replid) =>
          partition === DIRECTORY ? replay.directory(replid) : replay.jobs(partition, replid),
        // Other partitions are on the same server, or on one that may have gone with it.
        historyChanged: () => watches.forEach((other) => other.nudge()),
        replayFailed: (error) => announcer.replayFailed(partition, error),
      });
      watches.push(watch);
      return [partition, { partition, view, watch }];
    }),
  );
}

function joinFault(partition: Partition, fault: unknown, options: HistoryOptions): AppError {
  const { patience = PATIENCE, replicas } = options;
  const why =
    fault === undefined
      ? `fewer than ${replicas} replicas took the write (redis.replicas); look at INFO replication on the server`
      : faultText(fault);
  return new AppError(
    'store_unavailable',
    `Redis did not take on this instance within ${patience / 1000} s (partition ${partition}): ${why}`,
    { cause: fault },
  );
}

export function createHistory(options: HistoryOptions): History {
  const { log, monotonic = steady, patience = PATIENCE } = options;
  const announcer = createAnnouncer(log);
  const watched = watchAll(options, announcer);
  const all = [...watched.values()];
  options.redis.onClosed(kick);

  function the(partition: Partition): Watched {
    const found = watched.get(partition);
    if (found === undefined) throw new RangeError('not a partition');
    return found;
  }

  function kick(partition: Partition): void {
    const { view, watch } = the(partition);
    // One that is known to be closed asks often enough by itself, however many requests are refused meanwhile.
    if (view.now().open) watch.nudge();
  }

  async function joinOne({ partition, watch }: Watched, giveUpAt: number): Promise<void> {
    for (;;) {
      await watch.fresh();
      if (watch.hasJoined()) return;
      if (monotonic.now() >= giveUpAt) throw joinFault(partition, watch.lastFault(), options);
      await sleep(RETRY_JOIN);
    }
  }

  return {
    async join() {
      const giveUpAt = monotonic.now() + patience;
      await Promise.all(all.map((one) => joinOne(one, giveUpAt)));
    },
    isTrusted: (partition, replid) => the(partition).watch.trusts(replid),
    kick,
    whenSettled: (partition, withinMs) => the(partition).watch.whenTrusted(withinMs),
    state: () => new Map(all.map(({ partition, view }) => [partition, view.now()])),
    async leave() {
      const giveUpAt = monotonic.now() + LEAVE_WITHIN;
      const left = await Promise.all(all.map(({ watch }) => watch.leave(giveUpAt)));
      const stays = all.filter((_, index) => left[index] === false);
      if (stays.length === 0) return;
      const partitions = stays.map(({ partition }) => partition);
      log.warn(
        { partitions },
        'this instance could not take itself off the list: after a change of history the others wait for it, so start it again',
      );
    },
    async close() {
      await Promise.all(all.map(({ watch }) => watch.close()));
      announcer.flush();
    },
  };
}
