/** Rows of the table of jobs. The order of the tuple is that of the columns. */
import type { ContainersPermission } from '../../credential/principal.ts';
import type { JobRecord, JobStatus } from '../records.ts';
import type { Bit, Value } from './database.ts';
import { bit } from './database.ts';

export type JobRow = [
  id: number,
  projectId: number,
  userId: number | null,
  status: JobStatus,
  gen: number,
  name: string,
  stage: string,
  ref: string | null,
  refProtected: Bit,
  environment: string | null,
  pipelineId: number | null,
  permissions: ContainersPermission | null,
  runnerId: number | null,
  runnerExecutor: string | null,
  tokenFormat: 'jwt' | 'opaque',
  tokenHash: string,
  createdAt: number,
  startedAt: number,
  finishedAt: number | null,
  deadline: number,
  leaseUntil: number,
  leaseSeconds: number | null,
  erasedAt: number | null,
  extended: Bit,
  startedBy: number | null,
];
export const JOB_COLUMNS = `j.id, j.project_id, j.user_id, j.status, j.gen, j.name, j.stage, j.ref, j.ref_protected,
  j.environment, j.pipeline_id, j.permissions, j.runner_id, j.runner_executor, j.token_format, j.token_hash,
  j.created_at, j.started_at, j.finished_at, j.deadline, j.lease_until, j.lease_seconds, j.erased_at,
  j.extended, j.started_by`;

export function jobRecord(row: JobRow): JobRecord {
  const runnerId = row[12];
  return {
    id: row[0],
    projectId: row[1],
    userId: row[2],
    status: row[3],
    gen: row[4],
    name: row[5],
    stage: row[6],
    ref: row[7],
    refProtected: row[8] === 1,
    environment: row[9],
    pipelineId: row[10],
    permissions: row[11],
    runner: runnerId === null ? null : { id: runnerId, executor: row[13] },
    tokenFormat: row[14],
    extended: row[23] === 1,
    tokenHash: row[15],
    createdAt: row[16],
    startedAt: row[17],
    finishedAt: row[18],
    deadline: row[19],
    leaseUntil: row[20],
    leaseSeconds: row[21],
    erasedAt: row[22],
    startedBy: row[24],
  };
}

/** The values of all columns, in their order. */
export function jobValues(job: JobRecord): Value[] {
  return [
    job.id,
    job.projectId,
    job.userId,
    job.status,
    job.gen,
    job.name,
    job.stage,
    job.ref,
    bit(job.refProtected),
    job.environment,
    job.pipelineId,
    job.permissions,
    job.runner?.id ?? null,
    job.runner?.executor ?? null,
    job.tokenFormat,
    job.tokenHash,
    job.createdAt,
    job.startedAt,
    job.finishedAt,
    job.deadline,
    job.leaseUntil,
    job.leaseSeconds,
    job.erasedAt,
    bit(job.extended),
    job.startedBy,
  ];
}
