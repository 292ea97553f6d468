/**
 * The version of all that may be remembered: the directory, and whether tokens are good. It moves with every change of
 * either, by whichever process; jobs are not part of it, since their liveness is read each time. To learn that nothing
 * has changed takes one cheap statement: SQLite counts the commits of other connections and processes
 * (https://sqlite.org/pragma.html#pragma_data_version), and the writer notes our own.
 */
import type { Database } from './database.ts';
import type { Writer } from './writer.ts';

export interface Version {
  /** The version at the beginning of this turn or later; with `exactly`, that of what a read would find now. */
  current(exactly?: boolean): number;
  /** Moves it; to be called within the transaction that makes the change. */
  move(): void;
  /** To be called after each commit of this connection, before anybody hears of it. */
  noteCommit(): void;
}

/**
 * One look serves a turn of the event loop. All requests of a turn had arrived before it began, so none of them can
 * have been sent in the knowledge of a change that another process made meanwhile.
 */
export function createVersion(db: Database): Version {
  const dataVersion = db.prepare<[number]>('PRAGMA data_version');
  const read = db.prepare<[number]>(`SELECT value FROM counters WHERE name = 'version'`);
  const move = db.prepare(`UPDATE counters SET value = value + 1 WHERE name = 'version'`);
  let commitsSeen: number | undefined;
  let known: number | undefined;
  let looked = false;

  function look(): number {
    const commits = dataVersion.get()?.[0];
    if (known !== undefined && commits === commitsSeen) return known;
    commitsSeen = commits;
    const version = read.get()?.[0];
    if (version === undefined) throw new Error('the store has no version');
    return version;
  }

  return {
    current: (exactly = false) => {
      if (looked && known !== undefined && !exactly) return known;
      known = look();
      if (!looked) setImmediate(() => (looked = false));
      looked = true;
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

/** For verbs by which an answer that is remembered may become another. */
export function movingWrite(
  writer: Pick<Writer, 'write'>,
  version: Pick<Version, 'move'>,
): Writer['write'] {
  return (verb) =>
    writer.write(() => {
      version.move();
      return verb();
    });
}
