import { afterEach, beforeAll, afterAll, expect, test } from '@jest/globals';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { storeCommand } from '../../src/cli/store.ts';
import { openStore } from '../../src/compose-store.ts';
import { systemClock } from '../../src/clock.ts';
import type { AppError } from '../../src/errors.ts';
import { settingsSchema } from '../../src/settings/schema.ts';
import { openKeys } from '../../src/signing/open-keys.ts';
import { copyStore } from '../../src/store/copy.ts';
import { openEmbeddedStore } from '../../src/store/embedded/open.ts';
import type { Store } from '../../src/store/ports.ts';
import type { Transfer } from '../../src/store/transfer.ts';
import { describeWith } from '../support/programs.ts';
import { startRedis, type SingleRedis } from '../support/redis/single.ts';
import {
  ALL,
  accessToken,
  apply,
  convertedToken,
  deployToken,
  join as addMember,
  hashOf,
  HOUR,
  makeUser,
  newJob,
  NOW,
  projectSource,
  refreshToken,
  seed,
} from './fixtures.ts';
import { newPrefix, silent } from './redis/support.ts';

const folders: string[] = [];
function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'wharfpass-copy-'));
  folders.push(path);
  return path;
}
afterEach(() => {
  for (const path of folders.splice(0)) rmSync(path, { recursive: true });
});

const openEmbedded = (dataDir: string) =>
  openEmbeddedStore({ dataDir, clock: systemClock, log: silent });

const JOBS = 1_200;

/** Something of everything; more jobs than one piece has. */
async function fill(store: Store): Promise<{ running: string; finished: string; ids: number }> {
  const world = await seed(store);
  await apply(store, makeUser('gone'));
  await apply(store, { kind: 'user.delete', user: 'gone' });
  const holder = projectSource(world.app);
  await store.deployTokens.create(deployToken(holder), NOW);
  const revoked = await store.deployTokens.create(deployToken(holder, { hash: 'other' }), NOW);
  await store.deployTokens.revoke(holder, revoked.id, NOW + 1);
  const personal = await store.personalAccessTokens.create(accessToken(world.jane), NOW);
  const successor = { hash: 'successor', expiresAt: null };
  await store.personalAccessTokens.rotate(personal.id, successor, NOW);
  await store.deployTokens.ensureAutomatic(world.app, { hash: 'auto', sealed: 'sealed' }, NOW);
  const converted = await store.convertedTokens.record(convertedToken(world), NOW);
  await store.convertedTokens.countWrite(converted?.id ?? 0, { limit: 9, windowMs: HOUR }, NOW);
  const backing = { kind: 'personal_access_token', tokenId: personal.id } as const;
  await store.refreshTokens.create(refreshToken(world.jane, { backing }), 9, NOW);
  await store.refreshTokens.create(refreshToken(world.bob, { hash: hashOf('bobs') }), 9, NOW);
  await store.refreshTokens.revoke(hashOf('bobs'), NOW + 2);
  const pair = { targetProjectId: world.app, sourceProjectId: world.other };
  const nobody = { userId: null, jobId: null, ip: null };
  store.jobTokenUses.note({ ...pair, ...nobody, refusedBy: 'allowlist' }, NOW);
  let last = 0;
  for (let count = 0; count < JOBS; count += 1) {
    const job = await newJob(store, world, {
      deadline: Date.now() + HOUR,
      startedBy: world.bob,
    });
    await store.jobs.start(job);
    if (count % 3 === 0) await store.jobs.setStatus(world.app, job.id, 'success', NOW + 5);
    last = job.id;
  }
  return {
    finished: hashOf(`hash-${last - 1 - ((last - 2) % 3)}`),
    running: hashOf(`hash-${last}`),
    ids: last,
  };
}

const settingsWith = (dataDir: string, keysDir: string, url: string, prefix: string) =>
  settingsSchema.parse({ data_dir: dataDir, keys_dir: keysDir, redis: { url, prefix } });

type Settings = ReturnType<typeof settingsWith>;

async function copyCommand(settings: Settings, from: string, to: string, isTerminal = false) {
  const said = { out: '', err: '' };
  const command = storeCommand({
    loadSettings: async () => settings,
    stdout: (text) => (said.out += text),
    stderr: (text) => (said.err += text),
    cwd: settings.data_dir,
    isTerminal,
  });
  await command.exitOverride().parseAsync(['copy', '--from', from, '--to', to], { from: 'user' });
  return said;
}

async function makeKeys(keysDir: string): Promise<string> {
  const settings = settingsSchema.parse({});
  const keys = await openKeys({
    folder: keysDir,
    settings,
    clock: systemClock,
    log: silent,
    maxTokenTtl: 900,
  });
  await keys.close();
  return keys.fingerprint;
}

describeWith(['redis-server'], 'wharfpass store copy', () => {
  let redis: SingleRedis;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  test('embedded to Redis and back: every row, every id, every job as it was', async () => {
    const [first, second, keysDir] = [folder(), join(folder(), 'back'), folder()];
    const fingerprint = await makeKeys(keysDir);
    const store = await openEmbedded(first);
    const { running, finished, ids } = await fill(store);
    const admitted = await store.jobs.admit(running);
    const refreshed = await store.refreshTokens.admit(hashOf('refresh'));
    await store.close();
    const settings = settingsWith(first, keysDir, redis.url, newPrefix());
    const there = await copyCommand(settings, 'embedded', 'redis');
    expect(there.out).toMatch(
      /^Copied and checked: \d+ users, \d+ projects, 5 tokens, 1200 jobs\./,
    );
    expect(there.err).toContain('copied  jobs  1,200\n');
    expect(there.err).toContain('checked  personal_access_tokens  2\n');
    expect(there.err).toContain('checked  converted_tokens  1\n');
    expect(there.err).toContain('checked  refresh_tokens  2\n');
    expect(there.err).toContain('checked  job_token_uses  1\n');

    const shared = await openStore({ settings, clock: systemClock, log: silent, fingerprint });
    try {
      expect(await shared.jobs.admit(running)).toEqual(admitted);
      expect((await shared.jobs.admit(finished))?.job.status).toBe('success');
      expect(await shared.jobs.reserveId()).toBeGreaterThan(ids);
      const deploy = await shared.deployTokens.admit('deploy-hash');
      expect(deploy?.token.revokedAt).toBeNull();
      expect((await shared.deployTokens.admit('other'))?.token.revokedAt).toBe(NOW + 1);
      expect((await shared.deployTokens.admit('auto'))?.secret.sealed).toBe('sealed');
      const next = (await shared.personalAccessTokens.admit('successor'))?.token;
      expect(next?.familyId).toBeLessThan(next?.id ?? 0);
      const converted = await shared.convertedTokens.admit(hashOf('converted'));
      expect(converted?.token.writeAttempts).toBe(1);
      const refresh = await shared.refreshTokens.admit(hashOf('refresh'));
      expect(refresh).toEqual(refreshed);
      expect(refresh?.personalAccessToken?.revokedAt).toBe(NOW);
      expect((await shared.refreshTokens.admit(hashOf('bobs')))?.token.revokedAt).toBe(NOW + 2);
      const before = (await shared.directory.users(ALL)).items;
      // The id of the user who was deleted does not come back.
      const [id = 0] = await shared.directory.apply([makeUser('new')], NOW);
      expect(id).toBeGreaterThan(Math.max(...before.map((user) => user.id)) + 1);
    } finally {
      await shared.close();
    }

    const back = await copyCommand(settings, 'redis', `embedded:${second}`);
    expect(back.out).toContain('1200 jobs');
    const again = await openEmbedded(second);
    expect((await again.jobs.admit(running))?.job).toEqual(admitted?.job);
    expect(await again.refreshTokens.admit(hashOf('refresh'))).toEqual(refreshed);
    await again.close();
  }, 60_000);

  test('on a terminal it counts in one line', async () => {
    const [dataDir, keysDir] = [folder(), folder()];
    await makeKeys(keysDir);
    const store = await openEmbedded(dataDir);
    await seed(store);
    await store.close();
    const settings = settingsWith(dataDir, keysDir, redis.url, newPrefix());
    const { err } = await copyCommand(settings, 'embedded', 'redis', true);
    const line = '\r\u001B[Kcopied  users  2';
    expect(err).toContain(`${line}${line}\n`);
  });

  test('what it refuses: no source, a full target, no keys, words that are no store', async () => {
    const [dataDir, keysDir] = [folder(), folder()];
    await makeKeys(keysDir);
    const settings = settingsWith(dataDir, keysDir, redis.url, newPrefix());
    const refused = (from: string, to: string, with_ = settings) =>
      copyCommand(with_, from, to).then(
        () => 'copied',
        (error: unknown) => (error as AppError).message,
      );
    expect(await refused('embedded', 'redis')).toMatch(/^There is no store at .*wharfpass\.db\.$/);
    expect(existsSync(join(dataDir, 'wharfpass.db'))).toBe(false);
    const store = await openEmbedded(dataDir);
    await seed(store);
    await store.close();
    expect(await refused('embedded', 'redis')).toBe('copied');
    expect(await refused('embedded', 'redis')).toMatch(/is not empty: it has users\./);
    expect(await refused('embedded', 'elsewhere')).toMatch(/^A store is one of: embedded, /);
    const keyless = { ...settings, keys_dir: join(keysDir, 'none') };
    expect(await refused('embedded', 'redis', keyless)).toMatch(/^There is no keys folder/);
    const nowhere = { ...settings, redis: { ...settings.redis, url: undefined } };
    expect(await refused('embedded', 'redis', nowhere)).toMatch(/^redis\.url is not set/);
  }, 30_000);
});

test('a copy that lacks a row, or whose source changed, is not called a copy', async () => {
  const source = await openEmbedded(folder());
  const world = await seed(source);
  await apply(source, addMember('project', world.app, world.jane, 30));
  const losing = async (spoil: (to: Transfer) => Transfer, from = source.transfer) => {
    const target = await openEmbedded(folder());
    try {
      return await copyStore(from, spoil(target.transfer), () => undefined).then(
        () => 'copied',
        (error: unknown) => (error as AppError).message,
      );
    } finally {
      await target.close();
    }
  };
  expect(await losing((to) => to)).toBe('copied');
  const lossy = (to: Transfer): Transfer => ({
    ...to,
    put: (kind, rows) => to.put(kind, kind === 'members' ? rows.slice(1) : rows),
  });
  expect(await losing(lossy)).toMatch(/^The members of the copy are not those of the source/);
  const wrong = (to: Transfer): Transfer => ({
    ...to,
    put: (kind, rows) =>
      to.put(kind, kind === 'users' ? rows.map((row) => [...row.slice(0, -1), 7]) : rows),
  });
  expect(await losing(wrong)).toMatch(/^The users of the copy/);
  let reads = 0;
  const changing: Transfer = {
    ...source.transfer,
    rows: async function* (kind) {
      if (kind === 'users' && (reads += 1) === 2) await apply(source, makeUser('late'));
      yield* source.transfer.rows(kind);
    },
  };
  expect(await losing((to) => to, changing)).toMatch(/^The users of the source changed/);
  await source.close();
});
