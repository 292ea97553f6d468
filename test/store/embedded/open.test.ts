import { describe, expect, test } from '@jest/globals';
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite';
import {
  chmodSync,
  copyFileSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { connect } from '../../../src/store/embedded/connection.ts';
import { MIGRATIONS } from '../../../src/store/embedded/schema.ts';
import { ALL, apply, makeUser, seed } from '../fixtures.ts';
import { useWorkplace } from './support.ts';

const { folder, open } = useWorkplace();
const modeOf = (path: string): number => statSync(path).mode & 0o777;

describe('files', () => {
  test('makes folder and files for the owner alone, whatever the umask', async () => {
    const dataDir = join(folder(), 'deep', 'data');
    const umask = process.umask(0);
    try {
      const store = await open(dataDir);
      await seed(store);
    } finally {
      process.umask(umask);
    }
    expect(modeOf(dataDir)).toBe(0o700);
    for (const name of ['wharfpass.db', 'wharfpass.db-wal', 'wharfpass.db-shm']) {
      expect([name, modeOf(join(dataDir, name))]).toEqual([name, 0o600]);
    }
  });

  test.each([0o750, 0o705, 0o777])(
    'refuses a folder of mode %o with the command that mends it',
    async (mode) => {
      const dataDir = folder();
      chmodSync(dataDir, mode);
      await expect(open(dataDir)).rejects.toThrow(`chmod 0700 '${dataDir}'`);
      chmodSync(dataDir, 0o700);
      await open(dataDir);
    },
  );

  test('refuses a file of a wider mode with the command that mends it', async () => {
    const dataDir = folder();
    await (await open(dataDir)).close();
    const path = join(dataDir, 'wharfpass.db');
    chmodSync(path, 0o640);
    await expect(open(dataDir)).rejects.toThrow(`chmod 0600 '${path}'`);
    chmodSync(path, 0o400);
    await open(dataDir);
  });

  test('says what is wrong where the folder cannot be made', async () => {
    const file = join(folder(), 'file');
    writeFileSync(file, '');
    await expect(open(join(file, 'data'))).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringContaining(join(file, 'data')),
    });
  });

  test('after closing, the file alone holds everything', async () => {
    const dataDir = folder();
    const store = await open(dataDir);
    await seed(store);
    await store.close();
    const elsewhere = folder();
    copyFileSync(join(dataDir, 'wharfpass.db'), join(elsewhere, 'wharfpass.db'));
    const copy = await open(elsewhere);
    expect((await copy.directory.users(ALL)).total).toBe(2);
  });

  test('a log without its file is not thrown away', async () => {
    const dataDir = folder();
    await seed(await open(dataDir));
    const path = join(dataDir, 'wharfpass.db');
    renameSync(path, `${path}.away`);
    await expect(open(dataDir)).rejects.toThrow(`${path} is missing, but ${path}-wal is there`);
    renameSync(`${path}.away`, path);
    const store = await open(dataDir);
    expect((await store.directory.users(ALL)).total).toBe(2);
  });

  test('opening a store again does not drop the locks that the process holds on it', async () => {
    const dataDir = folder();
    const first = await open(dataDir);
    await seed(first);
    const locks = () => locksOn(join(dataDir, 'wharfpass.db'));
    const before = locks();
    const second = await open(dataDir);
    expect(before).toBeGreaterThan(0);
    expect(locks()).toBe(before);
    await second.directory.users(ALL);
  });
});

describe('connection', () => {
  test('every commit waits for the disk, and nothing in the file is trusted', async () => {
    const path = join(folder(), 'x.db');
    const db = await connect(path);
    const pragma = (name: string) => db.prepare(`PRAGMA ${name}`).get()?.[0];
    expect(pragma('journal_mode')).toBe('wal');
    expect(pragma('synchronous')).toBe(2);
    expect(pragma('foreign_keys')).toBe(1);
    expect(pragma('trusted_schema')).toBe(0);
    expect(pragma('busy_timeout')).toBe(0);
    db.close();
  });

  test('all tables are strict, and all ids grow for ever', async () => {
    const path = join(folder(), 'x.db');
    const db = await connect(path);
    const tables = db.prepare<[string, string]>(
      `SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`,
    );
    for (const [name, sql] of tables.all()) {
      expect([name, sql]).toEqual([name, expect.stringMatching(/STRICT$/)]);
      // A job's id comes from a counter.
      if (sql.includes('INTEGER PRIMARY KEY') && name !== 'jobs')
        expect(sql).toContain('AUTOINCREMENT');
    }
    db.close();
  });
});

describe('versions', () => {
  test('several may make and open one store at once', async () => {
    const dataDir = folder();
    const stores = await Promise.all(Array.from({ length: 6 }, () => open(dataDir)));
    await Promise.all(stores.map((store, index) => apply(store, makeUser(`user${index}`))));
    expect((await stores[0]?.directory.users(ALL))?.total).toBe(6);
  });

  test('a newer schema is refused, and left as it is', async () => {
    const dataDir = folder();
    await (await open(dataDir)).close();
    const path = join(dataDir, 'wharfpass.db');
    withSqlite(path, (db) => db.exec(`PRAGMA user_version = ${MIGRATIONS.length + 1}`));
    const before = readFileSync(path);
    await expect(open(dataDir)).rejects.toThrow(/newer wharfpass.*docs\/backup\.md/);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test('an older schema is brought up in one step, or not at all', async () => {
    const dataDir = folder();
    const path = join(dataDir, 'wharfpass.db');
    await (await open(dataDir)).close();
    // The first migration meets its own tables: it fails, and the file stays as it was.
    withSqlite(path, (db) => db.exec('PRAGMA user_version = 0'));
    await expect(open(dataDir)).rejects.toThrow('already exists');
    withSqlite(path, (db) => {
      expect(db.prepare('PRAGMA user_version').get()).toEqual({ user_version: 0 });
      db.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
    });
    await open(dataDir);
  });

  test("another program's database is refused", async () => {
    const dataDir = folder();
    const path = join(dataDir, 'wharfpass.db');
    writeFileSync(path, '', { mode: 0o600 });
    withSqlite(path, (db) => db.exec('CREATE TABLE notes (text)'));
    await expect(open(dataDir)).rejects.toThrow(`${path} is not a wharfpass store`);
  });
});

describe('damage', () => {
  const damaged = async (spoil: (path: string) => void): Promise<string> => {
    const dataDir = folder();
    const store = await open(dataDir);
    await seed(store);
    await store.close();
    spoil(join(dataDir, 'wharfpass.db'));
    return dataDir;
  };

  test.each([
    ['text', (path: string) => writeFileSync(path, 'this is no database, '.repeat(500))],
    ['zeroes', (path: string) => writeFileSync(path, Buffer.alloc(8192))],
    ['half a page', (path: string) => truncateSync(path, 2048)],
  ])('a file of %s is refused, and the message says what to do', async (_what, spoil) => {
    const dataDir = await damaged(spoil);
    await expect(open(dataDir)).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringMatching(/wharfpass\.db is (damaged|no).*docs\/backup\.md/),
    });
  });

  test('damage in the middle is found by the check, and never read as an answer', async () => {
    const dataDir = await damaged((path) => {
      const bytes = readFileSync(path);
      const page = pageOf(path, 'users');
      bytes.fill(0xa5, (page - 1) * 4096, page * 4096);
      writeFileSync(path, bytes);
    });
    const store = await open(dataDir);
    const damage = await store.checkIntegrity();
    expect(damage.length).toBeGreaterThan(0);
    await expect(store.directory.users(ALL)).rejects.toMatchObject({
      code: 'store_unavailable',
      detail: expect.stringContaining('docs/backup.md'),
    });
  });

  test('a sound file has nothing to complain about', async () => {
    const store = await open(folder());
    await seed(store);
    expect(await store.checkIntegrity()).toEqual([]);
  });
});

/** The first page of a table, counted from 1. */
function pageOf(path: string, table: string): number {
  let page = 0;
  withSqlite(path, (db) => {
    page = db.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').get(table).rootpage;
  });
  return page;
}

/** Locks that this process holds on a file, as the kernel lists them. */
function locksOn(path: string): number {
  const inode = `:${statSync(path).ino} `;
  const lines = readFileSync('/proc/locks', 'utf8').split('\n');
  return lines.filter((line) => line.includes(` ${process.pid} `) && line.includes(inode)).length;
}

function withSqlite(path: string, work: (db: DatabaseSyncInstance) => void): void {
  const db = new DatabaseSync(path);
  work(db);
  db.close();
}
