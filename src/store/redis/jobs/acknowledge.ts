import type { DurableReply } from '../connection/redis.ts';
import type { Partition } from '../keys.ts';
import type { JobsOptions } from './parts.ts';

/** How long an end waits for word on a history that is new, in milliseconds. */
const PATIENCE = 200;

/**
 * Whether an end may be called stored: enough replicas have it, and should it be lost with the history that it is in,
 * that loss would be noticed and this instance's journal asked for.
 */
export function createAcknowledge({
  replicas,
  history,
}: Pick<JobsOptions, 'replicas' | 'history'>) {
  return async (partition: Partition, reply: DurableReply): Promise<boolean> => {
    if (reply.replicas < replicas) return false;
    if (history.isTrusted(partition, reply.replid)) return true;
    await history.whenSettled(partition, PATIENCE);
    return history.isTrusted(partition, reply.replid);
  };
}

export type Acknowledge = ReturnType<typeof createAcknowledge>;
