/**
 * The version of all that may be remembered: the directory, and whether tokens are good. It moves with every change of
 * either, by whichever process; jobs are not part of it, since their liveness is read each time. To learn that nothing
 * has changed takes one cheap statement: SQLite counts the commits of other connections and processes
 * (https://sqlite.org/pragma.html#pragma_data_version), and the writer notes our own.
 */
import type { Database } from './database.ts';

export interface Version {
  /** The version of what a read would find now. */
  current(): number;
  /** Moves it; to be called within the transaction that makes the change. */
  move(): void;
  /** To be called after each commit of this connection, before anybody hears of it. */
  noteCommit(): void;
}

export function createVersion(db: Database): Version {
  const dataVersion = db.prepare<[number]>('PRAGMA data_version');
  const read = db.prepare<[number]>(`SELECT value FROM counters WHERE name = 'version'`);
  const move = db.prepare(`UPDATE counters SET value = value + 1 WHERE name = 'version'`);
  let commitsSeen: number | undefined;
  let known: number | undefined;
  return {
    current: () => {
      const commits = dataVersion.get()?.[0];
      if (known !== undefined && commits === commitsSeen) return known;
      commitsSeen = commits;
      known = read.get()?.[0];
      if (known === undefined) throw new Error('the store has no version');
      return known;
    },
    move: () => {
      move.run();
    },
    noteCommit: () => {
      known = undefined;
    },
  };
}
