/**
 * Tells in one cheap statement whether anybody has committed anything since the last time it was asked: SQLite counts
 * the commits of other connections and processes (https://sqlite.org/pragma.html#pragma_data_version), and our own are
 * noted by the writer.
 */
import type { Database } from './database.ts';

export interface CommitWatch {
  /** To be called after each commit of this connection. */
  noteCommit(): void;
  /** True the first time, and whenever there was a commit since the last call. */
  hasChanged(): boolean;
}

export function createCommitWatch(db: Database): CommitWatch {
  const readDataVersion = db.prepare<[number]>('PRAGMA data_version');
  let seen: number | undefined;
  let own = false;
  return {
    noteCommit: () => {
      own = true;
    },
    hasChanged: () => {
      const version = readDataVersion.get()?.[0];
      if (version === seen && !own) return false;
      seen = version;
      own = false;
      return true;
    },
  };
}
