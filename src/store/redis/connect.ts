/** The way to Redis: connected, found fit, or a sentence why not. */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, isStoreUnavailable } from '../../errors.ts';
import { checkAtStart } from './checks/at-start.ts';
import {
  describeAddress,
  parseRedisAddress,
  replicasFor,
  type RedisAddress,
} from './connection/address.ts';
import { createRedis } from './connection/create.ts';
import type { Redis } from './connection/redis.ts';
import { createKeys } from './keys.ts';
import type { RedisStoreOptions } from './options.ts';
import type { Undo } from './undo.ts';

const PATIENCE = 10_000;
const RETRY = 20;

async function reach(options: RedisStoreOptions, redis: Redis, address: RedisAddress) {
  const { patience = PATIENCE } = options;
  if (await redis.ready(patience)) return;
  const where = describeAddress(address);
  throw new AppError(
    'store_unavailable',
    `Redis cannot be reached within ${patience / 1000} s: ${where}. Is it running, and is redis.url right?`,
  );
}

/** `store_unavailable` means: not yet. Anything else is for the operator. */
export async function patiently<T>(
  { patience = PATIENCE }: RedisStoreOptions,
  work: () => Promise<T>,
) {
  const giveUpAt = performance.now() + patience;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isStoreUnavailable(error) || performance.now() > giveUpAt) throw error;
      await sleep(RETRY);
    }
  }
}

export async function connect(options: RedisStoreOptions, undo: Undo) {
  const { tls, prefix, log, unsafe, checkUrl, onCall } = options;
  const clock = options.wallClock ?? options.clock;
  const address = parseRedisAddress(options.url);
  const replicas = replicasFor(address, options.replicas);
  const keys = createKeys(prefix);
  const told = onCall && {
    onCall: (script: string, outcome: string, ms: number) => onCall(`redis.${script}`, outcome, ms),
  };
  const redis = createRedis({ address, tls, replicas, keys, clock, log, ...told });
  undo.add(() => redis.close());
  await reach(options, redis, address);
  const checkAddress = checkUrl && parseRedisAddress(checkUrl);
  const checked = { address, checkAddress, tls, replicas, prefix, clock, log, unsafe };
  await patiently(options, () => checkAtStart(checked));
  return { redis, keys, replicas, wallClock: clock };
}

export type Connected = Awaited<ReturnType<typeof connect>>;
