/** What a journal keeps: the ends of jobs and the revocations of tokens that this instance took on. */
import type { JobRecord, JobStatus, MemberSource } from '../../records.ts';
import { partitionOfHash, type Partition } from '../keys.ts';

export interface JobEnd {
  readonly projectId: number;
  readonly jobId: number;
  /** null: Redis was away when the end came in, so only the job's id is known. */
  readonly tokenHash: string | null;
  readonly status: JobStatus;
  /** Milliseconds since the epoch; the job's `finishedAt`. */
  readonly at: number;
}

/** `converted`: the password of a job that has ended. */
export type TokenKind = 'deploy' | 'personal' | 'converted';

export interface Revocation {
  readonly kind: TokenKind;
  /** null for a personal access token. */
  readonly holder: MemberSource | null;
  readonly tokenId: number;
  readonly at: number;
}

/** Clocks of two instances may be this far apart: each is within half of it of the server's. Milliseconds. */
const SKEW = 10_000;

/** Where ends are kept whose job's partition is not known. */
export const UNPLACED: Partition = '';

export function placeOf(end: Pick<JobEnd, 'tokenHash'>): Partition {
  return end.tokenHash === null ? UNPLACED : partitionOfHash(end.tokenHash);
}

/** With the project that spoke for the job: what another project says of it must not stand in the way. */
export function endKey(end: Pick<JobEnd, 'projectId' | 'jobId' | 'tokenHash'>): string {
  return `${end.projectId}:${end.tokenHash ?? end.jobId}`;
}

/** With the holder, for the same reason. */
export function revocationKey({ kind, holder, tokenId }: Omit<Revocation, 'at'>): string {
  return holder === null ? `${kind}:${tokenId}` : `${kind}:${holder.kind}:${holder.id}:${tokenId}`;
}

/** The latest start that an end which knows only an id can be about: the id may not have been a job's at all yet. */
export function latestStart(end: JobEnd): number {
  return end.at + SKEW;
}

/** Whether the end is that of this very job. */
export function isEndOf(end: JobEnd, job: JobRecord): boolean {
  if (end.projectId !== job.projectId || end.jobId !== job.id) return false;
  if (end.tokenHash !== null) return end.tokenHash === job.tokenHash;
  return job.startedAt <= latestStart(end);
}
