/**
 * The worst of both: an instance is killed with all that it remembers, and Redis with it, which comes back as it was
 * before. What was acknowledged is then on the disk of the dead instance, and nowhere else.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomInt } from 'node:crypto';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Store } from '../../../../src/store/ports.ts';
import { createKeys } from '../../../../src/store/redis/keys.ts';
import { describeWith } from '../../../support/programs.ts';
import { sleep } from '../../../support/redis/child.ts';
import { startRedis, type SingleRedis } from '../../../support/redis/single.ts';
import { newFolder, newPrefix, openStoreOn } from '../support.ts';
import { isGone, startChildInstance, type ChildInstance } from './child.ts';
import { createOwner, startJob, type Credential, type Owner } from './credentials.ts';
import { createLedger, each, type Entry } from './ledger.ts';
import { countInMode, inMode, report } from './mode.ts';
import { sampleOf, whenServing } from './service.ts';

const KILLS = countInMode(6, 60);
const JOBS = 60;
const WORKERS = 12;
/** In which the instance that is left refuses everybody. */
const ALONE = 500;

describeWith(['redis-server'], 'an instance that is killed together with its Redis', () => {
  const prefix = newPrefix();
  const keys = createKeys(prefix);
  const ledger = createLedger();
  const dataDir = newFolder();
  let redis: SingleRedis;
  let left: Store;
  let victim: ChildInstance;
  let owner: Owner;
  let control: Credential;

  const startVictim = () => startChildInstance({ url: redis.url, prefix, dataDir });
  beforeAll(async () => {
    redis = await startRedis();
    left = await openStoreOn(redis.url, { prefix, dataDir: newFolder() });
    victim = await startVictim();
    owner = await createOwner(left);
    control = await startJob(left, owner);
  }, 60_000);
  afterAll(async () => {
    await victim.kill();
    await left.close();
    await redis.stop();
  }, 30_000);

  async function begin(): Promise<readonly Entry[]> {
    const entries: Entry[] = [];
    await each(Array.from({ length: JOBS }), 30, async () => {
      entries.push({ credential: await startJob(left, owner), by: victim });
    });
    return entries;
  }

  /** Redis dies under the ends, and a moment later the instance, which has noted some of them by then. */
  async function endAndKill(entries: readonly Entry[], after: number): Promise<void> {
    let acknowledged = 0;
    let dead: Promise<void> | undefined;
    const kill = async (): Promise<void> => {
      await redis.kill();
      await sleep(randomInt(30));
      await victim.kill();
    };
    const endOne = async (entry: Entry): Promise<void> => {
      try {
        if (await ledger.end(entry)) acknowledged += 1;
      } catch (error) {
        if (!isGone(error)) throw error;
      }
      if (acknowledged >= after) dead ??= kill();
    };
    await each(entries, WORKERS, endOne);
    await (dead ?? kill());
  }

  async function runningInRedis(entries: readonly Entry[]): Promise<number> {
    const names = entries.map(({ credential }) => keys.job(credential.hash));
    const records = (await redis.cli('MGET', ...names)) as readonly (string | null)[];
    return records.filter((record) => record?.startsWith('running ') === true).length;
  }

  async function round(): Promise<void> {
    const from = [ledger.acknowledged.length, ledger.noted.length] as const;
    const entries = await begin();
    const data = join(redis.dir, 'appendonlydir');
    const backup = join(redis.dir, 'backup');
    cpSync(data, backup, { recursive: true });
    await endAndKill(entries, randomInt(JOBS / 3, JOBS - WORKERS));
    const acknowledged = ledger.acknowledged.slice(from[0]);
    rmSync(data, { recursive: true });
    cpSync(backup, data, { recursive: true });
    rmSync(backup, { recursive: true });
    await redis.restart();
    expect(await runningInRedis(acknowledged)).toBe(acknowledged.length);
    const aloneUntil = performance.now() + ALONE;
    while (performance.now() < aloneUntil) {
      expect(await ledger.expectNotAdmitted(left, acknowledged)).toBe(0);
      await sleep(50);
    }
    victim = await startVictim();
    await whenServing([left, victim], [control]);
    const ended = [...acknowledged, ...ledger.noted.slice(from[1])];
    await expectEnded([...ended, ...sampleOf(ledger.acknowledged, 100)]);
  }

  async function expectEnded(entries: readonly Entry[]): Promise<void> {
    await Promise.all([left, victim].map((one) => ledger.expectRefused(one, entries)));
    expect(ledger.resurrected).toEqual([]);
  }

  test(
    `R5: ${KILLS} times, and what only the dead instance knew is refused until it is back, and after`,
    async () => {
      for (let kills = 0; kills < KILLS; kills += 1) await round();
      await expectEnded([...ledger.acknowledged, ...ledger.noted]);
      const acknowledged = ledger.acknowledged.length;
      report('instances killed with their Redis', {
        kills: KILLS,
        'acknowledged, lost by Redis': acknowledged,
        'noted only': ledger.noted.length,
      });
      expect(acknowledged).toBeGreaterThanOrEqual(KILLS * (JOBS / 3));
    },
    inMode(240_000, 3_600_000),
  );
});
