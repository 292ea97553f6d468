/**
 * How a job ends: noted on this instance's disk and denied by it, then stored in Redis and on its replicas, then
 * acknowledged. What cannot be acknowledged is tried again until it can be; the caller is told to ask again.
 */
import { isStoreUnavailable, type AppError } from '../../../errors.ts';
import type { JobRecord } from '../../records.ts';
import type { Partition } from '../keys.ts';
import { partitionOfHash } from '../keys.ts';
import type { JobEnd } from '../journal/entries.ts';
import { createRetry } from '../journal/retry.ts';
import { createAcknowledge } from './acknowledge.ts';
import { createBulkEnds, partitionOfPlaced, type Placed } from './bulk-ends.ts';
import type { JobCalls } from './calls.ts';
import { endNotedOnly, noSuchJob, notVetted } from './faults.ts';
import { byPartition, type Locator } from './locator.ts';
import type { JobsOptions } from './parts.ts';
import { createReplay } from './replay.ts';
import { VERB_LIMIT, within } from './within.ts';

export interface Ends {
  /** `not_found` where the project has no such job, `store_unavailable` where the end is noted and no more. */
  end(end: Omit<JobEnd, 'tokenHash'>): Promise<{ job: JobRecord; changed: boolean }>;
  /** Ends of jobs that are known by their tokens. Rejects with `store_unavailable` where some are noted and no more. */
  endAll(ends: readonly Placed[]): Promise<void>;
  /** A start that failed may have stored the job all the same: it is ended, sooner or later. Never rejects. */
  abandon(job: JobRecord): Promise<void>;
  /** Brings all ends of the journal to a history that may have lost them. Rejects where it is not `replid`. */
  replay(partition: Partition, replid: string): Promise<void>;
  /** One more try for what is not acknowledged; then no more. */
  close(): Promise<void>;
}

type Parts = Pick<JobsOptions, 'journal' | 'history' | 'replicas' | 'log'>;

export function createEnds(calls: JobCalls, locator: Locator, parts: Parts): Ends {
  const { journal, log } = parts;
  const isAcknowledged = createAcknowledge(parts);
  const bulk = createBulkEnds(calls, locator, journal);
  const retry = createRetry(settlePending, 'ends of jobs', log);
  if (journal.pendingEnds().length > 0) retry.kick();

  async function settlePending(): Promise<boolean> {
    const pending = journal.pendingEnds();
    const known = pending.flatMap((end) =>
      end.tokenHash === null ? [] : [{ end, tokenHash: end.tokenHash }],
    );
    const found = bulk.place(pending.filter((end) => end.tokenHash === null));
    const outcomes = await Promise.allSettled([applyAll(known), found.then(applyAll)]);
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
    return journal.pendingEnds().length === 0;
  }

  async function applyAll(ends: readonly Placed[]): Promise<boolean> {
    const groups = [...byPartition(ends, partitionOfPlaced)];
    const outcomes = await Promise.allSettled(
      groups.map(([partition, group]) => bulk.apply(partition, group, isAcknowledged)),
    );
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
    return outcomes.every((outcome) => outcome.status === 'fulfilled' && outcome.value);
  }

  /** Null: it is on the disk. Denied it is in any case, and brought to Redis even where the disk fails. */
  const note = (end: JobEnd): Promise<{ readonly error: unknown } | null> =>
    journal.recordEnd(end).then(
      () => null,
      (error: unknown) => ({ error }),
    );

  async function locate(end: Omit<JobEnd, 'tokenHash'>): Promise<string> {
    let tokenHash: string | null;
    try {
      tokenHash = await locator.locate(end.jobId);
    } catch (error) {
      const fault = await note({ ...end, tokenHash: null });
      throw fault === null ? error : fault.error;
    }
    if (tokenHash === null) throw noSuchJob(end.jobId);
    return tokenHash;
  }

  async function endOne(unplaced: Omit<JobEnd, 'tokenHash'>) {
    const tokenHash = await locate(unplaced);
    const end = { ...unplaced, tokenHash };
    const fault = await note(end);
    const { reply, job } = await calls.setStatus(tokenHash, {
      ...end,
      ends: true,
      generation: null,
    });
    const partition = partitionOfHash(tokenHash);
    if (job === null) {
      if (!parts.history.isTrusted(partition, reply.replid)) throw notVetted();
      await journal.forgetEnd(end);
      throw noSuchJob(end.jobId);
    }
    if (!(await isAcknowledged(partition, reply))) {
      throw endNotedOnly(`job ${end.jobId}`, undefined);
    }
    if (fault !== null) throw fault.error;
    journal.confirmEnd(end, job.deadline);
    return { job, changed: reply.status === 'changed' };
  }

  const notedOnly = (what: string, error: unknown): unknown => {
    if (!isStoreUnavailable(error)) return error;
    retry.kick();
    return endNotedOnly(what, error);
  };

  return {
    end: async (end) => {
      const late = (): AppError => endNotedOnly(`job ${end.jobId}`, undefined);
      try {
        return await within(VERB_LIMIT, endOne(end), late);
      } catch (error) {
        throw notedOnly(`job ${end.jobId}`, error);
      }
    },
    endAll: async (ends) => {
      try {
        await Promise.all(ends.map(({ end }) => journal.recordEnd(end)));
        if (!(await applyAll(ends))) throw endNotedOnly(`${ends.length} jobs`, undefined);
      } catch (error) {
        throw notedOnly(`${ends.length} jobs`, error);
      }
    },
    abandon: async ({ projectId, id: jobId, tokenHash, startedAt }) => {
      await note({ projectId, jobId, tokenHash, status: 'canceled', at: startedAt });
      retry.kick();
    },
    replay: createReplay(bulk, parts),
    close: async () => {
      if (journal.pendingEnds().length > 0) await retry.flush();
      await retry.close();
    },
  };
}
