/** Brings a journal to a history: once for each round, again after a failure, never twice at a time. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../../clock.ts';

export interface ReplayerOptions {
  readonly clock: Clock;
  /** Must end on its own, and reject if any answer came from another history than `replid`. */
  replay(replid: string): Promise<void>;
  onDone(): void;
  /** `retryIn` ms from now it may be wanted again. */
  onFailure(error: unknown, retryIn: number): void;
}

export interface Replayer {
  /** The last round that was replayed in; '' for none. */
  claim(): string;
  isBusy(): boolean;
  /** Starts it, unless it was done in this round, is under way, or has just failed. */
  want(replid: string, round: string): void;
  /** Resolves when nothing is under way, or after `withinMs`: a long journal must not hold up a stop. */
  idle(withinMs: number): Promise<void>;
}

const FIRST_RETRY = 50;
const LAST_RETRY = 500;

export function createReplayer(options: ReplayerOptions): Replayer {
  const { clock } = options;
  let claim = '';
  let underWay: Promise<void> | null = null;
  let notBefore = -Infinity;
  let retryIn = FIRST_RETRY;

  async function attempt(replid: string, round: string): Promise<void> {
    try {
      await options.replay(replid);
      underWay = null;
      claim = round;
      retryIn = FIRST_RETRY;
      options.onDone();
    } catch (error) {
      underWay = null;
      notBefore = clock.now() + retryIn;
      options.onFailure(error, retryIn);
      retryIn = Math.min(LAST_RETRY, retryIn * 2);
    }
  }

  return {
    claim: () => claim,
    isBusy: () => underWay !== null,
    want(replid, round) {
      if (claim === round || underWay !== null || clock.now() < notBefore) return;
      underWay = Promise.resolve().then(() => attempt(replid, round));
    },
    async idle(withinMs) {
      if (underWay === null) return;
      await Promise.race([underWay, sleep(Math.max(0, withinMs), undefined, { ref: false })]);
    },
  };
}
