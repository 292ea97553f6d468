/** `<data dir>/journal.db`, held by one process for as long as it runs. */
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../../errors.ts';
import { openDatabase, type Database } from '../../embedded/database.ts';
import { isBusy, isCorrupt } from '../../embedded/sqlite-error.ts';

export const journalFile = (dataDir: string): string => join(dataDir, 'journal.db');

/** How long a new instance waits for the one before it to end, in milliseconds. */
const PATIENCE = 2_000;
const APPLICATION_ID = 0x77706a31;
const FORMAT = 1;

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

const SCHEMA = `
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS identity (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS ends (
  key TEXT PRIMARY KEY,
  project_id INTEGER NOT NULL,
  job_id INTEGER NOT NULL,
  token_hash TEXT,
  status TEXT NOT NULL,
  at INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  confirmed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS ends_by_expiry ON ends (expires);
CREATE TABLE IF NOT EXISTS revocations (
  key TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  holder_kind TEXT,
  holder_id INTEGER,
  token_id INTEGER NOT NULL,
  at INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  confirmed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS revocations_by_expiry ON revocations (expires);
PRAGMA application_id = ${APPLICATION_ID};
PRAGMA user_version = ${FORMAT};
COMMIT;
`;

function number(db: Database, sql: string): number {
  return db.prepare<[number]>(sql).get()?.[0] ?? 0;
}

function refuseForeign(db: Database, path: string): void {
  if (number(db, 'SELECT count(*) FROM sqlite_schema') === 0) return;
  if (number(db, 'PRAGMA application_id') !== APPLICATION_ID) {
    throw new AppError('internal', `${path} is no journal of wharfpass: another program made it.`);
  }
  const format = number(db, 'PRAGMA user_version');
  if (format !== FORMAT) {
    const reason = `${path} was written by a newer wharfpass (format ${format}, this one knows ${FORMAT}).`;
    throw new AppError('internal', `${reason} Install that version.`);
  }
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
      refuseForeign(db, path);
      db.exec(SCHEMA);
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
