/**
 * `<data dir>/replica.db`: the whole directory and all stored tokens, in the embedded store's schema.
 * It is a copy, so a file that cannot be used is thrown away and loaded anew.
 */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '../../../log.ts';
import { openDatabase, type Database } from '../../embedded/database.ts';
import { prepareFiles } from '../../embedded/files.ts';
import { findDamage } from '../../embedded/integrity.ts';
import { migrate } from '../../embedded/migrate.ts';
import { APPLICATION_ID, MIGRATIONS } from '../../embedded/schema.ts';
import { isCorrupt } from '../../embedded/sqlite-error.ts';
import { FORMAT } from './commit.ts';

/** A power cut may take the last commits of a copy: they are fetched again. */
const SETTINGS = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA temp_store = MEMORY;
  PRAGMA trusted_schema = OFF;
  PRAGMA cell_size_check = ON;
`;

const OWN_TABLES = `
CREATE TABLE IF NOT EXISTS replica_position (
  format INTEGER PRIMARY KEY,
  store TEXT NOT NULL,
  version INTEGER NOT NULL,
  id TEXT NOT NULL
) STRICT;
-- The last commits, to give back what a failover lost; without ops: where the replica was loaded.
CREATE TABLE IF NOT EXISTS replica_commits (
  version INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  quiet INTEGER NOT NULL,
  ops TEXT,
  applied_at INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS replica_staged (
  name TEXT NOT NULL,
  key TEXT NOT NULL,
  columns TEXT NOT NULL,
  PRIMARY KEY (name, key)
) STRICT, WITHOUT ROWID;
`;

export interface ReplicaFile {
  /** For reads, and for verbs that are rolled back. */
  readonly db: Database;
  /**
   * The one that changes the file. Without foreign keys: the rows that it is given are consistent as they are, and
   * a cascade here would take what the commit does not name.
   */
  readonly applier: Database;
  close(): void;
}

const number = (db: Database, sql: string): number => db.prepare<[number]>(sql).get()?.[0] ?? 0;

/** What speaks against using the file; null: nothing. */
function findFault(db: Database): string | null {
  if (number(db, 'PRAGMA application_id') !== APPLICATION_ID) return 'another program made it';
  if (number(db, 'PRAGMA user_version') !== MIGRATIONS.length) return 'its schema is another one';
  const own = `SELECT count(*) FROM sqlite_schema WHERE name = 'replica_position'`;
  if (number(db, own) === 0) return 'it is no replica';
  if (number(db, `SELECT count(*) FROM replica_position WHERE format <> ${FORMAT}`) > 0) {
    return 'its format is another one';
  }
  return findDamage(db)[0] ?? null;
}

function findFaultAt(path: string): string | null {
  const db = openDatabase(path);
  try {
    return findFault(db);
  } catch (error) {
    if (isCorrupt(error)) return (error as Error).message;
    throw error;
  } finally {
    db.close();
  }
}

function remove(path: string): void {
  for (const end of ['', '-wal', '-shm', '-journal']) rmSync(`${path}${end}`, { force: true });
}

function connect(path: string): ReplicaFile {
  const db = openDatabase(path);
  db.exec(SETTINGS);
  migrate(db, path);
  db.exec(OWN_TABLES);
  const applier = openDatabase(path);
  applier.exec(`${SETTINGS} PRAGMA foreign_keys = OFF;`);
  return {
    db,
    applier,
    close: () => {
      applier.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      applier.close();
      db.close();
    },
  };
}

/** The folder must be locked (lock.ts). */
export function openReplicaFile(dataDir: string, log: Logger): ReplicaFile {
  const path = join(dataDir, 'replica.db');
  const isNew = !existsSync(path);
  if (isNew) remove(path);
  prepareFiles(dataDir, path);
  const fault = isNew ? null : findFaultAt(path);
  if (fault !== null) {
    log.warn({ path, fault }, 'the replica cannot be used: it is thrown away and loaded anew');
    remove(path);
    prepareFiles(dataDir, path);
  }
  return connect(path);
}
