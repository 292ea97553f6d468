import { describe, expect, test } from '@jest/globals';
import { copyFileSync, existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALL, apply, makeUser, newJob, NOW, seed } from '../fixtures.ts';
import { useWorkplace } from './support.ts';

const { folder, open } = useWorkplace();

/** Puts a backup into a new data folder, as docs/backup.md tells an operator to. */
function restore(file: string): string {
  const dataDir = folder();
  copyFileSync(file, join(dataDir, 'wharfpass.db'));
  return dataDir;
}

describe('backup', () => {
  test('holds everything of one moment, for the owner alone', async () => {
    const store = await open(folder());
    const world = await seed(store);
    const job = await newJob(store, world);
    await store.jobs.start(job);
    const target = join(folder(), 'copy.db');
    const umask = process.umask(0);
    await store.backup(target).finally(() => process.umask(umask));
    expect(statSync(target).mode & 0o777).toBe(0o600);
    await apply(store, makeUser('later'));
    const restored = await open(restore(target));
    expect((await restored.directory.users(ALL)).total).toBe(2);
    expect(await restored.directory.projects(ALL)).toEqual(await store.directory.projects(ALL));
    expect(await restored.jobs.admit(job.tokenHash)).toEqual(await store.jobs.admit(job.tokenHash));
    expect(await restored.checkIntegrity()).toEqual([]);
  });

  test('goes on counting ids where the backup was made', async () => {
    const store = await open(folder());
    const { bob } = await seed(store);
    await apply(store, { kind: 'user.delete', user: 'bob' });
    const taken = await store.jobs.reserveId();
    const target = join(folder(), 'copy.db');
    await store.backup(target);
    const restored = await open(restore(target));
    expect(await apply(restored, makeUser('bob'))).toBeGreaterThan(bob);
    expect(await restored.jobs.reserveId()).toBeGreaterThan(taken);
  });

  test('T28: a restored file knows nothing of what was revoked since, as the manual warns', async () => {
    const store = await open(folder());
    const job = await newJob(store, await seed(store));
    await store.jobs.start(job);
    const target = join(folder(), 'copy.db');
    await store.backup(target);
    await store.jobs.setStatus(job.projectId, job.id, 'success', NOW);
    const restored = await open(restore(target));
    expect((await restored.jobs.admit(job.tokenHash))?.job.status).toBe('running');
  });

  test('never overwrites a file', async () => {
    const store = await open(folder());
    const target = join(folder(), 'copy.db');
    writeFileSync(target, 'precious');
    await expect(store.backup(target)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(target),
    });
    expect(statSync(target).size).toBe(8);
  });

  test('says what is wrong where it cannot write, and leaves nothing behind', async () => {
    const store = await open(folder());
    const where = folder();
    const target = join(where, 'missing', 'copy.db');
    await expect(store.backup(target)).rejects.toMatchObject({
      code: 'bad_request',
      message: expect.stringContaining(target),
    });
    await store.backup(join(where, 'copy.db'));
    expect(readdirSync(where)).toEqual(['copy.db']);
    expect(existsSync(target)).toBe(false);
  });

  test('the store goes on while it is made', async () => {
    const store = await open(folder());
    await seed(store);
    const [, id] = await Promise.all([
      store.backup(join(folder(), 'a.db')),
      apply(store, makeUser('kim')),
    ]);
    expect(await store.directory.user(id)).toMatchObject({ username: 'kim' });
  });
});
