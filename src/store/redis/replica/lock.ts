import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../../errors.ts';
import { openDatabase } from '../../embedded/database.ts';
import { prepareFiles } from '../../embedded/files.ts';
import { isBusy } from '../../embedded/sqlite-error.ts';

/** How long a new instance waits for the one before it to end, in milliseconds. */
const PATIENCE = 2_000;

/**
 * Holds the data folder for this process by a lock that the system takes away when the process ends, however it does.
 * Returns what lets go of it.
 */
export async function lockFolder(dataDir: string): Promise<() => void> {
  const path = join(dataDir, 'replica.lock');
  prepareFiles(dataDir, path);
  const db = openDatabase(path);
  const giveUpAt = performance.now() + PATIENCE;
  for (;;) {
    try {
      db.exec('BEGIN EXCLUSIVE');
      return () => {
        db.exec('ROLLBACK');
        db.close();
      };
    } catch (error) {
      if (isBusy(error) && performance.now() < giveUpAt) await sleep(20);
      else {
        db.close();
        if (!isBusy(error)) throw error;
        const advice = 'Each instance needs a folder of its own: set data_dir.';
        throw new AppError('internal', `${dataDir} is used by another wharfpass. ${advice}`);
      }
    }
  }
}
