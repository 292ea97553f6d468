/** A journal that an earlier version wrote: what it denies must go on being denied. */
import { expect, test } from '@jest/globals';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase } from '../../../../src/store/embedded/database.ts';
import type { Revocation } from '../../../../src/store/redis/journal/entries.ts';
import { APPLICATION_ID } from '../../../../src/store/redis/journal/schema.ts';
import { hashOf } from '../../fixtures.ts';
import { endOf, HOUR, jobOf, NOW, useFolders } from './support.ts';

const { folder, open } = useFolders();

const FORMAT_1 = `
CREATE TABLE identity (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE ends (key TEXT PRIMARY KEY, project_id INTEGER NOT NULL, job_id INTEGER NOT NULL, token_hash TEXT,
  status TEXT NOT NULL, at INTEGER NOT NULL, expires INTEGER NOT NULL, confirmed INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX ends_by_expiry ON ends (expires);
CREATE TABLE revocations (key TEXT PRIMARY KEY, kind TEXT NOT NULL, holder_kind TEXT, holder_id INTEGER,
  token_id INTEGER NOT NULL, at INTEGER NOT NULL, expires INTEGER NOT NULL, confirmed INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX revocations_by_expiry ON revocations (expires);
INSERT INTO identity VALUES ('instance', 'an-instance-of-format-1'), ('store', 'the store');
INSERT INTO ends VALUES ('7:${hashOf('1')}', 7, 1, '${hashOf('1')}', 'success', ${NOW}, ${NOW + HOUR}, 0);
INSERT INTO revocations VALUES
  ('deploy:project:7:3', 'deploy', 'project', 7, 3, ${NOW}, ${NOW + HOUR}, 0),
  ('converted:project:7:3', 'converted', 'project', 7, 3, ${NOW}, ${NOW + HOUR}, 1),
  ('personal:3', 'personal', NULL, NULL, 3, ${NOW}, ${NOW + HOUR}, 1);
PRAGMA application_id = ${APPLICATION_ID};
PRAGMA user_version = 1;
`;

function makeFirstFormat(dataDir: string): void {
  const path = join(dataDir, 'journal.db');
  const db = openDatabase(path);
  db.exec(FORMAT_1);
  db.close();
  chmodSync(path, 0o600);
}

const holder = { kind: 'project', id: 7 } as const;
const deploy: Revocation = { kind: 'deploy', holder, tokenId: 3, at: NOW };
const converted: Revocation = { kind: 'converted', holder, tokenId: 3, at: NOW };
const personal: Revocation = { kind: 'personal', holder: null, tokenId: 3, at: NOW };
const refresh: Revocation = { kind: 'refresh', tokenHash: hashOf('refresh'), at: NOW };

test('a journal of format 1 keeps its name, its ends and its revocations', async () => {
  const dataDir = folder();
  makeFirstFormat(dataDir);
  const journal = await open(dataDir);
  expect(journal.instanceId).toBe('an-instance-of-format-1');
  expect(journal.storeId()).toBe('the store');
  expect(journal.denialOfJob(jobOf(1))).toEqual(endOf(1));
  expect(journal.revocations()).toHaveLength(3);
  expect(journal.revocations()).toEqual(expect.arrayContaining([deploy, converted, personal]));
  expect(journal.pendingRevocations()).toEqual([deploy]);
});

test('and takes the revocation of a refresh token, which is known by its hash', async () => {
  const dataDir = folder();
  makeFirstFormat(dataDir);
  const journal = await open(dataDir);
  for (const pending of journal.pendingRevocations()) await journal.forgetRevocation(pending);
  await journal.recordRevocation(refresh);
  journal.confirmRevocation(personal);
  await journal.close();
  const again = await open(dataDir);
  expect(again.denialOfToken(refresh)).toEqual(refresh);
  expect(again.denialOfToken({ kind: 'refresh', tokenHash: hashOf('other') })).toBeNull();
  expect(again.pendingRevocations()).toEqual([refresh]);
  expect(again.revocations()).toHaveLength(3);
});
