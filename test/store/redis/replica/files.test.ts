import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { closeSync, openSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { openDatabase } from '../../../../src/store/embedded/database.ts';
import { FORMAT } from '../../../../src/store/redis/replica/commit.ts';
import { until } from '../../../support/redis/child.ts';
import { startRedis, type SingleRedis } from '../../../support/redis/single.ts';
import { ALL, apply, makeUser, seed } from '../../fixtures.ts';
import { newFolder, useFleet, type Fleet } from './support.ts';

const NONE = { mode: 0o600 };

function edit(dataDir: string, sql: string): void {
  const db = openDatabase(joinPath(dataDir, 'replica.db'));
  db.exec(sql);
  db.close();
}

function scribble(dataDir: string): void {
  const path = joinPath(dataDir, 'replica.db');
  const file = openSync(path, 'r+');
  // The second page and on: the header still looks right.
  writeSync(file, Buffer.alloc(20_000, 0x5a), 0, 20_000, 4_096);
  closeSync(file);
}

describe('the file of the replica', () => {
  let server: SingleRedis;
  beforeAll(async () => {
    server = await startRedis({ config: { appendonly: 'no' } });
  });
  afterAll(() => server.stop());
  const newFleet = useFleet(() => server);

  /** A folder with a replica of a seeded store in it, closed. */
  async function usedFolder(fleet: Fleet): Promise<string> {
    const first = await fleet.open();
    await seed(first.store);
    await first.close();
    return first.dataDir;
  }

  test('is used again, so that only what is new is fetched', async () => {
    const fleet = await newFleet();
    const dataDir = await usedFolder(fleet);
    const b = await fleet.open();
    await apply(b.store, makeUser('kate'));
    await server.cli('DEL', fleet.keys.rows('users'));
    const again = await fleet.open({ dataDir });
    expect((await again.store.directory.users(ALL)).total).toBe(3);
    expect(statSync(joinPath(dataDir, 'replica.db')).mode & 0o777).toBe(0o600);
  });

  test.each<[string, (dataDir: string) => void]>([
    ['damaged', scribble],
    ['no database', (dir) => writeFileSync(joinPath(dir, 'replica.db'), 'x'.repeat(9_000), NONE)],
    ['empty', (dir) => writeFileSync(joinPath(dir, 'replica.db'), '', NONE)],
    ['of another program', (dir) => edit(dir, 'PRAGMA application_id = 7')],
    ['of an older schema', (dir) => edit(dir, 'PRAGMA user_version = 0')],
    ['of a newer schema', (dir) => edit(dir, 'PRAGMA user_version = 99')],
    ['of another format', (dir) => edit(dir, `UPDATE replica_position SET format = ${FORMAT + 1}`)],
    ['inconsistent', (dir) => edit(dir, 'PRAGMA foreign_keys = 0; DELETE FROM users')],
    ['gone', (dir) => rmSync(joinPath(dir, 'replica.db'))],
  ])('is loaded anew where it is %s', async (_what, spoil) => {
    const fleet = await newFleet();
    const dataDir = await usedFolder(fleet);
    spoil(dataDir);
    const again = await fleet.open({ dataDir });
    expect((await again.store.directory.users(ALL)).total).toBe(2);
    expect(fleet.digest(again)).toBe(fleet.digest(await fleet.open()));
    await apply(again.store, makeUser('kate'));
  });

  test('belongs to one process at a time', async () => {
    const fleet = await newFleet();
    const first = await fleet.open();
    const sentence = expect.stringContaining('is used by another wharfpass');
    await expect(fleet.open({ dataDir: first.dataDir })).rejects.toMatchObject({
      message: sentence,
    });
    await first.close();
    await fleet.open({ dataDir: first.dataDir });
  });
});

describe('whose store it is', () => {
  let server: SingleRedis;
  beforeAll(async () => {
    server = await startRedis({ config: { appendonly: 'no' } });
  });
  afterAll(() => server.stop());
  const newFleet = useFleet(() => server);
  const refused = (part: string) => ({
    code: 'internal',
    message: expect.stringContaining(part),
  });

  test('the first start makes one, and every start gives its id', async () => {
    const fleet = await newFleet();
    const ids = await Promise.all([1, 2, 3].map(() => fleet.open({ start: false })));
    const stores = await Promise.all(ids.map(({ replica }) => replica.start()));
    expect(new Set(stores).size).toBe(1);
    expect(await server.cli('HMGET', fleet.keys.head, 'store', 'format', 'keys')).toEqual([
      stores[0],
      String(FORMAT),
      'keys',
    ]);
  });

  test('an instance with other keys is refused', async () => {
    const fleet = await newFleet();
    await fleet.open();
    await expect(fleet.open({ fingerprint: 'other' })).rejects.toMatchObject(refused('keys_dir'));
  });

  test('a folder that belongs to another store is refused', async () => {
    const [mine, other] = [await newFleet(), await newFleet()];
    const first = await mine.open();
    await first.close();
    await other.open();
    const { dataDir } = first;
    await expect(other.open({ dataDir })).rejects.toMatchObject(refused('another store'));
    const journalStore = 'what-the-journal-knows';
    await expect(other.open({ journalStore })).rejects.toMatchObject(refused('another store'));
  });

  test('an emptied Redis is not filled with nothing', async () => {
    const fleet = await newFleet();
    const first = await fleet.open();
    await seed(first.store);
    await first.close();
    await server.cli('DEL', fleet.keys.head, fleet.keys.log);
    await expect(fleet.open({ dataDir: first.dataDir })).rejects.toMatchObject(
      refused('no wharfpass data'),
    );
    await expect(fleet.open({ dataDir: newFolder() })).rejects.toMatchObject(
      refused('without its head'),
    );
  });

  test.each([
    ['another format', ['format', String(FORMAT + 1)]],
    ['another store', ['store', 'other']],
  ])(
    'a running instance that meets %s stops, and goes on when it is gone',
    async (_what, change) => {
      const fleet = await newFleet();
      const a = await fleet.open({ staleCredentials: 60_000 });
      const { jane } = await seed(a.store);
      const [field = '', value = ''] = change;
      const before = String(await server.cli('HGET', fleet.keys.head, field));
      await server.cli('HSET', fleet.keys.head, field, value);
      const away = { code: 'store_unavailable' };
      await expect(a.store.directory.user(jane)).rejects.toMatchObject(away);
      await expect(apply(a.store, makeUser('kate'))).rejects.toMatchObject(away);
      await until('that it says why', () => a.replica.state().misfit !== null, 1_000);
      const facts = { repositories: ['acme/other'], userId: null, homeProjectId: null, now: 1 };
      await expect(a.store.directory.facts(facts)).rejects.toMatchObject(away);
      await server.cli('HSET', fleet.keys.head, field, before);
      await until(
        'that it serves again',
        async () => (await a.store.directory.user(jane)) !== null,
      );
      expect(a.replica.state().misfit).toBeNull();
    },
  );
});
