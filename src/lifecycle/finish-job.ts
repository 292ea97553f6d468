/** A job moves on: to another status, or to its end. */
import { AppError } from '../errors.ts';
import { FINISHED_STATUSES, type JobRecord, type JobStatus } from '../store/records.ts';
import type { LifecycleDependencies } from './dependencies.ts';

export interface JobStatusChange {
  readonly projectId: number;
  readonly jobId: number;
  readonly status: JobStatus;
}

/**
 * Sets a job's status. Saying the same end twice is fine; anything else about a finished job is a `conflict`, since a
 * finished job never runs again (CD-11). Resolved means durable: the token is dead from now on.
 */
export async function changeJobStatus(
  { store, clock }: Pick<LifecycleDependencies, 'store' | 'clock'>,
  { projectId, jobId, status }: JobStatusChange,
): Promise<JobRecord> {
  const { job } = await store.jobs.setStatus(projectId, jobId, status, clock.now());
  if (job.status !== status) {
    const why = FINISHED_STATUSES.has(job.status)
      ? `job ${jobId} has finished (${job.status}) and never runs again; start a new job`
      : `job ${jobId} is ${job.status}`;
    throw new AppError('conflict', `409 Conflict - ${why}`);
  }
  return job;
}
