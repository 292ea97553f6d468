/** Finds jobs by their ids. Calls of one partition are gathered; nothing is remembered. */
import type { JobRecord } from '../../records.ts';
import { partitionOfHash, partitionOfJobId, type Partition } from '../keys.ts';
import type { JobCalls } from './calls.ts';
import { notVetted } from './faults.ts';
import type { TrustedHistory } from './parts.ts';

/** Keys of one call, so that the server is never held up for long. */
export const BATCH = 200;

export function batches<T>(items: readonly T[]): readonly (readonly T[])[] {
  const count = Math.ceil(items.length / BATCH);
  return Array.from({ length: count }, (_, index) =>
    items.slice(index * BATCH, (index + 1) * BATCH),
  );
}

export function byPartition<T>(
  items: readonly T[],
  partitionOf: (item: T) => Partition,
): ReadonlyMap<Partition, readonly T[]> {
  const groups = new Map<Partition, T[]>();
  for (const item of items) {
    const partition = partitionOf(item);
    const group = groups.get(partition);
    if (group === undefined) groups.set(partition, [item]);
    else group.push(item);
  }
  return groups;
}

export interface Locator {
  /** null: no such job. Rejects where that cannot be told, since the history may have lost it. */
  locate(jobId: number): Promise<string | null>;
  /** In the order of the ids. @param lenient missing is missing, whatever the history has lost */
  locateAll(jobIds: readonly number[], lenient?: boolean): Promise<readonly (string | null)[]>;
  /** Those that are still there, in the order of the hashes. */
  readAll(hashes: readonly string[]): Promise<readonly JobRecord[]>;
}

const isId = (id: number): boolean => Number.isSafeInteger(id) && id > 0;

export function createLocator(
  calls: JobCalls,
  history: Pick<TrustedHistory, 'isTrusted'>,
): Locator {
  /** Answers by item, asked for in batches of one partition each. */
  async function gather<Item, Answer>(
    items: readonly Item[],
    partitionOf: (item: Item) => Partition,
    ask: (partition: Partition, batch: readonly Item[]) => Promise<readonly Answer[]>,
  ): Promise<ReadonlyMap<Item, Answer>> {
    const found = new Map<Item, Answer>();
    const rounds = [...byPartition(items, partitionOf)].map(async ([partition, group]) => {
      for (const batch of batches(group)) {
        const answers = await ask(partition, batch);
        for (const [index, answer] of answers.entries()) found.set(batch[index] as Item, answer);
      }
    });
    await Promise.all(rounds);
    return found;
  }

  async function locateAll(jobIds: readonly number[], lenient = false) {
    const found = await gather(jobIds.filter(isId), partitionOfJobId, async (partition, batch) => {
      const { reply, hashes } = await calls.locate(partition, batch, lenient);
      const known = lenient || history.isTrusted(partition, reply.replid);
      if (!known && hashes.includes(null)) throw notVetted();
      return hashes;
    });
    return jobIds.map((id) => found.get(id) ?? null);
  }

  return {
    locate: async (jobId) => (await locateAll([jobId]))[0] ?? null,
    locateAll,
    readAll: async (hashes) => {
      const found = await gather(hashes, partitionOfHash, calls.readJobs);
      return hashes.flatMap((hash) => found.get(hash) ?? []);
    },
  };
}
