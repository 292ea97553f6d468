/** The scripts about many jobs of one partition. */
import type { JobStatus } from '../../records.ts';
import type { DurableReply, Redis } from '../connection/redis.ts';
import type { Keys, Partition } from '../keys.ts';
import { texts, unexpected } from './faults.ts';
import { jobOf } from './record.ts';

export interface EndTarget {
  readonly projectId: number;
  readonly jobId: number;
  readonly status: JobStatus;
  readonly at: number;
  readonly tokenHash: string;
  /** A job that started later is not meant; null: it is this very job. */
  readonly latestStart: number | null;
}

export interface EndsAnswer {
  readonly reply: DurableReply;
  /** What is missing may be missing because the history has lost it. */
  readonly closed: boolean;
  /** In the order of the targets; else the job's deadline. */
  readonly answers: readonly ('none' | 'later' | number)[];
}

type Runner = Pick<Redis, 'run' | 'runDurably'>;

export function createBulkVerbs(redis: Runner, unvetted: Runner, keys: Keys) {
  return {
    /** Token hashes by job id, for ids of one partition, in any history. @param lenient also while it is closed */
    locate: async (partition: Partition, jobIds: readonly number[], lenient: boolean) => {
      const places = [...new Set(jobIds.map(keys.jobId))];
      const numbers = new Map(places.map((key, index) => [key, index + 1]));
      const pairs = jobIds.flatMap((id) => [numbers.get(keys.jobId(id)) ?? 0, id]);
      const args = [lenient ? 1 : 0, ...pairs];
      const reply = await unvetted.run({ script: 'locate', partition, keys: places, args });
      const hashes = texts('locate', reply.values[0]);
      return { reply, hashes: hashes.map((hash) => (hash === '' ? null : hash)) };
    },
    /** Jobs of one partition. */
    readJobs: async (partition: Partition, hashes: readonly string[]) => {
      const call = { script: 'read-jobs', partition, keys: hashes.map(keys.job), args: [] };
      const records = texts('read-jobs', (await redis.run(call)).values[0]);
      return hashes.map((hash, index) => {
        const record = records[index];
        return record === undefined || record === '' ? null : jobOf(hash, record);
      });
    },
    /** Ends jobs of one partition, in any history. */
    endJobs: async (partition: Partition, targets: readonly EndTarget[]): Promise<EndsAnswer> => {
      const names = targets.map((target) => keys.job(target.tokenHash));
      const args = targets.flatMap((target) => [
        target.projectId,
        target.jobId,
        target.status,
        target.at,
        target.latestStart ?? '',
      ]);
      const all = [keys.written(partition), ...names];
      const reply = await unvetted.runDurably({ script: 'end-jobs', partition, keys: all, args });
      const answers = texts('end-jobs', reply.values[1]).map((answer) =>
        answer === 'none' || answer === 'later' ? answer : Number(answer),
      );
      if (answers.length !== targets.length) throw unexpected('end-jobs');
      return { reply, closed: reply.values[0] !== 0, answers };
    },
  };
}
