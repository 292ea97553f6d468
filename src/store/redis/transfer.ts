import { isStoreUnavailable } from '../../errors.ts';
import { jobRecord, jobValues, type JobRow } from '../embedded/job-rows.ts';
import type { Kind, Row, Transfer } from '../transfer.ts';
import type { RedisJobs } from './jobs/jobs.ts';
import type { OpenReplica } from './replica/open.ts';

/** Jobs that are stored at the same time. */
const AT_ONCE = 64;
/** What did not get through is sent again: a long copy meets a slow moment. */
const ATTEMPTS = 20;

async function again(work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isStoreUnavailable(error) || attempt === ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50 * attempt));
    }
  }
}

async function putJobs(jobs: RedisJobs, rows: readonly Row[]): Promise<void> {
  const waiting = [...rows];
  const worker = async (): Promise<void> => {
    for (let row = waiting.pop(); row !== undefined; row = waiting.pop()) {
      const job = jobRecord(row as JobRow);
      await again(() => jobs.restore(job));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** Jobs are found under their projects: those of a project that is gone are not handed on, and their tokens are dead. */
async function* jobRows(replica: OpenReplica, jobs: RedisJobs): AsyncGenerator<readonly Row[]> {
  for await (const projects of replica.transfer.rows('projects')) {
    for (const [projectId] of projects) {
      for await (const piece of jobs.allOf(Number(projectId))) {
        if (piece.length > 0) yield piece.map(jobValues);
      }
    }
  }
}

export function createRedisTransfer(replica: OpenReplica, jobs: RedisJobs): Transfer {
  async function* jobIds(): AsyncGenerator<readonly Row[]> {
    yield [[await jobs.highestId()]];
  }
  return {
    rows: (kind: Kind) => {
      if (kind === 'jobs') return jobRows(replica, jobs);
      return kind === 'job_ids' ? jobIds() : replica.transfer.rows(kind);
    },
    put: async (kind, rows) => {
      if (kind === 'jobs') return putJobs(jobs, rows);
      if (kind === 'job_ids') return again(() => jobs.raiseIds(Number(rows[0]?.[0])));
      return again(() => replica.transfer.put(kind, rows));
    },
  };
}
