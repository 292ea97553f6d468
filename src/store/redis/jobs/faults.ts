import { AppError, storeUnavailable } from '../../../errors.ts';
import { EXECUTING_STATUSES, type JobRecord } from '../../records.ts';

export const noSuchJob = (jobId: number): AppError =>
  new AppError('not_found', `The project has no job ${jobId}.`);

/** Why a job that was asked for its lease cannot have it renewed. */
export function leaseFault(job: JobRecord): AppError {
  return EXECUTING_STATUSES.has(job.status)
    ? new AppError('conflict', `The lease of job ${job.id} has ended and cannot be renewed.`)
    : new AppError('conflict', `Job ${job.id} is ${job.status}: only a running job has a lease.`);
}

export const tooFewReplicas = (): AppError =>
  storeUnavailable('fewer replicas than redis.replicas took the write');

export const inDoubt = (): AppError =>
  storeUnavailable('an instance that may have ended this job was not heard of since a failover');

export const notVetted = (): AppError =>
  storeUnavailable('a job is missing in a history of Redis that is not vetted here');

export const unexpected = (script: string): AppError =>
  storeUnavailable(`Redis gave an answer to ${script} that makes no sense`);

/** The end is on this server's disk, denied by it, and not known to be stored: it must be asked for again. */
export function endNotedOnly(what: string, cause: unknown): AppError {
  const message =
    `The end of ${what} is noted here and will be applied, but the token server cannot reach its data just now. ` +
    'Ask again until it is confirmed.';
  const detail = 'an end is noted and not acknowledged';
  return new AppError('store_unavailable', message, { detail, cause, retryAfter: 1 });
}

/** @throws AppError `store_unavailable` for anything but a list of texts */
export function texts(script: string, value: unknown): readonly string[] {
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value;
  throw unexpected(script);
}
