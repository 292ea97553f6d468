/** The scripts about one job. All reject with `store_unavailable` only. */
import type { JobRecord, JobStatus } from '../../records.ts';
import type {
  Argument,
  DurableReply,
  Redis,
  ScriptCall,
  ScriptReply,
} from '../connection/redis.ts';
import { partitionOfHash, type Keys } from '../keys.ts';
import { unexpected } from './faults.ts';
import { jobOf, jobRest, newJobFields } from './record.ts';

export interface JobAnswer {
  readonly reply: ScriptReply;
  /** null: the project has no such job. */
  readonly job: JobRecord | null;
}

export interface DurableJobAnswer extends JobAnswer {
  readonly reply: DurableReply;
}

export interface StatusChange {
  readonly projectId: number;
  readonly jobId: number;
  readonly status: JobStatus;
  readonly at: number;
  readonly ends: boolean;
  /** The generation on which the change rests; null: any. */
  readonly generation: number | null;
}

function expectStatus<R extends ScriptReply>(script: string, reply: R, known: readonly string[]) {
  if (!known.includes(reply.status)) throw unexpected(script);
  return reply;
}

type Runner = Pick<Redis, 'run' | 'runDurably'>;

export function createJobVerbs(redis: Runner, unvetted: Runner, keys: Keys) {
  const onJob = (script: string, hash: string, args: readonly Argument[]): ScriptCall => {
    const partition = partitionOfHash(hash);
    return { script, partition, keys: [keys.job(hash), keys.written(partition)], args };
  };
  const jobIn = <R extends ScriptReply>(hash: string, reply: R) => {
    if (reply.status === 'none' || reply.status === 'doubt') return { reply, job: null };
    return { reply, job: jobOf(hash, reply.values[0]) };
  };
  return {
    /** Status `doubt`: nobody can tell whether it has ended. */
    admit: async (hash: string): Promise<JobAnswer> => {
      const call = onJob('admit', hash, []);
      const reply = await redis.run({ ...call, keys: call.keys.slice(0, 1) });
      expectStatus('admit', reply, ['job', 'none', 'doubt']);
      return jobIn(hash, reply);
    },
    /** Status `started` or `conflict`. @param call names this call, so that doing it twice does no harm */
    start: async (job: JobRecord, call: string, expires: number): Promise<DurableReply> => {
      const args = [call, expires, newJobFields(job), jobRest(job)];
      const reply = await redis.runDurably(onJob('start', job.tokenHash, args));
      return expectStatus('start', reply, ['started', 'conflict']);
    },
    /** Status `changed`, `kept`, `moved` or `none`. An end is done in any history. */
    setStatus: async (hash: string, change: StatusChange): Promise<DurableJobAnswer> => {
      const { projectId, jobId, status, at, ends, generation } = change;
      const args = [projectId, jobId, status, at, ends ? 1 : 0, generation ?? ''];
      const through = ends ? unvetted : redis;
      const reply = await through.runDurably(onJob('set-status', hash, args));
      expectStatus('set-status', reply, ['changed', 'kept', 'moved', 'none']);
      return jobIn(hash, reply);
    },
    /** Status `beaten`, `refused`, `none` or `doubt`. */
    heartbeat: async (
      hash: string,
      projectId: number,
      jobId: number,
      at: number,
    ): Promise<DurableJobAnswer> => {
      const reply = await redis.runDurably(onJob('heartbeat', hash, [projectId, jobId, at]));
      expectStatus('heartbeat', reply, ['beaten', 'refused', 'none', 'doubt']);
      return jobIn(hash, reply);
    },
  };
}
