import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { AppError } from '../../errors.ts';
import type { Database } from './database.ts';

function sync(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/**
 * Copies one moment of the store into a new file that is whole when it appears: VACUUM INTO a file of our own making,
 * because SQLite would give it the umask's mode and would not wait for the disk.
 */
export function backup(db: Database, to: string): void {
  if (existsSync(to)) {
    throw new AppError('conflict', `${to} exists. Name a new file for the backup.`);
  }
  const partial = `${to}.partial`;
  try {
    closeSync(openSync(partial, 'wx', 0o600));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AppError('bad_request', `Cannot write the backup: ${reason}`, { cause: error });
  }
  try {
    db.prepare('VACUUM INTO ?').run(partial);
    sync(partial);
    renameSync(partial, to);
    sync(dirname(to));
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
}
