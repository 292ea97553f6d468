/** Opens the store that the settings name. The only file of the composition that knows which stores there are. */
import type { Clock } from './clock.ts';
import type { Logger } from './log.ts';
import type { Settings } from './settings/schema.ts';
import { openEmbeddedStore } from './store/embedded/open.ts';
import type { OnStoreCall, Store } from './store/ports.ts';

export interface OpenStoreOptions {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly log: Logger;
  /** Of the keys that all instances must share. */
  readonly fingerprint: string;
  readonly onCall?: OnStoreCall;
}

const SECOND = 1000;

/** Rejects with an AppError whose message says what to do. */
export async function openStore(options: OpenStoreOptions): Promise<Store> {
  const { redis, data_dir: dataDir, jobs } = options.settings;
  if (redis.url === undefined) return openEmbeddedStore({ ...options, dataDir });
  // Loaded late: most installations need none of it.
  const { openRedisStore } = await import('./store/redis/open.ts');
  return openRedisStore({
    ...options,
    url: redis.url,
    checkUrl: redis.check_url,
    tls: redis.tls,
    prefix: redis.prefix,
    replicas: redis.replicas,
    staleCredentials: redis.stale_credentials * SECOND,
    staleAnonymous: redis.stale_anonymous * SECOND,
    jobRetention: redis.job_retention * SECOND,
    maxJobLife: jobs.max_timeout * SECOND,
    unsafe: redis.unsafe,
    dataDir,
  });
}
