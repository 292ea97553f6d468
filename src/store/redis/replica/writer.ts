/**
 * Group commit as in the embedded store (embedded/writer.ts): verbs that wait share one commit, and each is as if alone.
 * A promise settles when Redis, as many replicas of it as are asked for, and this instance have the commit.
 *
 * A verb that is rejected with `store_unavailable` may have happened or may yet happen, if it reached Redis. Each is
 * safe then: a revocation only takes away, and of what was created nobody was told the secret.
 */
import { performance } from 'node:perf_hooks';
import { AppError, storeUnavailable } from '../../../errors.ts';
import type { Logger } from '../../../log.ts';
import { isSqliteError, toAppError } from '../../embedded/sqlite-error.ts';
import type { Writer } from '../../embedded/writer.ts';
import type { Outcome } from './batch.ts';
import { TooLarge, type Submit } from './submit.ts';

/** Milliseconds after which a verb is answered, whatever becomes of it; the time in which it runs here not counted. */
const ANSWER_WITHIN = 450;
/** Milliseconds that are left in any case once it was sent. */
const LEAST = 50;
/** Verbs in one commit. */
const VERBS = 256;

interface Pending {
  readonly run: () => unknown;
  readonly whileClosed: boolean;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly since: number;
  /** Until it is taken from the queue. */
  readonly timer: NodeJS.Timeout;
}

export interface ReplicaWriter extends Writer {
  /** As `write`, while the partition is closed: for the repair that opens it. */
  writeWhileClosed<T>(verb: () => T): Promise<T>;
}

function settle(batch: readonly Pending[], outcomes: readonly Outcome[]): void {
  for (const [index, pending] of batch.entries()) {
    const outcome = outcomes[index] ?? { error: new Error('a verb has no outcome') };
    if ('error' in outcome) pending.reject(toAppError(outcome.error));
    else pending.resolve(outcome.value);
  }
}

function rejectAll(batch: readonly Pending[], error: unknown): void {
  const known = error instanceof AppError || isSqliteError(error);
  const reason = known ? toAppError(error) : storeUnavailable(String(error), error);
  settle(
    batch,
    batch.map(() => ({ error: reason })),
  );
}

const overdue = (end: string): AppError =>
  storeUnavailable(`the change took more than ${ANSWER_WITHIN} ms; ${end}`);

export function createReplicaWriter(submit: Submit, log: Logger): ReplicaWriter {
  let queue: Pending[] = [];
  let running: Promise<void> | null = null;
  let closed = false;

  /** Verbs for a closed partition are not mixed with others. */
  function takeBatch(): Pending[] {
    const whileClosed = queue[0]?.whileClosed;
    const other = queue.findIndex((pending) => pending.whileClosed !== whileClosed);
    const batch = queue.splice(0, Math.min(VERBS, other < 0 ? queue.length : other));
    for (const { timer } of batch) clearTimeout(timer);
    return batch;
  }

  /** Answers the verbs in time, though their commit is still under way. */
  function startClock(batch: readonly Pending[]): NodeJS.Timeout {
    const oldest = Math.min(...batch.map(({ since }) => since));
    const left = Math.max(LEAST, ANSWER_WITHIN - (performance.now() - oldest));
    const answer = (): void => rejectAll(batch, overdue('it may yet happen'));
    // After a pause of the process itself the reply may lie in the socket unread: it is read before this runs.
    return setTimeout(() => setImmediate(answer), left);
  }

  async function runBatch(batch: readonly Pending[]): Promise<void> {
    const began = performance.now();
    let clock: NodeJS.Timeout | undefined;
    const onTried = (): void => {
      const ran = performance.now() - began;
      clock ??= startClock(batch.map((pending) => ({ ...pending, since: pending.since + ran })));
    };
    try {
      const verbs = batch.map(({ run }) => run);
      settle(batch, await submit(verbs, { whileClosed: batch[0]?.whileClosed ?? false, onTried }));
    } catch (error) {
      if (!(error instanceof TooLarge) || batch.length === 1) {
        log.warn({ err: error, verbs: batch.length }, 'the store could not write');
        return rejectAll(batch, error);
      }
      const half = Math.ceil(batch.length / 2);
      await runBatch(batch.slice(0, half));
      await runBatch(batch.slice(half));
    } finally {
      clearTimeout(clock);
    }
  }

  async function drain(): Promise<void> {
    await new Promise(setImmediate);
    while (queue.length > 0) await runBatch(takeBatch());
    running = null;
  }

  function add<T>(run: () => T, whileClosed: boolean): Promise<T> {
    return new Promise((resolve, reject) => {
      if (closed) return reject(storeUnavailable('the store is closed'));
      const pending: Pending = {
        run,
        whileClosed,
        resolve: resolve as (value: unknown) => void,
        reject,
        since: performance.now(),
        timer: setTimeout(() => {
          queue = queue.filter((other) => other !== pending);
          reject(overdue('it has not happened'));
        }, ANSWER_WITHIN),
      };
      queue.push(pending);
      running ??= drain();
    });
  }

  return {
    write: (verb) => add(verb, false),
    writeWhileClosed: (verb) => add(verb, true),
    close: async () => {
      closed = true;
      await running;
    },
  };
}
