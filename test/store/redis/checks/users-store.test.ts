/** A whole store under exactly the rights that docs/redis.md gives it. */
import { expect, jest, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '../../../../src/credential/secret.ts';
import type { Store } from '../../../../src/store/ports.ts';
import { describeWith } from '../../../support/programs.ts';
import { atEnd } from '../../../support/redis/child.ts';
import { startRedis } from '../../../support/redis/single.ts';
import {
  accessToken,
  ALL,
  deployToken,
  HOUR,
  newJob,
  projectSource,
  refreshToken,
  seed,
  type World,
} from '../../fixtures.ts';
import { openStoreOn } from '../support.ts';
import { userLine } from './documented.ts';

const scripts = readdirSync('src/store/redis/scripts')
  .filter((file) => file !== 'prelude.lua')
  .map((file) => file.replace(/\.lua$/, ''));

const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64url');

async function startJob(store: Store, world: World, userId = world.jane) {
  const now = Date.now();
  const job = await newJob(store, world);
  const [deadline, leaseUntil] = [now + HOUR / 2, now + 60_000];
  const times = { createdAt: now, startedAt: now, deadline, leaseUntil, leaseSeconds: 60 };
  return store.jobs.start({ ...job, ...times, userId, tokenHash: hashOf(`job ${job.id}`) });
}

async function useJobs(store: Store, world: World): Promise<void> {
  const { jobs } = store;
  const job = await startJob(store, world);
  const { projectId, id, tokenHash } = job;
  expect((await jobs.admit(tokenHash))?.job.id).toBe(id);
  await jobs.heartbeat(projectId, id, Date.now());
  expect((await jobs.find(projectId, id))?.status).toBe('running');
  expect((await jobs.list(projectId, ALL)).total).toBe(1);
  expect((await jobs.setStatus(projectId, id, 'success', Date.now())).changed).toBe(true);
  // A token's hash can be used once only, so the second job's id is given back.
  const id2 = await jobs.reserveId();
  const again = { ...job, id: id2 };
  await expect(jobs.start(again)).rejects.toMatchObject({ code: 'conflict' });
}

async function useTokens(store: Store, world: World): Promise<void> {
  const { deployTokens, personalAccessTokens } = store;
  const now = Date.now();
  const holder = projectSource(world.app);
  const deploy = await deployTokens.create(deployToken(holder, { hash: hashOf('deploy') }), now);
  expect(await deployTokens.admit(hashOf('deploy'))).not.toBeNull();
  await deployTokens.revoke(holder, deploy.id, now);
  const access = await personalAccessTokens.create(accessToken(world.jane), now);
  personalAccessTokens.touch(access.id, now);
  await personalAccessTokens.revoke(access.id, now);
  const refresh = refreshToken(world.jane, { expiresAt: now + HOUR });
  await store.refreshTokens.create(refresh, 1, now);
  expect((await store.refreshTokens.revoke(refresh.hash, now))?.revokedAt).toBe(now);
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'wharfpass-users-'));
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

// Answers that take over 250 ms are refused, and a machine that runs other suites beside may take that long.
jest.retryTimes(2);

describeWith(['redis-server', 'setpriv'], 'the user of the store', () => {
  test('runs every script, and nothing is denied', async () => {
    const lines = [userLine('wharfpass', 'secret'), userLine('wharfpass-check', 'secret')];
    const redis = await startRedis({ config: { maxmemory: '100mb' }, lines });
    const at = (user: string) => `redis://${user}:secret@${redis.host}:${redis.port}`;
    const ran = new Set<string>();
    const open = () =>
      openStoreOn(at('wharfpass'), {
        prefix: 'wharfpass',
        dataDir: newFolder(),
        checkUrl: new Secret(at('wharfpass-check')),
        onCall: (call) => void ran.add(call.replace(/^redis\./, '')),
      });

    const first = await open();
    const world = await seed(first);
    await useJobs(first, world);
    await useTokens(first, world);
    // The second has to load what there is, and hears of what changes.
    const second = await open();
    const orphan = await startJob(second, world, world.bob);
    await second.directory.apply([{ kind: 'user.delete', user: world.bob }], Date.now());
    expect((await first.jobs.admit(orphan.tokenHash))?.job.status).not.toBe('running');
    // As `wharfpass store copy` does at both of its ends.
    for await (const rows of first.transfer.rows('job_ids'))
      await first.transfer.put('job_ids', rows);
    await Promise.all([first.close(), second.close()]);
    expect(scripts.filter((script) => !ran.has(script))).toEqual([]);
    expect(await redis.cli('ACL', 'LOG')).toEqual([]);
    await redis.stop();
  }, 30_000);
});
