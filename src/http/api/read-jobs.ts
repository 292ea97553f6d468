/** Jobs, as people and the jobs themselves read them. */
import { z } from 'zod';
import { AppError } from '../../errors.ts';
import { ACCESS } from '../../policy/facts.ts';
import { JOB_STATUSES } from '../../store/records.ts';
import { projectFor } from './access.ts';
import { idOrPath, pageFields, positiveId } from './fields.ts';
import { jobSchema, presentJob, presentJobs } from './job-entity.ts';
import { toPage } from './pagination.ts';
import { ok, route, type Route } from './route.ts';

const projectParams = z.strictObject({ id: idOrPath });
const jobParams = z.strictObject({ id: idOrPath, job_id: positiveId });
const status = z.enum(JOB_STATUSES);

const READ_SCOPES = ['api', 'read_api', 'create_job'] as const;

export const readJobRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/projects/:id/jobs',
    action: 'job.list',
    who: 'Reporter of the project',
    summary: 'Lists the jobs of a project, newest first.',
    answer: { status: 200, body: z.array(jobSchema) },
    callers: 'user',
    scopes: READ_SCOPES,
    params: projectParams,
    query: z.strictObject({
      ...pageFields,
      scope: z.union([status.transform((one) => [one]), z.array(status).max(20)]).optional(),
    }),
    async handler({ caller, params, query }, deps) {
      const { id } = await projectFor(deps, caller, params.id, ACCESS.reporter);
      const { store, clock } = deps;
      const { items, total } = await store.jobs.list(id, toPage(query), query.scope);
      const jobs = await presentJobs(store, items, clock.now());
      return { ...ok(jobs), slice: { ...query, total } };
    },
  }),
  route({
    method: 'get',
    path: '/projects/:id/jobs/:job_id',
    action: 'job.show',
    who: 'Reporter of the project',
    summary: 'Shows a job, without its token.',
    answer: { status: 200, body: jobSchema },
    callers: 'user',
    scopes: READ_SCOPES,
    params: jobParams,
    async handler({ caller, params }, deps) {
      const { id } = await projectFor(deps, caller, params.id, ACCESS.reporter);
      const job = await deps.store.jobs.find(id, params.job_id);
      if (job === null) throw new AppError('not_found', '404 Job Not Found');
      const [entity] = await presentJobs(deps.store, [job], deps.clock.now());
      return ok(entity);
    },
  }),
  route({
    method: 'get',
    path: '/job',
    action: 'job.self',
    summary: 'Shows the job whose token this is.',
    answer: { status: 200, body: jobSchema },
    callers: 'job',
    async handler({ caller: { job } }, { store, clock }) {
      const user = job.userId === null ? null : await store.directory.user(job.userId);
      return ok(presentJob(job, user, clock.now()));
    },
  }),
];
