/**
 * Keeps the replica current and knows how current it is. The age counts from the moment at which the last good sync was
 * sent, by a clock that nobody sets.
 */
import { storeUnavailable, type AppError } from '../../../errors.ts';
import type { Logger } from '../../../log.ts';
import type { Redis } from '../connection/redis.ts';
import { createBackground } from './background.ts';
import type { Exchange } from './exchange.ts';
import { misfitError } from './misfit.ts';
import type { Replica } from './replica.ts';

/** Milliseconds between two syncs that nobody asked for. */
const EVERY = 400;
/** A sync that was sent less than this ago is good enough for the directory. */
const FRESH = 1_000;
/** A caller that waits gets no further piece after this. */
const CALLERS_PATIENCE = 100;

export interface Follower {
  /** Resolves once the replica has everything that was committed before this call. */
  upToDate(): Promise<void>;
  /** The same at once, for the writer. */
  catchUp(whileClosed: boolean): Promise<void>;
  /** Every commit is seen within a second of its end, as long as this is true. */
  isFresh(): boolean;
  /** Milliseconds; Infinity before the first good sync. */
  ageMs(): number;
  /** Why this Redis is not the one that the replica belongs to; null if it is. */
  misfit(): AppError | null;
  /** Syncs in the background from now on. */
  start(): Promise<void>;
  stop(): void;
}

export interface FollowerParts {
  readonly exchange: Exchange;
  readonly replica: Replica;
  readonly redis: Redis;
  readonly channel: string;
  /** Milliseconds of a clock that nobody sets. */
  readonly monotonic: () => number;
  readonly log: Logger;
  /** Called where a sync cannot help: brings replica and Redis together. */
  readonly mend: () => Promise<void>;
}

export function createFollower(parts: FollowerParts): Follower {
  const { exchange, replica, redis, channel, monotonic, log, mend } = parts;
  let currentAt = -Infinity;
  let misfit: AppError | null = null;
  let subscribed = false;
  let mending: Promise<void> | null = null;
  let gathering: Promise<void> | null = null;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  function startMending(): void {
    mending ??= mend()
      .catch((error: unknown) => log.error({ err: error }, 'the replica cannot be mended yet'))
      .finally(() => (mending = null));
  }

  function note(error: AppError | null): void {
    if (error !== null && error.message !== misfit?.message) log.error(error.message);
    misfit = error;
  }

  /** One exchange; true: the replica has all that there was when it was sent. */
  async function exchangeOnce(whileClosed: boolean): Promise<boolean> {
    const identity = replica.identity();
    if (identity === null || mending !== null) {
      throw storeUnavailable('the replica is being loaded');
    }
    const { store, position } = identity;
    const answer = await exchange.sync(store, position, whileClosed);
    if (stopped) throw storeUnavailable('the store is closed');
    note(misfitError(answer, store));
    if (misfit !== null) throw storeUnavailable(misfit.message);
    if (answer.kind === 'same') return true;
    if (answer.kind === 'behind') {
      replica.apply(answer.commits);
      return (replica.identity()?.position.version ?? 0) >= answer.head;
    }
    // What was asked may be overtaken by a commit or a load of our own.
    if (replica.identity()?.position.id !== position.id) return false;
    if (!whileClosed) startMending();
    throw storeUnavailable('the replica and Redis are on different histories');
  }

  async function follow(whileClosed: boolean, patience: number): Promise<void> {
    const began = monotonic();
    while (!(await exchangeOnce(whileClosed))) {
      if (monotonic() - began > patience) throw storeUnavailable('the replica is catching up');
    }
    currentAt = Math.max(currentAt, began);
  }

  function upToDate(): Promise<void> {
    gathering ??= new Promise((resolve, reject) => {
      // All who ask in one turn have asked before this sync leaves.
      setImmediate(() => {
        gathering = null;
        follow(false, CALLERS_PATIENCE).then(resolve, reject);
      });
    });
    return gathering;
  }

  const background = createBackground(async () => {
    if (mending === null) await follow(false, Infinity);
  }, log);

  function onMessage(text: string): void {
    if (Number(text) > (replica.identity()?.position.version ?? 0)) background.run();
  }

  return {
    upToDate,
    catchUp: (whileClosed) => follow(whileClosed, CALLERS_PATIENCE),
    isFresh: () => subscribed && misfit === null && monotonic() - currentAt < FRESH,
    ageMs: () => monotonic() - currentAt,
    misfit: () => misfit,
    start: async () => {
      timer = setInterval(() => background.run(), EVERY).unref();
      await redis.subscribe(channel, {
        message: onMessage,
        state: (up) => {
          subscribed = up && !stopped;
          if (subscribed) background.run();
        },
      });
    },
    stop: () => {
      stopped = true;
      subscribed = false;
      clearInterval(timer);
      background.stop();
    },
  };
}
