import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../errors.ts';
import { openDatabase, type Database } from './database.ts';
import { migrate } from './migrate.ts';
import { isBusy, isCorrupt, isSqliteError } from './sqlite-error.ts';

/** How long opening may wait for another process that sets the file up, in milliseconds. */
const OPEN_DEADLINE = 5_000;

/**
 * The last two are for large directories, whose indexes are written to all over: 32 MB of pages in memory (as they are
 * needed) and 32 MB of log between two checkpoints, so that a page is not written out for each row that falls on it.
 */
const SETTINGS = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA fullfsync = ON;
  PRAGMA checkpoint_fullfsync = ON;
  PRAGMA trusted_schema = OFF;
  PRAGMA cell_size_check = ON;
  PRAGMA cache_size = -32768;
  PRAGMA wal_autocheckpoint = 8000;
`;

function describeOpenFailure(error: unknown, path: string): unknown {
  if (isCorrupt(error)) {
    return new AppError(
      'internal',
      `${path} is damaged, or is no wharfpass store. Do not delete it: docs/backup.md says how to restore a backup.`,
      { cause: error },
    );
  }
  if (!isSqliteError(error)) return error;
  const reason = `${path} cannot be opened: ${error.message} (sqlite ${error.errcode}).`;
  return new AppError('internal', reason, { cause: error });
}

/** Opens the file, sets the connection up and brings the schema up to date. */
export async function connect(path: string): Promise<Database> {
  const giveUpAt = performance.now() + OPEN_DEADLINE;
  const db = openDatabase(path);
  for (;;) {
    try {
      db.exec(SETTINGS);
      migrate(db, path);
      return db;
    } catch (error) {
      if (!isBusy(error) || performance.now() > giveUpAt) {
        db.close();
        throw describeOpenFailure(error, path);
      }
      await sleep(5 + Math.random() * 10);
    }
  }
}
