/** `<data dir>/journal.db`, held by one process for as long as it runs. */
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../../errors.ts';
import { openDatabase, type Database } from '../../embedded/database.ts';
import { isBusy, isCorrupt } from '../../embedded/sqlite-error.ts';
import { APPLICATION_ID, FORMAT, journalSchema } from './schema.ts';

export const journalFile = (dataDir: string): string => join(dataDir, 'journal.db');

/** How long a new instance waits for the one before it to end, in milliseconds. */
const PATIENCE = 2_000;

/** The lock is the system's: it goes when the process ends, however it does. */
const SETTINGS = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA fullfsync = ON;
  PRAGMA checkpoint_fullfsync = ON;
  PRAGMA trusted_schema = OFF;
  PRAGMA cell_size_check = ON;
`;

function number(db: Database, sql: string): number {
  return db.prepare<[number]>(sql).get()?.[0] ?? 0;
}

/** @returns the file's format; 0: it is new */
function formatOf(db: Database, path: string): number {
  if (number(db, 'SELECT count(*) FROM sqlite_schema') === 0) return 0;
  if (number(db, 'PRAGMA application_id') !== APPLICATION_ID) {
    throw new AppError('internal', `${path} is no journal of wharfpass: another program made it.`);
  }
  const format = number(db, 'PRAGMA user_version');
  if (format > FORMAT) {
    const reason = `${path} was written by a newer wharfpass (format ${format}, this one knows ${FORMAT}).`;
    throw new AppError('internal', `${reason} Install that version.`);
  }
  return format;
}

function describe(error: unknown, path: string): unknown {
  if (isBusy(error)) {
    const advice = 'Each instance needs a folder of its own: set data_dir.';
    return new AppError('internal', `${path} is used by another wharfpass. ${advice}`);
  }
  if (!isCorrupt(error)) return error;
  const loss = 'It holds the ends of jobs that other servers may not have yet. Do not delete it';
  const advice =
    'before the longest job that was running then has passed its deadline; until then use another data_dir.';
  return new AppError('internal', `${path} is damaged. ${loss} ${advice}`, { cause: error });
}

/** The file must exist (prepareFiles). Rejects with an AppError whose message says what to do. */
export async function openJournalFile(path: string): Promise<Database> {
  const giveUpAt = performance.now() + PATIENCE;
  for (;;) {
    const db = openDatabase(path);
    try {
      db.exec(SETTINGS);
      db.exec(journalSchema(formatOf(db, path)));
      return db;
    } catch (error) {
      db.close();
      if (!isBusy(error) || performance.now() > giveUpAt) throw describe(error, path);
    }
    await sleep(20);
  }
}

/**
 * The driver keeps a closed connection and its locks until its statements are collected, so they are let go of before.
 * Without a wal-index in shared memory only another journal mode ends an exclusive lock
 * (https://sqlite.org/wal.html#noshm).
 */
export function closeJournalFile(db: Database): void {
  db.exec(`
    PRAGMA wal_checkpoint(TRUNCATE);
    PRAGMA journal_mode = DELETE;
    PRAGMA locking_mode = NORMAL;
    SELECT count(*) FROM sqlite_schema;
  `);
  db.close();
}
