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

/**
 * Names a token. `converted`: the password of a job that has ended. A refresh token is known by its keyed hash, since that
 * is all that is known of one while Redis is away.
 */
export type TokenName =
  | {
      readonly kind: 'deploy' | 'converted';
      readonly holder: MemberSource;
      readonly tokenId: number;
    }
  | { readonly kind: 'personal'; readonly holder: null; readonly tokenId: number }
  | { readonly kind: 'refresh'; readonly tokenHash: string };

export type Revocation = TokenName & { readonly at: number };

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
export function revocationKey(name: TokenName): string {
  if (name.kind === 'refresh') return `${name.kind}:${name.tokenHash}`;
  const { kind, holder, tokenId } = name;
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
