/** Brings many journalled ends to Redis at once. */
import type { DurableReply } from '../connection/redis.ts';
import { latestStart, type JobEnd } from '../journal/entries.ts';
import type { Journal } from '../journal/journal.ts';
import { partitionOfHash, type Partition } from '../keys.ts';
import type { EndsAnswer, EndTarget } from './bulk-calls.ts';
import type { JobCalls } from './calls.ts';
import { batches, type Locator } from './locator.ts';

export interface Placed {
  readonly end: JobEnd;
  readonly tokenHash: string;
}

/** Whether Redis has what it answered with for good. */
type IsStored = (partition: Partition, reply: DurableReply) => Promise<boolean>;

export const partitionOfPlaced = ({ tokenHash }: Placed): Partition => partitionOfHash(tokenHash);

function targetOf({ end, tokenHash }: Placed): EndTarget {
  const { projectId, jobId, status, at } = end;
  const started = end.tokenHash === null ? latestStart(end) : null;
  return { projectId, jobId, status, at, tokenHash, latestStart: started };
}

export interface BulkEnds {
  /** Ends of one partition. Resolves to whether all are settled; what is stored for good is settled in the journal. */
  apply(partition: Partition, ends: readonly Placed[], isStored: IsStored): Promise<boolean>;
  /** Of ends that know an id only: those whose job was found. The others are forgotten, unless `lenient`. */
  place(ends: readonly JobEnd[], lenient?: boolean): Promise<readonly Placed[]>;
}

export function createBulkEnds(calls: JobCalls, locator: Locator, journal: Journal): BulkEnds {
  /** From now on the job is known by its token. */
  async function confirm({ end, tokenHash }: Placed, deadline: number): Promise<void> {
    if (end.tokenHash !== null) return journal.confirmEnd(end, deadline);
    const placed = { ...end, tokenHash };
    await journal.recordEnd(placed);
    journal.confirmEnd(placed, deadline);
    await journal.forgetEnd(end);
  }

  let last: Promise<unknown> = Promise.resolve();

  /** One batch at a time: many at once would only wait for each other until they are late. */
  function endJobs(partition: Partition, batch: readonly Placed[]): Promise<EndsAnswer> {
    const mine = last.then(() => calls.endJobs(partition, batch.map(targetOf)));
    last = mine.catch(() => undefined);
    return mine;
  }

  async function settle(placed: Placed, answer: 'none' | 'later' | number): Promise<void> {
    if (typeof answer === 'number') return confirm(placed, answer);
    // A token that is known stays denied: a backup that is put back may hold the job.
    if (placed.end.tokenHash !== null) journal.confirmEnd(placed.end, null);
    else await journal.forgetEnd(placed.end);
  }

  return {
    apply: async (partition, ends, isStored) => {
      let all = true;
      for (const batch of batches(ends)) {
        const { reply, closed, answers } = await endJobs(partition, batch);
        const stored = await isStored(partition, reply);
        const known = batch.flatMap((placed, index) => {
          const answer = answers[index] ?? 'none';
          // While closed, a job that is missing may be one that the history has lost.
          return stored && !(closed && answer === 'none') ? [{ placed, answer }] : [];
        });
        all &&= known.length === batch.length;
        await Promise.all(known.map(({ placed, answer }) => settle(placed, answer)));
      }
      return all;
    },
    place: async (ends, lenient = false) => {
      const ids = ends.map((end) => end.jobId);
      const hashes = await locator.locateAll(ids, lenient);
      const forgotten = ends.filter((_, index) => hashes[index] === null && !lenient);
      await Promise.all(forgotten.map((end) => journal.forgetEnd(end)));
      return ends.flatMap((end, index) => {
        const tokenHash = hashes[index] ?? null;
        return tokenHash === null ? [] : [{ end, tokenHash }];
      });
    },
  };
}
