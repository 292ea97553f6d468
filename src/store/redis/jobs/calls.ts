/** The scripts of jobs, with their arguments and answers in our terms. All reject with `store_unavailable` only. */
import type { Redis } from '../connection/redis.ts';
import type { Keys } from '../keys.ts';
import { createBulkVerbs } from './bulk-calls.ts';
import { createIdVerbs, createIndexVerbs } from './index-calls.ts';
import { createJobVerbs } from './job-calls.ts';

type Runner = Pick<Redis, 'run' | 'runDurably'>;

/** @param unvetted answers from any history, for ends; whoever calls these judges by the reply's `replid` */
export function createJobCalls(redis: Runner, unvetted: Runner, keys: Keys) {
  return {
    ...createJobVerbs(redis, unvetted, keys),
    ...createIdVerbs(redis, keys),
    ...createIndexVerbs(redis, keys),
    ...createBulkVerbs(redis, unvetted, keys),
  };
}

export type JobCalls = ReturnType<typeof createJobCalls>;
