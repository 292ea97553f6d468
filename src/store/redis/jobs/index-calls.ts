/** The scripts by which jobs are found: under their id, their project and their user. */
import type { JobRecord } from '../../records.ts';
import type { Argument, DurableReply, Redis, ScriptCall } from '../connection/redis.ts';
import { DIRECTORY, partitionOfId, partitionOfJobId, type Keys } from '../keys.ts';
import { texts, unexpected } from './faults.ts';

/** What jobs are listed under. */
export interface Index {
  readonly kind: 'project' | 'user';
  readonly id: number;
}

export function createIdVerbs(redis: Pick<Redis, 'run' | 'runDurably'>, keys: Keys) {
  const onIds = (script: string, jobId: number, args: readonly Argument[]): ScriptCall => ({
    script,
    partition: partitionOfJobId(jobId),
    keys: [keys.jobId(jobId)],
    args: [jobId, ...args],
  });
  return {
    /** Status `claimed`, `held` or `taken`. */
    claimId: (job: JobRecord, expires: number): Promise<DurableReply> =>
      redis.runDurably(onIds('claim-id', job.id, [job.tokenHash, expires])),
    releaseId: (job: JobRecord): Promise<DurableReply> =>
      redis.runDurably(onIds('release-id', job.id, [job.tokenHash])),
    /** The last id of a new block. */
    reserveIds: async (count: number): Promise<{ reply: DurableReply; last: number }> => {
      const call = { script: 'reserve-ids', partition: DIRECTORY, keys: [keys.jobIds] };
      const reply = await redis.runDurably({ ...call, args: [count] });
      const last = reply.values[0];
      if (typeof last !== 'number' || !Number.isSafeInteger(last)) throw unexpected('reserve-ids');
      return { reply, last };
    },
    /** The last id that is taken, at least `atLeast`. */
    raiseIds: async (atLeast: number): Promise<{ reply: DurableReply; last: number }> => {
      const call = { script: 'raise-ids', partition: DIRECTORY, keys: [keys.jobIds] };
      const reply = await redis.runDurably({ ...call, args: [atLeast] });
      const last = reply.values[0];
      if (typeof last !== 'number' || !Number.isSafeInteger(last)) throw unexpected('raise-ids');
      return { reply, last };
    },
  };
}

export function createIndexVerbs(redis: Pick<Redis, 'run' | 'runDurably'>, keys: Keys) {
  const onIndex = (script: string, { kind, id }: Index, args: readonly Argument[]): ScriptCall => ({
    script,
    partition: partitionOfId(id),
    keys: [kind === 'project' ? keys.jobsOfProject(id) : keys.jobsOfUser(id)],
    args,
  });
  return {
    indexJob: (index: Index, jobId: number, expires: number): Promise<DurableReply> =>
      redis.runDurably(onIndex('index-job', index, [jobId, expires])),
    unindexJob: (index: Index, jobId: number): Promise<DurableReply> =>
      redis.runDurably(onIndex('unindex-job', index, [jobId])),
    /** Ids above `after`, lowest first. */
    listIds: async (index: Index, after: number, offset: number, limit: number) => {
      const reply = await redis.run(onIndex('list-ids', index, [after, offset, limit]));
      const [total, ids] = reply.values;
      if (typeof total !== 'number') throw unexpected('list-ids');
      return { total, ids: texts('list-ids', ids).map(Number) };
    },
  };
}
