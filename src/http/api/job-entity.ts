import { z } from 'zod';
import {
  FINISHED_STATUSES,
  JOB_STATUSES,
  type JobRecord,
  type UserRecord,
} from '../../store/records.ts';
import type { Store } from '../../store/ports.ts';
import { id as idSchema, timestamp } from './answer-fields.ts';
import { toIso } from './fields.ts';
import { basicUser, basicUserSchema } from './user-entity.ts';

export const jobSchema = z
  .strictObject({
    id: idSchema,
    status: z.enum(JOB_STATUSES).meta({ example: 'running' }),
    stage: z.string().meta({ example: 'test' }),
    name: z.string().meta({ example: 'job' }),
    ref: z.string().nullable().meta({ example: 'main' }),
    ref_protected: z.boolean(),
    environment: z.string().nullable().meta({ example: null }),
    project_id: idSchema,
    created_at: timestamp,
    started_at: timestamp,
    finished_at: timestamp.nullable(),
    erased_at: timestamp.nullable(),
    duration: z.number().nonnegative().meta({ description: 'Seconds.', example: 12.5 }),
    deadline: timestamp,
    lease_expires_at: timestamp.nullable(),
    token_format: z.enum(['jwt', 'opaque']),
    permissions: z
      .strictObject({ containers: z.enum(['none', 'read', 'write', 'delete']) })
      .nullable(),
    user: basicUserSchema.nullable(),
    pipeline: z
      .strictObject({
        id: idSchema,
        project_id: idSchema,
        ref: z.string().nullable().meta({ example: 'main' }),
      })
      .nullable(),
    runner: z.strictObject({ id: idSchema, executor: z.string().nullable() }).nullable(),
  })
  .meta({ id: 'Job' });

export const leaseSchema = z.strictObject({ lease_expires_at: timestamp }).meta({ id: 'Lease' });

const seconds = (from: number, to: number): number => Math.max(0, to - from) / 1000;

/** A job in GitLab's shape, and never its token. */
export function presentJob(job: JobRecord, user: UserRecord | null, now: number) {
  const pipeline = { id: job.pipelineId, project_id: job.projectId, ref: job.ref };
  const ended = FINISHED_STATUSES.has(job.status);
  return {
    id: job.id,
    status: job.status,
    stage: job.stage,
    name: job.name,
    ref: job.ref,
    ref_protected: job.refProtected,
    environment: job.environment,
    project_id: job.projectId,
    created_at: toIso(job.createdAt),
    started_at: toIso(job.startedAt),
    finished_at: toIso(job.finishedAt),
    erased_at: toIso(job.erasedAt),
    duration: seconds(job.startedAt, job.finishedAt ?? now),
    deadline: toIso(job.deadline),
    lease_expires_at: job.leaseSeconds === null || ended ? null : toIso(job.leaseUntil),
    token_format: job.tokenFormat,
    permissions: job.permissions === null ? null : { containers: job.permissions },
    user: user === null ? null : basicUser(user),
    pipeline: job.pipelineId === null ? null : pipeline,
    runner: job.runner,
  };
}

/** The same for a list, asking once for each user. */
export async function presentJobs(store: Store, jobs: readonly JobRecord[], now: number) {
  const ids = [...new Set(jobs.map((job) => job.userId))];
  const users = new Map(
    await Promise.all(
      ids.map(async (id) => [id, id === null ? null : await store.directory.user(id)] as const),
    ),
  );
  return jobs.map((job) => presentJob(job, users.get(job.userId) ?? null, now));
}
