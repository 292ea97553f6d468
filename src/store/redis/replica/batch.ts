/** Runs verbs on the replica as they would run on the store, and takes everything back: what stays is what they did. */
import { storeUnavailable } from '../../../errors.ts';
import type { Logger } from '../../../log.ts';
import type { Database } from '../../embedded/database.ts';
import { isConstraint, isSqliteError } from '../../embedded/sqlite-error.ts';
import type { Version } from '../../embedded/version.ts';
import { createCapture } from './capture.ts';
import type { Op } from './commit.ts';

export type Outcome = { readonly value: unknown } | { readonly error: unknown };

export interface Trial {
  /** One for each verb. */
  readonly outcomes: readonly Outcome[];
  readonly ops: readonly Op[];
  /** None of the verbs moved the version. */
  readonly quiet: boolean;
}

export interface Batch {
  /** For the verbs: `move` is noted here, and every instance moves its own version when it applies the commit. */
  readonly version: Version;
  /** Each verb has a savepoint of its own: one that fails takes nothing with it. */
  tryOut(verbs: readonly (() => unknown)[]): Trial;
}

export function createBatch(db: Database, version: Version, log: Logger): Batch {
  const begin = db.prepare('BEGIN IMMEDIATE');
  const rollback = db.prepare('ROLLBACK');
  const savepoint = db.prepare('SAVEPOINT verb');
  const release = db.prepare('RELEASE verb');
  const undo = db.prepare('ROLLBACK TO verb');
  const capture = createCapture(db);
  let moved = false;

  function runOne(verb: () => unknown): Outcome {
    savepoint.run();
    try {
      const value = verb();
      release.run();
      return { value };
    } catch (error) {
      if (isSqliteError(error) && !isConstraint(error)) throw error;
      undo.run();
      release.run();
      return { error };
    }
  }

  /** Without a rollback, reads on this connection would show what was never committed: rather show nothing. */
  function takeBack(): void {
    try {
      if (db.inTransaction) rollback.run();
    } catch (error) {
      log.error({ err: error }, 'the store closes: a transaction cannot be taken back');
      db.close();
      throw storeUnavailable('the replica is closed', error);
    }
  }

  return {
    version: { ...version, move: () => (moved = true) },
    tryOut: (verbs) => {
      moved = false;
      begin.run();
      try {
        capture.begin();
        const outcomes = verbs.map(runOne);
        return { outcomes, ops: capture.collect(), quiet: !moved };
      } finally {
        takeBack();
      }
    },
  };
}
