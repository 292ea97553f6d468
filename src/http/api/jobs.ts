/** Jobs, as the CI system starts, renews and ends them. */
import { z } from 'zod';
import { changeOf } from '../../audit/change-of.ts';
import { AppError } from '../../errors.ts';
import { deployVariables } from '../../lifecycle/deploy-variables.ts';
import { changeJobStatus } from '../../lifecycle/finish-job.ts';
import {
  jobVariables,
  registryCredentials,
  type JobVariable,
} from '../../lifecycle/job-variables.ts';
import { startJob, type StartedJob } from '../../lifecycle/start-job.ts';
import { ACCESS } from '../../policy/facts.ts';
import { JOB_STATUSES, type ProjectRecord } from '../../store/records.ts';
import { projectFor } from './access.ts';
import { jobTarget } from './audit-target.ts';
import type { Caller, UserCaller } from './caller.ts';
import { idOrPath, positiveId, toIso } from './fields.ts';
import { jobSchema, leaseSchema, presentJobs } from './job-entity.ts';
import { jobBody, toJobRequest } from './job-request.ts';
import { created, ok, route, type ApiDependencies, type Route } from './route.ts';
import { startedJobSchema } from './started-job-answer.ts';
import { basicUser } from './user-entity.ts';

const projectParams = z.strictObject({ id: idOrPath });
const jobParams = z.strictObject({ id: idOrPath, job_id: positiveId });
const status = z.enum(JOB_STATUSES);

const RUN_SCOPES = ['api', 'create_job'] as const;

/**
 * The project, for a caller that runs its jobs: a token with `create_job` of a Maintainer, or an administrator's. A job
 * acts as whichever user it names, so an `api` token alone is not enough.
 */
async function projectToRun(
  deps: ApiDependencies,
  caller: UserCaller,
  ref: number | string,
): Promise<ProjectRecord> {
  const project = await projectFor(deps, caller, ref);
  if (!caller.user.admin && !caller.token.scopes.has('create_job')) {
    throw new AppError(
      'forbidden',
      '403 Forbidden - jobs are started and ended with a token that has the scope create_job, or by an administrator',
    );
  }
  return projectFor(deps, caller, project.id, ACCESS.maintainer);
}

function presentStarted(
  { settings }: ApiDependencies,
  project: ProjectRecord,
  started: StartedJob,
  deploy: readonly JobVariable[],
): unknown {
  const { job, user, token, extendedToken } = started;
  return {
    id: job.id,
    status: job.status,
    project_id: project.id,
    user: basicUser(user),
    token: token.reveal(),
    deadline: toIso(job.deadline),
    lease_expires_at: job.leaseSeconds === null ? null : toIso(job.leaseUntil),
    variables: [...jobVariables(settings, project, started), ...deploy],
    credentials: registryCredentials(settings, started),
    job_info: {
      id: job.id,
      name: job.name,
      stage: job.stage,
      project_id: project.id,
      project_name: project.name,
      project_full_path: project.fullPath,
      // Here alone: a runner that does not know it passes nothing of this on to the job (EXT-03, EXT-04).
      ...(extendedToken && { extended_job_token: extendedToken.reveal() }),
    },
  };
}

/** The id of the project in which the caller may renew the job: as one who runs jobs there, or as the job itself. */
async function projectOfLease(
  deps: ApiDependencies,
  caller: Caller,
  { id, job_id: jobId }: z.output<typeof jobParams>,
): Promise<number> {
  if (caller.kind === 'user') return (await projectToRun(deps, caller, id)).id;
  const project = await deps.store.directory.project(id);
  if (caller.job.id === jobId && caller.job.projectId === project?.id) return project.id;
  throw new AppError('not_found', '404 Job Not Found');
}

export const jobRoutes: readonly Route[] = [
  route({
    method: 'post',
    path: '/projects/:id/jobs',
    action: 'job.start',
    who: 'Maintainer of the project with a token that has create_job; administrators',
    summary: 'Starts a job and hands out its token, this once.',
    answer: { status: 201, body: startedJobSchema },
    callers: 'user',
    scopes: RUN_SCOPES,
    params: projectParams,
    body: jobBody,
    async handler({ caller, params, body, audit }, deps) {
      const project = await projectToRun(deps, caller, params.id);
      const request = toJobRequest(project, body, caller.user.id);
      const started = await startJob(deps, request);
      const { job, user } = started;
      const deploy = await deployVariables({ ...deps, audit }, project, job, request.runner);
      const { pipelineId, runner, extended } = job;
      const about = { project_id: project.id, job_id: job.id, as: user.username };
      const context = { pipeline_id: pipelineId, runner_id: runner?.id ?? null, extended };
      const told = { user_id: user.id, ...context, ...changeOf('job', null, job) };
      audit('job.started', jobTarget(job), { ...about, ...told });
      return created(presentStarted(deps, project, started, deploy), { ...about, ...context });
    },
  }),
  route({
    method: 'put',
    path: '/projects/:id/jobs/:job_id',
    action: 'job.status',
    who: 'Maintainer of the project with a token that has create_job; administrators',
    summary: 'Says how a job goes on; with its end its token is dead.',
    answer: { status: 200, body: jobSchema },
    callers: 'user',
    scopes: RUN_SCOPES,
    params: jobParams,
    body: z.strictObject({ status }).meta({ example: { status: 'success' } }),
    async handler({ caller, params, body, audit }, deps) {
      const project = await projectToRun(deps, caller, params.id);
      const change = { projectId: project.id, jobId: params.job_id, status: body.status };
      const job = await changeJobStatus({ ...deps, audit }, change);
      const [entity] = await presentJobs(deps.store, [job], deps.clock.now());
      return ok(entity, { project_id: project.id, status: job.status });
    },
  }),
  route({
    method: 'post',
    path: '/projects/:id/jobs/:job_id/heartbeat',
    action: 'job.heartbeat',
    who: 'Maintainer of the project with a token that has create_job; administrators; the job itself',
    summary: 'Renews the lease of a job.',
    answer: { status: 200, body: leaseSchema },
    callers: 'either',
    scopes: RUN_SCOPES,
    params: jobParams,
    async handler({ caller, params }, deps) {
      const projectId = await projectOfLease(deps, caller, params);
      const job = await deps.store.jobs.heartbeat(projectId, params.job_id, deps.clock.now());
      return ok({ lease_expires_at: toIso(job.leaseUntil) }, { project_id: projectId });
    },
  }),
];
