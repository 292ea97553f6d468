import { expect, test } from '@jest/globals';
import { chmodSync, copyFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { partitionOfHash } from '../../../../src/store/redis/keys.ts';
import type { Revocation } from '../../../../src/store/redis/journal/entries.ts';
import { hashOf } from '../jobs/support.ts';
import { endOf, HOUR, jobOf, NOW, useFolders } from './support.ts';

const { folder, open } = useFolders();
const revocation: Revocation = {
  kind: 'deploy',
  holder: { kind: 'project', id: 7 },
  tokenId: 3,
  at: NOW,
};

test('names itself by 128 random bits, for good', async () => {
  const dataDir = folder();
  const journal = await open(dataDir);
  expect(journal.instanceId).toMatch(/^[A-Za-z0-9_-]{22}$/);
  await journal.close();
  expect((await open(dataDir)).instanceId).toBe(journal.instanceId);
  expect((await open(folder())).instanceId).not.toBe(journal.instanceId);
});

test('belongs to one store', async () => {
  const dataDir = folder();
  const journal = await open(dataDir);
  await journal.bindStore('one');
  await journal.bindStore('one');
  await journal.close();
  const again = await open(dataDir);
  await expect(again.bindStore('two')).rejects.toMatchObject({
    code: 'internal',
    message: expect.stringMatching(/journal\.db belongs to the data of another Redis\. .*data_dir/),
  });
  await again.bindStore('one');
});

test('is held by one process at a time, and let go of when it closes', async () => {
  const dataDir = folder();
  const journal = await open(dataDir);
  await expect(open(dataDir)).rejects.toMatchObject({
    code: 'internal',
    message: expect.stringMatching(/used by another wharfpass\. .*data_dir/),
  });
  await journal.close();
  await open(dataDir);
});

test('a new process waits a moment for the one before it', async () => {
  const dataDir = folder();
  const journal = await open(dataDir);
  const next = open(dataDir);
  setTimeout(() => void journal.close(), 200);
  await next;
});

test('T45: can be read by nobody else', async () => {
  const dataDir = folder();
  const journal = await open(dataDir);
  await journal.recordEnd(endOf(1));
  for (const end of ['', '-wal']) {
    expect(statSync(join(dataDir, `journal.db${end}`)).mode & 0o777).toBe(0o600);
  }
  await journal.close();
  chmodSync(join(dataDir, 'journal.db'), 0o644);
  await expect(open(dataDir)).rejects.toThrow('chmod 0600');
});

test('a file that is damaged or foreign is not used, and not thrown away', async () => {
  const damaged = folder();
  writeFileSync(join(damaged, 'journal.db'), 'x'.repeat(8192), { mode: 0o600 });
  await expect(open(damaged)).rejects.toThrow('Do not delete it');
  const dataDir = folder();
  const { openEmbeddedStore } = await import('../../../../src/store/embedded/open.ts');
  const { silent } = await import('./support.ts');
  const store = await openEmbeddedStore({ dataDir, clock: { now: () => NOW }, log: silent });
  await store.close();
  const foreign = folder();
  copyFileSync(join(dataDir, 'wharfpass.db'), join(foreign, 'journal.db'));
  await expect(open(foreign)).rejects.toThrow('another program made it');
});

test('denies at once, and still after it was opened again', async () => {
  const dataDir = folder();
  const journal = await open(dataDir);
  const noted = journal.recordEnd(endOf(1));
  expect(journal.denialOfJob(jobOf(1))).toEqual(endOf(1));
  await noted;
  await journal.close();
  const again = await open(dataDir);
  expect(again.denialOfJob(jobOf(1))).toEqual(endOf(1));
  expect(again.pendingEnds()).toEqual([endOf(1)]);
  expect(again.endsOf(partitionOfHash(hashOf('1')))).toEqual([endOf(1)]);
  expect(again.size()).toEqual({ entries: 1, pending: 1 });
});

test('denies that job and no other', async () => {
  const journal = await open(folder());
  await journal.recordEnd(endOf(1));
  expect(journal.denialOfJob(jobOf(2))).toBeNull();
  expect(journal.denialOfJob(jobOf(1, { projectId: 8 }))).toBeNull();
  expect(journal.denialOfJob(jobOf(1, { tokenHash: hashOf('another') }))).toBeNull();
});

test('what another project says of a job does not stand in the way', async () => {
  const journal = await open(folder());
  const foreign = endOf(1, { projectId: 8, status: 'failed' });
  await journal.recordEnd(foreign);
  await journal.recordEnd(endOf(1));
  await journal.forgetEnd(foreign);
  expect(journal.denialOfJob(jobOf(1))).toEqual(endOf(1));
});

test('by its id it denies a job that had started by then, not one that came later', async () => {
  const journal = await open(folder());
  await journal.recordEnd(endOf(1, { tokenHash: null }));
  expect(journal.denialOfJob(jobOf(1))).not.toBeNull();
  // Clocks of two instances may differ.
  expect(journal.denialOfJob(jobOf(1, { startedAt: NOW + 9_000 }))).not.toBeNull();
  expect(journal.denialOfJob(jobOf(1, { startedAt: NOW + 11_000 }))).toBeNull();
  const later = endOf(1, { tokenHash: null, at: NOW + 20_000 });
  await journal.recordEnd(later);
  expect(journal.denialOfJob(jobOf(1, { startedAt: NOW + 11_000 }))).toEqual(later);
  expect(journal.unplacedEnds()).toEqual([later]);
});

test('the first end of a job stands', async () => {
  const dataDir = folder();
  const journal = await open(dataDir);
  await journal.recordEnd(endOf(1));
  await journal.recordEnd(endOf(1, { status: 'failed', at: NOW + 5 }));
  expect(journal.denialOfJob(jobOf(1))).toEqual(endOf(1));
  await journal.close();
  expect((await open(dataDir)).denialOfJob(jobOf(1))).toEqual(endOf(1));
});

test('what is confirmed stays denied, and is not pending any more', async () => {
  const dataDir = folder();
  const journal = await open(dataDir);
  await journal.recordEnd(endOf(1));
  journal.confirmEnd(endOf(1), NOW + HOUR);
  expect(journal.pendingEnds()).toEqual([]);
  await journal.close();
  const again = await open(dataDir);
  expect(again.pendingEnds()).toEqual([]);
  expect(again.denialOfJob(jobOf(1))).toEqual(endOf(1));
});

test('what is forgotten denies nothing, now and later', async () => {
  const dataDir = folder();
  const journal = await open(dataDir);
  const end = endOf(1);
  await journal.recordEnd(end);
  await journal.recordRevocation(revocation);
  await journal.forgetEnd(end);
  await journal.forgetRevocation(revocation);
  const check = (one: typeof journal) => {
    expect(one.denialOfJob(jobOf(1))).toBeNull();
    expect(one.denialOfToken(revocation)).toBeNull();
    expect(one.size()).toEqual({ entries: 0, pending: 0 });
  };
  check(journal);
  await journal.close();
  check(await open(dataDir));
});

test('what is asked for again is pending again', async () => {
  const dataDir = folder();
  const journal = await open(dataDir);
  await journal.recordEnd(endOf(1));
  journal.confirmEnd(endOf(1), NOW + HOUR);
  await journal.sweep();
  await journal.recordEnd(endOf(1, { status: 'failed' }));
  expect(journal.pendingEnds()).toEqual([endOf(1)]);
  await journal.close();
  expect((await open(dataDir)).pendingEnds()).toEqual([endOf(1)]);
});

test('to forget a second end of a job does not forget the first', async () => {
  const journal = await open(folder());
  await journal.recordEnd(endOf(1));
  const second = endOf(1, { status: 'failed' });
  await journal.recordEnd(second);
  await journal.forgetEnd(second);
  expect(journal.denialOfJob(jobOf(1))).toEqual(endOf(1));
});

test('revocations are kept by holder', async () => {
  const dataDir = folder();
  const journal = await open(dataDir);
  const personal: Revocation = { kind: 'personal', holder: null, tokenId: 3, at: NOW + 1 };
  await journal.recordRevocation(revocation);
  await journal.recordRevocation(personal);
  await journal.recordRevocation({ ...revocation, at: NOW + 9 });
  journal.confirmRevocation(personal);
  await journal.close();
  const again = await open(dataDir);
  expect(again.revocations()).toEqual(expect.arrayContaining([revocation, personal]));
  expect(again.pendingRevocations()).toEqual([revocation]);
  expect(again.denialOfToken(revocation)).toEqual(revocation);
  expect(again.denialOfToken({ ...revocation, holder: { kind: 'group', id: 7 } })).toBeNull();
  expect(again.denialOfToken({ ...revocation, tokenId: 4 })).toBeNull();
});

test('an entry goes when it cannot matter any more, a revocation never before it has arrived', async () => {
  const dataDir = folder();
  let now = NOW;
  const journal = await open(dataDir, { now: () => now });
  await journal.recordEnd(endOf(1));
  await journal.recordEnd(endOf(2));
  await journal.recordRevocation(revocation);
  journal.confirmEnd(endOf(2), NOW + 60_000);
  now = NOW + 60_000 + 600_000;
  await journal.sweep();
  expect(journal.denialOfJob(jobOf(1))).not.toBeNull();
  expect(journal.denialOfJob(jobOf(2))).toBeNull();
  now = NOW + HOUR + 600_000;
  await journal.sweep();
  expect(journal.denialOfJob(jobOf(1))).toBeNull();
  expect(journal.size()).toEqual({ entries: 1, pending: 1 });
  journal.confirmRevocation(revocation);
  await journal.sweep();
  expect(journal.size()).toEqual({ entries: 0, pending: 0 });
  await journal.close();
  expect((await open(dataDir)).size()).toEqual({ entries: 0, pending: 0 });
});

test('where the disk fails it denies all the same, and does not say that it is noted', async () => {
  const dataDir = folder();
  const journal = await open(dataDir);
  const { renameSync } = await import('node:fs');
  const path = join(dataDir, 'journal.db');
  renameSync(path, `${path}.away`);
  await expect(journal.recordEnd(endOf(1))).rejects.toMatchObject({ code: 'store_unavailable' });
  expect(journal.denialOfJob(jobOf(1))).toEqual(endOf(1));
  expect(journal.pendingEnds()).toEqual([endOf(1)]);
  renameSync(`${path}.away`, path);
});
