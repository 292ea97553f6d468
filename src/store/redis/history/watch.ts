/** The loop of one partition: says "I am here", learns whether it is open, and has the journal replayed where it must. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../../clock.ts';
import type { Partition } from '../keys.ts';
import type { DurableGate } from './durable-gate.ts';
import type { PartitionView } from './partition-state.ts';
import type { Presence, Tell } from './presence.ts';
import { createReplayer } from './replayer.ts';
import { createStanding } from './standing.ts';
import { createTurns } from './turns.ts';
import { createWaiters } from './waiters.ts';

export interface WatchOptions {
  readonly partition: Partition;
  readonly tell: Tell;
  /** Monotonic. */
  readonly clock: Clock;
  readonly replicas: number;
  readonly gate: DurableGate;
  readonly view: PartitionView;
  replay(replid: string): Promise<void>;
  replayFailed(error: unknown): void;
  /** Another history than at the last call. */
  historyChanged(): void;
}

export interface Watch {
  /** Resolves when a call that began after this one has ended, well or badly. */
  fresh(): Promise<void>;
  /** Asks soon, however often this is called. */
  nudge(): void;
  /** Whether this instance is known to be stored on the server's list, and has been for a while. */
  hasJoined(): boolean;
  /** Why the last call failed; undefined if it did not. */
  lastFault(): unknown;
  trusts(replid: string): boolean;
  /** True as soon as a call that began after this one ended in trust; false after `withinMs` or when stopped. */
  whenTrusted(withinMs: number): Promise<boolean>;
  /** Stops, and takes itself off the list once the journal is replayed. False if that was not possible in time. */
  leave(giveUpAt: number): Promise<boolean>;
  /** Stops, and waits for the call under way. */
  close(): Promise<void>;
}

const EVERY = 1000;
const EVERY_WHEN_CLOSED = 100;
const AFTER_FAULT = 250;
/** Between two calls that were asked for: each refused request asks. */
const NUDGED = 25;
const REPLAY_PATIENCE = 1000;

/** Calls of all partitions and instances that began together spread within a few rounds. */
const jittered = (ms: number): number => ms * (0.8 + 0.2 * Math.random());

export function createWatch(options: WatchOptions): Watch {
  const { partition, tell, clock, replicas, gate, view } = options;
  const standing = createStanding(clock, replicas);
  const replayer = createReplayer({
    clock,
    replay: options.replay,
    onDone: () => void turns.fresh(),
    onFailure: (error, retryIn) => {
      options.replayFailed(error);
      again(retryIn);
    },
  });
  const turns = createTurns(turn);
  const waiters = createWaiters();
  let stopped = false;
  let joined = false;
  let replid: string | undefined;
  let fault: unknown;
  let begun = 0;
  let beganAt = -Infinity;
  let nudgedAt = -Infinity;
  let timer: NodeJS.Timeout | undefined;

  function again(ms: number): void {
    clearTimeout(timer);
    const pause = nudgedAt >= beganAt ? Math.min(ms, NUDGED) : ms;
    if (!stopped) timer = setTimeout(() => void turns.fresh(), pause).unref();
  }

  function pauseAfter({ open, replayed }: Presence): number {
    if (!replayed && replayer.isBusy()) return EVERY;
    return open && replayed && standing.isTrusting() ? jittered(EVERY) : EVERY_WHEN_CLOSED;
  }

  const claim = () => ({ claim: replayer.claim(), known: standing.known() });

  async function say(): Promise<void> {
    beganAt = clock.now();
    const durably = replicas > 0 && standing.isAgeing() && gate.allows();
    const told = await tell(partition, { ...claim(), durably });
    if (durably && told.replicas < replicas) gate.noteShort();
    joined ||= told.replicas >= replicas;
    standing.learn(told, beganAt);
    view.learn(told);
    if (!told.replayed) replayer.want(told.replid, told.round);
    again(pauseAfter(told));
    const changed = replid !== undefined && replid !== told.replid;
    replid = told.replid;
    if (changed) options.historyChanged();
  }

  async function turn(): Promise<void> {
    const number = ++begun;
    try {
      await say();
      fault = undefined;
    } catch (error) {
      fault = error;
      again(AFTER_FAULT);
    }
    if (fault === undefined && standing.isTrusting()) waiters.tell(number);
  }

  async function stop(): Promise<void> {
    stopped = true;
    clearTimeout(timer);
    waiters.giveUp();
    await turns.stop();
  }

  async function tryToLeave(ms: number): Promise<boolean> {
    const told = await tell(partition, { ...claim(), durably: false, leaving: true });
    if (!told.replayed) {
      replayer.want(told.replid, told.round);
      await replayer.idle(ms);
    }
    return told.replayed;
  }

  return {
    fresh: turns.fresh,
    nudge() {
      nudgedAt = clock.now();
      if (nudgedAt - beganAt >= NUDGED) void turns.fresh();
      else again(NUDGED);
    },
    hasJoined: () => joined && standing.isSeasoned(),
    lastFault: () => fault,
    trusts: standing.trusts,
    whenTrusted(withinMs) {
      if (stopped) return Promise.resolve(false);
      const trusted = waiters.wait(begun, withinMs);
      void turns.fresh();
      return trusted;
    },
    async leave(giveUpAt) {
      await stop();
      while (clock.now() < giveUpAt) {
        const left = await tryToLeave(giveUpAt - clock.now()).catch(() => false);
        if (left) standing.forget();
        if (left) return true;
        await sleep(20);
      }
      return false;
    },
    async close() {
      await stop();
      await replayer.idle(REPLAY_PATIENCE);
    },
  };
}
