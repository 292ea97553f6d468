/**
 * Group commit. Verbs that arrive in the same turn of the event loop share one transaction, so they share the one
 * wait for the disk; each has its own savepoint, so one that fails takes nothing with it. A promise settles only after
 * the commit: what was acknowledged is on the disk.
 *
 * A verb that is rejected with `store_unavailable` has not happened and will not happen later. One exception: if the
 * disk fails within the commit itself, and the process is killed before the next commit, SQLite may find the
 * transaction whole in its log. Each verb is safe then: an end stays an end, and of what was created nobody was told
 * the secret.
 */
import { performance } from 'node:perf_hooks';
import { AppError, storeUnavailable } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import type { Database } from './database.ts';
import { isBusy, isConstraint, isSqliteError, toAppError } from './sqlite-error.ts';

export interface Writer {
  /** Runs `verb`, which must be synchronous, inside a write transaction. */
  write<T>(verb: () => T): Promise<T>;
  /** Runs what is queued; later verbs are rejected. */
  close(): Promise<void>;
}

/** How long a verb may wait for another process's lock, in milliseconds of a clock that nobody sets. */
export const WRITE_DEADLINE = 400;
/** Verbs in one transaction, so that a flood cannot hold up reads for long. */
const BATCH = 256;

interface Pending {
  readonly run: () => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly giveUpAt: number;
}

type Outcome = { readonly value: unknown } | { readonly error: unknown };

export interface WriterHooks {
  /** Throws where nothing may be written. */
  guard(): void;
  /** Called after each commit, before any of its promises settles. */
  onCommit(): void;
}

export function createWriter(db: Database, log: Logger, { guard, onCommit }: WriterHooks): Writer {
  const begin = db.prepare('BEGIN IMMEDIATE');
  const commit = db.prepare('COMMIT');
  const rollback = db.prepare('ROLLBACK');
  const savepoint = db.prepare('SAVEPOINT verb');
  const release = db.prepare('RELEASE verb');
  const undo = db.prepare('ROLLBACK TO verb');
  let queue: Pending[] = [];
  let scheduled = false;
  let closed = false;
  let drained: (() => void) | null = null;

  function runOne(pending: Pending): Outcome {
    savepoint.run();
    try {
      const value = pending.run();
      release.run();
      return { value };
    } catch (error) {
      if (isSqliteError(error) && !isConstraint(error)) throw error;
      undo.run();
      release.run();
      return { error };
    }
  }

  function runBatch(batch: readonly Pending[]): readonly Outcome[] {
    try {
      const outcomes = batch.map(runOne);
      commit.run();
      onCommit();
      return outcomes;
    } catch (error) {
      takeBack();
      throw error;
    }
  }

  /** Without a rollback, reads on this connection would show what was never committed: rather show nothing. */
  function takeBack(): void {
    try {
      if (db.inTransaction) rollback.run();
    } catch (error) {
      log.error({ err: error }, 'the store closes: a transaction cannot be taken back');
      db.close();
    }
  }

  function rejectAll(batch: readonly Pending[], error: unknown): void {
    const reason =
      error instanceof AppError || isSqliteError(error)
        ? toAppError(error)
        : storeUnavailable(String(error), error);
    log.error({ err: reason, verbs: batch.length }, 'the store could not write');
    for (const pending of batch) pending.reject(reason);
  }

  function waitForLock(cause: unknown): void {
    const now = performance.now();
    const overdue = queue.filter((pending) => pending.giveUpAt <= now);
    queue = queue.filter((pending) => pending.giveUpAt > now);
    if (overdue.length > 0) rejectAll(overdue, cause);
    if (queue.length > 0) setTimeout(flush, 1 + Math.random() * 4);
    else idle();
  }

  function idle(): void {
    scheduled = false;
    drained?.();
  }

  function flush(): void {
    let batch: Pending[] = [];
    try {
      guard();
      begin.run();
      batch = queue.splice(0, BATCH);
      settle(batch, runBatch(batch));
    } catch (error) {
      if (isBusy(error) && batch.length === 0) return waitForLock(error);
      if (batch.length === 0) batch = queue.splice(0);
      rejectAll(batch, error);
    }
    if (queue.length > 0) setImmediate(flush);
    else idle();
  }

  return {
    write: (verb) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(storeUnavailable('the store is closed'));
        queue.push({
          run: verb,
          resolve: resolve as (value: unknown) => void,
          reject,
          giveUpAt: performance.now() + WRITE_DEADLINE,
        });
        if (scheduled) return;
        scheduled = true;
        setImmediate(flush);
      }),
    close: async () => {
      closed = true;
      if (scheduled) await new Promise<void>((resolve) => (drained = resolve));
    },
  };
}

function settle(batch: readonly Pending[], outcomes: readonly Outcome[]): void {
  for (const [index, pending] of batch.entries()) {
    const outcome = outcomes[index] ?? { error: new Error('a verb has no outcome') };
    if ('error' in outcome) pending.reject(toAppError(outcome.error));
    else pending.resolve(outcome.value);
  }
}
