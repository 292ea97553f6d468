import { expect, test } from '@jest/globals';
import { DatabaseSync } from '@photostructure/sqlite';
import { join } from 'node:path';
import { connect } from '../../../src/store/embedded/connection.ts';
import { createRead } from '../../../src/store/embedded/reader.ts';
import { useWorkplace } from './support.ts';

const { folder } = useWorkplace();

/**
 * In WAL mode a reader meets a lock only while another process recovers or closes the store. A file in rollback mode
 * lets a test hold such a lock.
 */
async function locked() {
  const path = join(folder(), 'x.db');
  const db = await connect(path);
  db.exec('PRAGMA journal_mode = DELETE');
  const other = new DatabaseSync(path);
  const counters = db.prepare<[string, number]>('SELECT name, value FROM counters');
  other.exec('BEGIN EXCLUSIVE');
  return { db, other, counters, read: createRead(db) };
}

test.each(['get', 'all'] as const)('a read by %s waits for a short lock', async (method) => {
  const { db, other, counters, read } = await locked();
  setTimeout(() => other.exec('COMMIT'), 60);
  await expect(read(() => counters[method]())).resolves.toBeTruthy();
  await expect(read(() => db.snapshot(() => counters[method]()))).resolves.toBeTruthy();
  other.close();
  db.close();
});

test.each(['get', 'all'] as const)('a read by %s gives up in time', async (method) => {
  const { db, other, counters, read } = await locked();
  const began = performance.now();
  await expect(read(() => counters[method]())).rejects.toMatchObject({ code: 'store_unavailable' });
  expect(performance.now() - began).toBeLessThan(2_000);
  await expect(read(() => db.snapshot(() => counters[method]()))).rejects.toMatchObject({
    code: 'store_unavailable',
  });
  other.exec('COMMIT');
  await expect(read(() => counters[method]())).resolves.toBeTruthy();
  other.close();
  db.close();
});
