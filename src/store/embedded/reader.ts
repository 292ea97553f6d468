import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { storeUnavailable } from '../../errors.ts';
import type { Database } from './database.ts';
import { isBusy, isSqliteError, toAppError } from './sqlite-error.ts';

/** How long a read may wait, in milliseconds. Only recovery and the last close of a connection make it wait at all. */
const READ_DEADLINE = 400;

/** Runs a synchronous query; its errors become the store's. */
export type Read = <T>(query: () => T) => Promise<T>;

export function createRead(db: Database): Read {
  async function retry<T>(query: () => T): Promise<T> {
    const giveUpAt = performance.now() + READ_DEADLINE;
    for (;;) {
      await sleep(1 + Math.random() * 4);
      try {
        return query();
      } catch (error) {
        if (!isBusy(error) || performance.now() > giveUpAt) throw toAppError(error);
      }
    }
  }

  return async (query) => {
    try {
      return query();
    } catch (error) {
      if (isBusy(error)) return retry(query);
      if (!db.isOpen && !isSqliteError(error)) throw storeUnavailable('the store is closed', error);
      throw toAppError(error);
    }
  };
}
