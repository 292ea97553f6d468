/** A file that an earlier version made, with something of everything in it, and what it says now. */
import { expect, test } from '@jest/globals';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase } from '../../../src/store/embedded/database.ts';
import { APPLICATION_ID, MIGRATIONS } from '../../../src/store/embedded/schema.ts';
import { ALL, groupSource, HOUR, NOW, projectSource, refreshToken } from '../fixtures.ts';
import { useWorkplace } from './support.ts';

const { folder, open } = useWorkplace();

const ROWS = `
INSERT INTO users VALUES (3, 'jane', 'Jane', NULL, 'active', 0, 0, 0, NULL, 'api', ${NOW});
INSERT INTO groups VALUES (2, 'acme', 'Acme', NULL, 'private', 'file', ${NOW});
INSERT INTO projects VALUES (5, 'acme/app', 'App', 2, NULL, 'private', 'enabled', 0, 1, 1, 'file', ${NOW});
INSERT INTO routes VALUES ('jane', 3, NULL, NULL), ('acme', NULL, 2, NULL), ('acme/app', NULL, NULL, 5);
INSERT INTO deploy_tokens VALUES
  (7, 5, NULL, 'gitlab-deploy-token', 'robot', '["read_registry"]', NULL, NULL, NULL, ${NOW}),
  (8, NULL, 2, 'other', 'other', '["read_registry"]', ${NOW + 9}, ${NOW + 1}, 3, ${NOW});
INSERT INTO deploy_token_secrets VALUES (11, 7, 'seven', ${NOW}, NULL, ${NOW + 4}), (12, 8, 'eight', ${NOW}, NULL, NULL);
INSERT INTO personal_access_tokens VALUES
  (4, 3, 'laptop', NULL, '["api"]', 'personal', NULL, NULL, ${NOW}, NULL);
INSERT INTO jobs VALUES (64, 5, 3, 'running', 1, 'build', 'test', 'main', 1, NULL, NULL, NULL, NULL, NULL, 'jwt', 'job',
  ${NOW}, ${NOW}, NULL, ${NOW + 60_000}, ${NOW + 60_000}, NULL, NULL);
UPDATE counters SET value = 64 WHERE name = 'job_id';
`;

/** What version 2 has besides. */
const ROWS_2 = `
INSERT INTO personal_access_tokens VALUES
  (5, 3, 'laptop', NULL, '["api"]', 'second', NULL, ${NOW + 1}, ${NOW}, ${NOW + 2}, 4);
INSERT INTO converted_tokens VALUES
  (9, 5, 63, 3, 7, 'converted', ${NOW}, ${NOW + HOUR}, NULL, NULL, 1, ${NOW + 3}, '[${NOW + 3}]');
`;

function makeVersion(dataDir: string, version: 1 | 2): void {
  const path = join(dataDir, 'wharfpass.db');
  const db = openDatabase(path);
  db.exec('PRAGMA journal_mode = WAL');
  db.exec(`${MIGRATIONS[0]} ${ROWS}`);
  if (version === 2) db.exec(`${MIGRATIONS[1]} ${ROWS_2}`);
  db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${version};`);
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  db.close();
  for (const end of ['', '-wal', '-shm']) chmodSync(path + end, 0o600);
}

test('a file of version 1 reads as it did, and takes the least of what is new', async () => {
  const dataDir = folder();
  makeVersion(dataDir, 1);
  const store = await open(dataDir);
  expect(await store.checkIntegrity()).toEqual([]);
  expect(await store.directory.project('acme/app')).toEqual({
    id: 5,
    path: 'app',
    fullPath: 'acme/app',
    name: 'App',
    namespace: { kind: 'group', id: 2 },
    visibility: 'private',
    registryAccess: 'enabled',
    archived: false,
    jobsEnabled: true,
    allowlistEnabled: true,
    autoDevops: false,
    autoDeployToken: null,
    autoTokenDeclined: false,
    jobTokenAfterJob: 'none',
    managedBy: 'file',
    createdAt: NOW,
  });
  expect(await store.deployTokens.admit('seven')).toMatchObject({
    token: { id: 7, origin: 'manual', rotateEvery: null, username: 'robot' },
    secret: { id: 11, sealed: null, lastUsedAt: NOW + 4 },
  });
  expect(await store.deployTokens.find(groupSource(2), 8)).toMatchObject({
    origin: 'manual',
    revokedAt: NOW + 1,
  });
  expect((await store.personalAccessTokens.admit('personal'))?.token.familyId).toBe(4);
  expect((await store.jobs.admit('job'))?.job).toMatchObject({
    id: 64,
    extended: false,
    startedBy: null,
  });
});

test('what is new works on what is old', async () => {
  const dataDir = folder();
  makeVersion(dataDir, 1);
  const store = await open(dataDir);
  const secret = { hash: 'auto', sealed: 'sealed' };
  expect((await store.deployTokens.ensureAutomatic(5, secret, NOW))?.created).toBe(true);
  expect((await store.deployTokens.list(projectSource(5), ALL)).total).toBe(2);
  const successor = { hash: 'successor', expiresAt: null };
  expect((await store.personalAccessTokens.rotate(4, successor, NOW))?.familyId).toBe(4);
  expect(await store.personalAccessTokens.revokeFamily(4, NOW)).toHaveLength(1);
  const rotation = { hash: 'new', sealed: null, graceUntil: NOW + 5 };
  const rotated = await store.deployTokens.rotate(projectSource(5), 7, rotation, NOW);
  expect(rotated?.secrets.map(({ expiresAt }) => expiresAt)).toEqual([NOW + 5, null]);
});

test('a file of version 2 reads as it did, and takes refresh tokens', async () => {
  const dataDir = folder();
  makeVersion(dataDir, 2);
  const store = await open(dataDir);
  expect(await store.checkIntegrity()).toEqual([]);
  const behind = (await store.personalAccessTokens.admit('second'))?.token;
  expect(behind).toMatchObject({ id: 5, familyId: 4, revokedAt: NOW + 1, lastUsedAt: NOW + 2 });
  expect((await store.convertedTokens.admit('converted'))?.token).toMatchObject({
    id: 9,
    writeAttempts: 1,
    lastAttemptAt: NOW + 3,
  });
  expect((await store.refreshTokens.list({ now: NOW }, ALL)).total).toBe(0);
  const wanted = refreshToken(3, { backing: { kind: 'personal_access_token', tokenId: 5 } });
  const token = await store.refreshTokens.create(wanted, 1, NOW);
  expect(await store.refreshTokens.admit(wanted.hash)).toMatchObject({
    token,
    user: { id: 3, username: 'jane' },
    personalAccessToken: behind,
  });
  await store.close();
  const again = await open(dataDir);
  expect((await again.refreshTokens.admit(wanted.hash))?.token).toEqual(token);
});
