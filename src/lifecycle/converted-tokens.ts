/** Passwords of ended jobs that may still read their own project (CD-09): recorded, and forgotten. */
import { afterJobOf } from '../credential/after-job.ts';
import type { Clock } from '../clock.ts';
import type { Logger } from '../log.ts';
import type { Store } from '../store/ports.ts';
import type { ConvertedTokenRecord, JobRecord } from '../store/records.ts';
import type { LifecycleDependencies } from './dependencies.ts';
import { createSweep, type Sweep } from './sweep.ts';

export type ConvertDependencies = Pick<LifecycleDependencies, 'store' | 'clock' | 'settings'>;

/**
 * Milliseconds after its end in which a job can be converted, by a CI system that asks again. Records outlive their own
 * end by as much, so that none that was revoked is recorded anew.
 */
const LATEST = 86_400_000;

/** True if the CI system ended the job: one that had lost its token before has nothing to convert. */
function endedInTime(job: JobRecord): job is JobRecord & { finishedAt: number; userId: number } {
  const { finishedAt, deadline, leaseUntil } = job;
  if (finishedAt === null || job.erasedAt !== null || job.userId === null) return false;
  return finishedAt < deadline && finishedAt < leaseUntil;
}

/**
 * Records that the password of a job that has just ended may still read, where its project says so now. May be done
 * again. null where it is not to be; then the password is dead. `store_unavailable` where it cannot be told.
 */
export async function convertToken(
  { store, clock, settings }: ConvertDependencies,
  job: JobRecord,
): Promise<ConvertedTokenRecord | null> {
  const { after_job: afterJob } = settings.jobs;
  const now = clock.now();
  if (afterJob.force === 'none' || !endedInTime(job) || job.permissions === 'none') return null;
  const expiresAt = job.finishedAt + afterJob.max_age * 1000;
  if (expiresAt <= now || job.finishedAt + LATEST <= now) return null;
  const [project, user] = await Promise.all([
    store.directory.project(job.projectId),
    store.directory.user(job.userId),
  ]);
  if (project === null || afterJobOf(afterJob, project) !== 'read') return null;
  if (user?.state !== 'active') return null;
  const { projectId, id: jobId, userId, pipelineId, tokenHash, finishedAt: endedAt } = job;
  const token = { projectId, jobId, userId, pipelineId, tokenHash, endedAt, expiresAt };
  return store.convertedTokens.record(token, now);
}

/** Forgets records that are long past their end. */
export function createConvertedTokenSweep(deps: {
  readonly store: Pick<Store, 'convertedTokens'>;
  readonly clock: Clock;
  readonly log: Logger;
}): Sweep {
  const { store, clock, log } = deps;
  return createSweep({
    forget: () => store.convertedTokens.sweep(clock.now() - LATEST),
    log,
    what: 'passwords of jobs that ended long ago',
  });
}
