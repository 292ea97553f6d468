/** The store's folder and file, and who may read them. */
import { closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs';
import { platform } from 'node:os';
import { join } from 'node:path';
import { AppError, storeUnavailable } from '../../errors.ts';

export const databaseFile = (dataDir: string): string => join(dataDir, 'wharfpass.db');

function refuseWider(path: string, allowed: number): void {
  // Windows keeps access lists in place of modes.
  if (platform() === 'win32') return;
  const mode = statSync(path).mode & 0o777;
  if ((mode & ~allowed) === 0) return;
  const octal = (bits: number): string => bits.toString(8).padStart(4, '0');
  throw new AppError(
    'internal',
    `${path} has mode ${octal(mode)}, so others can reach what is in it. Run: chmod ${octal(allowed)} '${path}'`,
  );
}

/**
 * SQLite would make the file with the umask's mode; -wal and -shm take theirs from it. A file that exists is never
 * opened here: closing it again would drop the locks that this process may hold on it
 * (https://sqlite.org/howtocorrupt.html, section 2.2).
 */
function makeEmpty(path: string): void {
  if (existsSync(path)) return;
  if (existsSync(`${path}-wal`)) {
    const advice = 'Bring the file back, or move the -wal and -shm files away (docs/backup.md).';
    throw new AppError('internal', `${path} is missing, but ${path}-wal is there. ${advice}`);
  }
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (!existsSync(path)) throw error;
  }
}

/** Makes folder and file where they are missing (0700, 0600) and refuses wider modes. Returns the file's path. */
export function prepareFiles(dataDir: string, path = databaseFile(dataDir)): string {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    makeEmpty(path);
  } catch (error) {
    if (error instanceof AppError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new AppError('internal', `The store needs to write ${path}: ${reason}`, { cause: error });
  }
  refuseWider(dataDir, 0o700);
  refuseWider(path, 0o600);
  return path;
}

/**
 * Throws `store_unavailable` once the path no longer leads to the file that was opened: SQLite would go on writing to
 * the file that is gone, and nothing acknowledged from then on would last.
 */
export function createFileGuard(path: string): () => void {
  const opened = statSync(path);
  return () => {
    const now = statSync(path, { throwIfNoEntry: false });
    if (now?.ino === opened.ino && now.dev === opened.dev) return;
    throw storeUnavailable(`${path} was removed or replaced while in use; restart wharfpass`);
  };
}
