import { describe, expect, test } from '@jest/globals';
import { DatabaseSync } from '@photostructure/sqlite';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '../../../src/store/embedded/connection.ts';
import type { Database } from '../../../src/store/embedded/database.ts';
import { createDirectory } from '../../../src/store/embedded/directory.ts';
import { createLastUse } from '../../../src/store/embedded/last-use.ts';
import { createRead } from '../../../src/store/embedded/reader.ts';
import { createVersion } from '../../../src/store/embedded/version.ts';
import { createWriter, type Writer } from '../../../src/store/embedded/writer.ts';
import { ALL, apply, makeUser, newJob, NOW, seed } from '../fixtures.ts';
import { silent, useWorkplace } from './support.ts';

const { folder, open } = useWorkplace();
const noHooks = { guard: () => {}, onCommit: () => {} };
const unavailable = { code: 'store_unavailable', retryAfter: 1 };

/** Holds the write lock, as a process that hangs within a transaction would. */
function lock(dataDir: string): () => void {
  const db = new DatabaseSync(join(dataDir, 'wharfpass.db'));
  db.exec('BEGIN IMMEDIATE');
  return () => {
    db.exec('ROLLBACK');
    db.close();
  };
}

describe('another process holds the lock', () => {
  test('T29: what was given up does not happen later', async () => {
    const dataDir = folder();
    const store = await open(dataDir);
    const job = await newJob(store, await seed(store));
    await store.jobs.start(job);
    const unlock = lock(dataDir);
    const began = performance.now();
    const finish = store.jobs.setStatus(job.projectId, job.id, 'success', NOW);
    await expect(finish).rejects.toMatchObject(unavailable);
    const waited = performance.now() - began;
    expect(waited).toBeGreaterThan(350);
    expect(waited).toBeLessThan(2_000);
    unlock();
    await sleep(50);
    expect((await store.jobs.admit(job.tokenHash))?.job.status).toBe('running');
    await store.jobs.setStatus(job.projectId, job.id, 'success', NOW);
    expect((await store.jobs.admit(job.tokenHash))?.job.status).toBe('success');
  });

  test('a write waits for a short lock by timer: were the event loop held up, the lock would stay', async () => {
    const dataDir = folder();
    const store = await open(dataDir);
    const unlock = lock(dataDir);
    setTimeout(unlock, 60);
    await apply(store, makeUser('jane'));
    expect((await store.directory.users(ALL)).total).toBe(1);
  });

  test('reads go on', async () => {
    const dataDir = folder();
    const store = await open(dataDir);
    const { jane } = await seed(store);
    const unlock = lock(dataDir);
    const query = { repositories: ['acme/other'], userId: jane, homeProjectId: null, now: NOW };
    expect((await store.directory.facts(query)).size).toBe(1);
    expect(await store.directory.user(jane)).not.toBeNull();
    await expect(store.ping()).resolves.toBeUndefined();
    unlock();
  });

  test('closing waits for what was accepted', async () => {
    const dataDir = folder();
    const store = await open(dataDir);
    const unlock = lock(dataDir);
    setTimeout(unlock, 50);
    const written = apply(store, makeUser('jane'));
    await store.close();
    await expect(written).resolves.toBe(1);
    const again = await open(dataDir);
    expect((await again.directory.users(ALL)).total).toBe(1);
  });
});

describe('the disk is full', () => {
  test('writes are refused whole, reads go on, and it recovers when there is room', async () => {
    const path = join(folder(), 'x.db');
    const db = await connect(path);
    const writer = createWriter(db, silent, noHooks);
    const directory = createDirectory(db, createRead(db), writer, createVersion(db));
    const add = (from: number, count: number) =>
      directory.apply(
        Array.from({ length: count }, (_, index) => makeUser(`user-${from + index}`)),
        NOW,
      );
    await add(0, 10);
    const pages = db.prepare<[number]>('PRAGMA page_count').get()?.[0] ?? 0;
    db.exec(`PRAGMA max_page_count = ${pages + 1}`);
    const results = await Promise.allSettled([add(1_000, 2_000), add(5_000, 2_000)]);
    for (const result of results) {
      expect(result).toMatchObject({ status: 'rejected', reason: unavailable });
    }
    expect((await directory.users(ALL)).total).toBe(10);
    await expect(add(1_000, 2_000)).rejects.toMatchObject(unavailable);
    db.exec('PRAGMA max_page_count = 1000000');
    await add(1_000, 2_000);
    expect((await directory.users(ALL)).total).toBe(2_010);
    await writer.close();
    db.close();
  });
});

describe('the file is gone', () => {
  test('writes and pings are refused, for nothing would last', async () => {
    const dataDir = folder();
    const store = await open(dataDir);
    const path = join(dataDir, 'wharfpass.db');
    renameSync(path, `${path}.old`);
    await expect(apply(store, makeUser('jane'))).rejects.toMatchObject(unavailable);
    await expect(store.ping()).rejects.toMatchObject(unavailable);
    renameSync(`${path}.old`, path);
    await apply(store, makeUser('jane'));
    await store.ping();
  });
});

describe('group commit', () => {
  test('verbs of one turn share a commit; one that throws takes nothing with it', async () => {
    const db = await connect(join(folder(), 'x.db'));
    let commits = 0;
    const writer = createWriter(db, silent, { ...noHooks, onCommit: () => (commits += 1) });
    const insert = db.prepare(`INSERT INTO counters VALUES (?, ?)`);
    const results = await Promise.allSettled([
      writer.write(() => insert.run('a', 1)),
      writer.write(() => {
        insert.run('b', 1);
        throw new Error('no');
      }),
      writer.write(() => insert.run('a', 2)),
      writer.write(() => insert.run('c', 1)),
    ]);
    expect(commits).toBe(1);
    expect(results.map((result) => result.status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'fulfilled',
    ]);
    expect(results[1]).toMatchObject({ reason: { message: 'no' } });
    expect(results[2]).toMatchObject({ reason: { code: 'conflict' } });
    const names = db.prepare<[string]>(
      `SELECT name FROM counters WHERE length(name) = 1 ORDER BY 1`,
    );
    expect(names.all().flat()).toEqual(['a', 'c']);
    db.close();
  });

  test('more verbs than fit one transaction are all run, in order', async () => {
    const db = await connect(join(folder(), 'x.db'));
    const writer = createWriter(db, silent, noHooks);
    const order: number[] = [];
    await Promise.all(
      Array.from({ length: 1_000 }, (_, index) => writer.write(() => order.push(index))),
    );
    expect(order).toEqual(Array.from({ length: 1_000 }, (_, index) => index));
    db.close();
  });
});

describe('a rollback fails', () => {
  test('the connection is closed, for it would show what was never committed', async () => {
    const real = await connect(join(folder(), 'x.db'));
    const broken = {
      get: () => undefined,
      all: () => [],
      run: () => {
        throw new Error('no rollback');
      },
    };
    const db: Database = {
      ...real,
      prepare: (sql) => (sql === 'ROLLBACK' ? broken : real.prepare(sql)),
      get inTransaction() {
        return real.inTransaction;
      },
    };
    const writer = createWriter(db, silent, noHooks);
    const counters = real.prepare('SELECT name FROM counters');
    const failing = writer.write(() => {
      real.exec("INSERT INTO counters VALUES ('never', 1)");
      real.exec('SELECT nonsense');
    });
    await expect(failing).rejects.toMatchObject(unavailable);
    expect(real.isOpen).toBe(false);
    expect(() => counters.all()).toThrow();
    await expect(writer.write(() => 1)).rejects.toMatchObject(unavailable);
  });
});

describe('last use', () => {
  const counting = async () => {
    const db = await connect(join(folder(), 'x.db'));
    let writes = 0;
    const writer: Writer = {
      write: async (verb) => {
        writes += 1;
        return verb();
      },
      close: async () => {},
    };
    const lastUse = createLastUse(db, writer, silent, 'personal_access_tokens');
    return { lastUse, db, writes: () => writes };
  };

  test('many uses of many tokens are one write, and a token is noted once a minute', async () => {
    const { lastUse, db, writes } = await counting();
    for (let use = 0; use < 1_000; use += 1) lastUse.touch(use % 10, NOW + use);
    await lastUse.flush();
    expect(writes()).toBe(1);
    lastUse.touch(3, NOW + 59_000);
    await lastUse.flush();
    expect(writes()).toBe(1);
    lastUse.touch(3, NOW + 61_000);
    await lastUse.flush();
    expect(writes()).toBe(2);
    db.close();
  });

  test('it is written by itself after a moment', async () => {
    const { lastUse, db, writes } = await counting();
    lastUse.touch(1, NOW);
    await sleep(1_300);
    expect(writes()).toBe(1);
    db.close();
  });

  test('a write that fails is tried again at the next use', async () => {
    const { lastUse, db } = await counting();
    db.close();
    lastUse.touch(1, NOW);
    await expect(lastUse.flush()).resolves.toBeUndefined();
    lastUse.touch(1, NOW + 1);
    await expect(lastUse.flush()).resolves.toBeUndefined();
  });
});
