/** What a CI system says when it starts a job. */
import { z } from 'zod';
import type { ContainersPermission } from '../../credential/principal.ts';
import type { JobRequest, RequestRunner } from '../../lifecycle/start-job.ts';
import type { ProjectRecord } from '../../store/records.ts';
import {
  flag,
  integer,
  namedTwice,
  optionalText,
  positiveId,
  text,
  userRef,
  wholeNumber,
} from './fields.ts';

const DAY = 86_400;

const permission = z.enum(['none', 'read', 'write', 'delete']).optional();

/** GitLab's catalogue. Only `containers` means anything to a registry; a name outside it is a mistake. */
const permissions = z.strictObject({
  containers: permission,
  deployments: permission,
  environments: permission,
  jobs: permission,
  packages: permission,
  releases: permission,
  secure_files: permission,
  terraform: permission,
  terraform_state: permission,
});

const runner = z.strictObject({
  id: positiveId,
  executor: text(64).nullish(),
  privileged: flag.optional(),
  project_specific: flag.optional(),
  // Runners tell of many features, and more with each version; this is the one that matters here.
  features: z.looseObject({ extended_job_token: flag.optional() }).optional(),
});

export const jobBody = z
  .strictObject({
    ...userRef,
    ref: optionalText(255),
    ref_protected: flag.default(false),
    name: text(255).default('job'),
    stage: text(255).default('test'),
    environment: optionalText(255),
    pipeline_id: positiveId.nullish(),
    timeout: wholeNumber
      .pipe(z.number().min(60, 'must be 60 seconds or more'))
      .meta(integer(60))
      .nullish(),
    lease: wholeNumber
      .pipe(z.number().min(10, 'must be 10 seconds or more').max(DAY, 'must be a day at most'))
      .meta(integer(10, DAY))
      .nullish(),
    permissions: permissions.optional(),
    token_format: z.enum(['jwt', 'opaque']).nullish(),
    runner: runner.nullish(),
  })
  .refine(namedTwice.check, namedTwice.issue)
  .meta({
    oneOf: [{ required: ['user_id'] }, { required: ['username'] }],
    example: { username: 'jane', ref: 'main', pipeline_id: 7, timeout: 1800 },
  });

type JobBody = z.output<typeof jobBody>;

/** A job that names permissions at all has those that it names, and no others (LOW-05). */
function containersOf(asked: JobBody['permissions']): ContainersPermission | null {
  return asked === undefined ? null : (asked.containers ?? 'none');
}

function runnerOf(said: z.output<typeof runner>): RequestRunner {
  return {
    id: said.id,
    executor: said.executor ?? null,
    privileged: said.privileged ?? false,
    projectSpecific: said.project_specific ?? false,
    extendedJobToken: said.features?.extended_job_token ?? false,
  };
}

export function toJobRequest(project: ProjectRecord, body: JobBody, startedBy: number): JobRequest {
  return {
    project,
    user: body.user_id ?? body.username ?? null,
    name: body.name,
    stage: body.stage,
    ref: body.ref ?? null,
    refProtected: body.ref_protected,
    environment: body.environment ?? null,
    pipelineId: body.pipeline_id ?? null,
    timeout: body.timeout ?? null,
    lease: body.lease ?? null,
    permissions: containersOf(body.permissions),
    tokenFormat: body.token_format ?? null,
    runner: body.runner ? runnerOf(body.runner) : null,
    startedBy,
  };
}
