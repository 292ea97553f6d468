/** One Redis that writes every change to its file is killed while two instances end jobs and revoke tokens. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomInt } from 'node:crypto';
import type { Store } from '../../../../src/store/ports.ts';
import { describeWith } from '../../../support/programs.ts';
import { until } from '../../../support/redis/child.ts';
import { startRedis, type SingleRedis } from '../../../support/redis/single.ts';
import { newFolder, newPrefix, openStoreOn } from '../support.ts';
import {
  createAccessToken,
  createDeployToken,
  createOwner,
  startJob,
  type Credential,
  type Owner,
} from './credentials.ts';
import { createLedger, each, type Entry } from './ledger.ts';
import { countInMode, inMode, report } from './mode.ts';
import { sampleOf, whenServing } from './service.ts';

const KILLS = countInMode(100, 1_000);
const EXPECTED = countInMode(5_000, 100_000);
const JOBS = inMode(40, 90);
/** Of each kind. */
const TOKENS = 2;
const WORKERS = 12;

describeWith(['redis-server'], 'one Redis that is killed', () => {
  let redis: SingleRedis;
  let stores: readonly Store[];
  let owner: Owner;
  let control: Credential;
  const ledger = createLedger();

  beforeAll(async () => {
    redis = await startRedis();
    const prefix = newPrefix();
    const open = () => openStoreOn(redis.url, { prefix, dataDir: newFolder() });
    stores = [await open(), await open()];
    const [first] = stores as [Store];
    owner = await createOwner(first);
    control = await startJob(first, owner);
  }, 30_000);
  afterAll(async () => {
    for (const store of stores) await store.close();
    await redis.stop();
  }, 30_000);

  /** Begun by one instance, to be ended by the other. */
  async function begin(): Promise<readonly Entry[]> {
    const entries: Entry[] = [];
    const all = stores.map(async (store, at) => {
      const by = stores[(at + 1) % stores.length] as Store;
      const add = (credential: Credential) => entries.push({ credential, by });
      await each(Array.from({ length: TOKENS }), 1, async () => {
        add(await createDeployToken(store, owner));
        add(await createAccessToken(store, owner));
      });
      await each(Array.from({ length: JOBS }), 30, async () => add(await startJob(store, owner)));
    });
    await Promise.all(all);
    return entries.toSorted(() => randomInt(3) - 1);
  }

  /** Kills Redis when so many of them are acknowledged, with others on their way. */
  async function endAndKill(entries: readonly Entry[], after: number): Promise<void> {
    let acknowledged = 0;
    let killed: Promise<void> | undefined;
    const endOne = async (entry: Entry): Promise<void> => {
      if (await ledger.end(entry)) acknowledged += 1;
      if (acknowledged === after) killed ??= redis.kill();
    };
    await each(entries, WORKERS * stores.length, endOne, () => killed === undefined);
    await (killed ?? redis.kill());
  }

  async function expectEnded(entries: readonly Entry[]): Promise<void> {
    await Promise.all(stores.map((store) => ledger.expectRefused(store, entries)));
    expect(ledger.resurrected).toEqual([]);
  }

  async function round(): Promise<void> {
    const before = [ledger.acknowledged.length, ledger.noted.length] as const;
    const entries = await begin();
    const total = entries.length;
    await endAndKill(entries, randomInt(Math.ceil(total / 2), total));
    const noted = ledger.noted.slice(before[1]);
    for (const entry of noted) await ledger.expectNotAdmitted(entry.by, [entry]);
    await redis.restart();
    await whenServing(stores, [control]);
    await Promise.all(noted.map((entry) => ledger.expectRefused(entry.by, [entry])));
    await until('the noted ends are applied', () =>
      stores.every((store) => store.gauges()?.journalPending === 0),
    );
    const acknowledged = ledger.acknowledged.slice(before[0]);
    await expectEnded([...acknowledged, ...noted, ...sampleOf(ledger.acknowledged, 100)]);
  }

  test(
    `R2, R5: ${KILLS} kills, and nothing that was ended or revoked is ever admitted again`,
    async () => {
      const begun = performance.now();
      for (let kills = 0; kills < KILLS; kills += 1) await round();
      await expectEnded([...ledger.acknowledged, ...ledger.noted]);
      const acknowledged = ledger.acknowledged.length;
      report('one Redis', {
        kills: KILLS,
        acknowledged,
        'noted only': ledger.noted.length,
        's in all': (performance.now() - begun) / 1000,
      });
      expect(acknowledged).toBeGreaterThanOrEqual(EXPECTED);
      expect(ledger.noted.length).toBeGreaterThan(KILLS);
    },
    inMode(400_000, 7_200_000),
  );
});
