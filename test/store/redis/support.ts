/** Whole stores over a real Redis, each with a prefix and a data folder of its own. */
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { systemClock } from '../../../src/clock.ts';
import { Secret } from '../../../src/credential/secret.ts';
import { createLog } from '../../../src/log.ts';
import type { Store } from '../../../src/store/ports.ts';
import { openRedisStore } from '../../../src/store/redis/open.ts';
import type { RedisStoreOptions } from '../../../src/store/redis/options.ts';
import { fastFolder } from '../../support/redis/fast-folder.ts';
import type { StoreUnderTest } from '../contract.ts';
import { NOW } from '../fixtures.ts';

export const silent = createLog({ level: 'silent' }, process.stderr);
export const newPrefix = (): string => `t${randomBytes(6).toString('hex')}`;
export const newFolder = (): string => fastFolder('wharfpass-data');

const HOUR = 3_600_000;

/** @param options what the case is about; the rest is as in the default settings */
export function openStoreOn(
  url: string,
  options: Partial<RedisStoreOptions> & Pick<RedisStoreOptions, 'prefix' | 'dataDir'>,
): Promise<Store> {
  return openRedisStore({
    url: new Secret(url),
    tls: {},
    unsafe: false,
    fingerprint: 'the same keys',
    staleCredentials: 0,
    staleAnonymous: 6e4,
    jobRetention: HOUR,
    maxJobLife: HOUR,
    clock: systemClock,
    log: silent,
    patience: 5e3,
    ...options,
  });
}

/** For the contract, whose cases live in a moment of their own. */
export async function openForContract(url: string): Promise<StoreUnderTest> {
  const options = {
    prefix: newPrefix(),
    dataDir: newFolder(),
    clock: { now: () => NOW },
    wallClock: systemClock,
  };
  let store = await openStoreOn(url, options);
  return {
    get store() {
      return store;
    },
    reopen: async () => {
      await store.close();
      store = await openStoreOn(url, options);
      return store;
    },
    remove: async () => {
      await store.close();
      rmSync(options.dataDir, { recursive: true, force: true });
    },
  };
}
