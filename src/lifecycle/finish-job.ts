/** A job moves on: to another status, or to its end. */
import { changeOf } from '../audit/change-of.ts';
import type { RecordChange } from '../audit/changes.ts';
import { AppError } from '../errors.ts';
import {
  EXECUTING_STATUSES,
  FINISHED_STATUSES,
  type JobRecord,
  type JobStatus,
} from '../store/records.ts';
import { convertToken, type ConvertDependencies } from './converted-tokens.ts';

export interface JobStatusChange {
  readonly projectId: number;
  readonly jobId: number;
  readonly status: JobStatus;
}

export interface ChangeJobDependencies extends ConvertDependencies {
  readonly audit: RecordChange;
}

function refusal(job: JobRecord, wanted: JobStatus): AppError {
  const { id, status } = job;
  const why = FINISHED_STATUSES.has(status)
    ? `job ${id} has finished (${status}) and never runs again; start a new job`
    : `job ${id} is ${status} and does not go back to ${wanted}`;
  return new AppError('conflict', `409 Conflict - ${why}`);
}

/**
 * A job starts as running, so whatever comes before that is behind it: the right to write must not come back by such a
 * detour (CD-11).
 */
async function refuseStepBack(
  { store }: Pick<ConvertDependencies, 'store'>,
  { projectId, jobId, status }: JobStatusChange,
): Promise<never> {
  const job = await store.jobs.find(projectId, jobId);
  if (job === null) throw new AppError('not_found', `The project has no job ${jobId}.`);
  throw refusal(job, status);
}

/**
 * Sets a job's status. Saying the same end twice is fine; anything else about a finished job is a `conflict`, since a
 * finished job never runs again (CD-11), and so is a step back. Resolved means durable: the token writes nothing from
 * now on, and reads only where the project lets it (CD-09). `store_unavailable`: ask again, whatever has happened.
 */
export async function changeJobStatus(
  deps: ChangeJobDependencies,
  change: JobStatusChange,
): Promise<JobRecord> {
  const { projectId, jobId, status } = change;
  if (!EXECUTING_STATUSES.has(status) && !FINISHED_STATUSES.has(status)) {
    return refuseStepBack(deps, change);
  }
  const now = deps.clock.now();
  const { job, changed } = await deps.store.jobs.setStatus(projectId, jobId, status, now);
  if (job.status !== status) throw refusal(job, status);
  if (!FINISHED_STATUSES.has(status)) return job;
  const about = { project_id: projectId, job_id: jobId, user_id: job.userId };
  const target = { kind: 'job', id: jobId, path: job.name } as const;
  // What it was before costs another question to the store, and it was running.
  const { finishedAt } = job;
  const told = { status, ...changeOf('job', null, { status, finishedAt }) };
  if (changed) deps.audit('job.finished', target, { ...about, ...told });
  const token = await convertToken(deps, job);
  if (token !== null) {
    const password = { kind: 'converted_token', id: token.id, path: null } as const;
    deps.audit('converted_token.recorded', password, about);
  }
  return job;
}
