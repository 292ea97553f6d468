import { storeUnavailable } from '../../../errors.ts';
import type { DurableReply } from '../connection/redis.ts';
import type { Partition } from '../keys.ts';
import { partitionOfPlaced, type BulkEnds } from './bulk-ends.ts';
import { tooFewReplicas } from './faults.ts';
import type { JobsOptions } from './parts.ts';

/** Every end of the journal, settled or not: nothing is known of what the history has lost. */
export function createReplay(
  bulk: BulkEnds,
  { journal, replicas, history }: Pick<JobsOptions, 'journal' | 'replicas' | 'history'>,
) {
  return async (partition: Partition, replid: string): Promise<void> => {
    const isStored = async (_: Partition, reply: DurableReply): Promise<boolean> => {
      if (reply.replid !== replid) throw storeUnavailable('the history changed during the replay');
      if (reply.replicas < replicas) throw tooFewReplicas();
      // Only then will a loss be noticed; else the ends stay pending, and are settled soon after.
      return history.isTrusted(partition, replid);
    };
    const known = journal
      .endsOf(partition)
      .flatMap((end) => (end.tokenHash === null ? [] : [{ end, tokenHash: end.tokenHash }]));
    const placed = await bulk.place(journal.unplacedEnds(), true);
    const found = placed.filter((one) => partitionOfPlaced(one) === partition);
    await bulk.apply(partition, [...known, ...found], isStored);
  };
}
