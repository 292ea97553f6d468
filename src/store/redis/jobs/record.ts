/**
 * A job as Redis holds it: one value of two lines. The first has what scripts look at and change, in a fixed order, a
 * `-` for none; the second has the rest, as a JSON array. (A Redis hash with the rest in one field takes 1029 bytes where
 * this takes 405: a field of more than 64 bytes makes it a table of pointers.) Fields may be added at the end of
 * either; a script hands on those that it does not know.
 */
import type { ContainersPermission } from '../../../credential/principal.ts';
import { storeUnavailable } from '../../../errors.ts';
import type { JobRecord, JobStatus } from '../../records.ts';

const NONE = '-';

type Rest = [
  userId: number | null,
  name: string,
  stage: string,
  ref: string | null,
  refProtected: 0 | 1,
  environment: string | null,
  pipelineId: number | null,
  permissions: ContainersPermission | null,
  runner: [id: number, executor: string | null] | null,
  tokenFormat: 'jwt' | 'opaque',
  createdAt: number,
  /** Absent in jobs that were stored before there was such a token. */
  extended?: 0 | 1,
  /** Absent in jobs that were stored before it was written down. */
  startedBy?: number | null,
];

const REST_LENGTH = 11;

/** The first line of a job, less what the server adds: its own time, and the id of the call. */
export function newJobFields(job: JobRecord): string {
  const { status, gen, leaseUntil, deadline, projectId, id, leaseSeconds, startedAt } = job;
  const { finishedAt, erasedAt } = job;
  const live = [status, gen, finishedAt ?? NONE, leaseUntil, deadline, erasedAt ?? NONE];
  return [...live, projectId, id, leaseSeconds ?? NONE, startedAt].join(' ');
}

export function jobRest(job: JobRecord): string {
  const rest: Rest = [
    job.userId,
    job.name,
    job.stage,
    job.ref,
    job.refProtected ? 1 : 0,
    job.environment,
    job.pipelineId,
    job.permissions,
    job.runner === null ? null : [job.runner.id, job.runner.executor],
    job.tokenFormat,
    job.createdAt,
    job.extended ? 1 : 0,
    job.startedBy,
  ];
  return JSON.stringify(rest);
}

function restOf(text: string): Rest {
  try {
    const rest: unknown = JSON.parse(text);
    if (Array.isArray(rest) && rest.length >= REST_LENGTH) return rest as Rest;
  } catch {
    // Said below.
  }
  throw storeUnavailable('the record of a job in Redis is damaged');
}

function integer(text: string | undefined): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw storeUnavailable('the record of a job is damaged');
  return value;
}

const optional = (text: string | undefined): number | null =>
  text === NONE ? null : integer(text);

/** @throws AppError `store_unavailable` for what is no record */
export function jobOf(tokenHash: string, value: unknown): JobRecord {
  const text = typeof value === 'string' ? value : '';
  const end = text.indexOf('\n');
  const field = text.slice(0, Math.max(0, end)).split(' ');
  const rest = restOf(text.slice(end + 1));
  return {
    id: integer(field[7]),
    projectId: integer(field[6]),
    userId: rest[0],
    status: field[0] as JobStatus,
    gen: integer(field[1]),
    name: rest[1],
    stage: rest[2],
    ref: rest[3],
    refProtected: rest[4] === 1,
    environment: rest[5],
    pipelineId: rest[6],
    permissions: rest[7],
    runner: rest[8] === null ? null : { id: rest[8][0], executor: rest[8][1] },
    tokenFormat: rest[9],
    extended: rest[11] === 1,
    tokenHash,
    createdAt: rest[10],
    startedAt: integer(field[9]),
    finishedAt: optional(field[2]),
    deadline: integer(field[4]),
    leaseUntil: integer(field[3]),
    leaseSeconds: optional(field[8]),
    erasedAt: optional(field[5]),
    startedBy: rest[12] ?? null,
  };
}
