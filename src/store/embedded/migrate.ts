import { AppError } from '../../errors.ts';
import type { Database } from './database.ts';
import { APPLICATION_ID, MIGRATIONS } from './schema.ts';

const CURRENT = MIGRATIONS.length;

function pragma(db: Database, name: 'user_version' | 'application_id'): number {
  return db.prepare<[number]>(`PRAGMA ${name}`).get()?.[0] ?? 0;
}

function isEmpty(db: Database): boolean {
  return db.prepare<[number]>('SELECT count(*) FROM sqlite_schema').get()?.[0] === 0;
}

function refuseForeign(db: Database, path: string): void {
  if (pragma(db, 'application_id') === APPLICATION_ID || isEmpty(db)) return;
  throw new AppError('internal', `${path} is not a wharfpass store: another program made it.`);
}

function refuseNewer(version: number, path: string): void {
  if (version <= CURRENT) return;
  throw new AppError(
    'internal',
    `${path} was written by a newer wharfpass (schema ${version}, this one knows ${CURRENT}). ` +
      'Install that version, or restore a backup made before the upgrade (docs/backup.md).',
  );
}

/** Brings the file to the current schema, as a whole or not at all. Another process may do the same at once. */
export function migrate(db: Database, path: string): void {
  refuseForeign(db, path);
  refuseNewer(pragma(db, 'user_version'), path);
  if (pragma(db, 'user_version') === CURRENT) return;
  db.exec('BEGIN IMMEDIATE');
  try {
    const from = pragma(db, 'user_version');
    refuseNewer(from, path);
    for (const sql of MIGRATIONS.slice(from)) db.exec(sql);
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${CURRENT}`);
    db.exec('COMMIT');
  } catch (error) {
    if (db.inTransaction) db.exec('ROLLBACK');
    throw error;
  }
}
