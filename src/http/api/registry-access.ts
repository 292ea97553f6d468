/** What lasting access to its images a project gives out by itself. */
import { z } from 'zod';
import { changeOf } from '../../audit/change-of.ts';
import {
  automaticTokenIsOn,
  changeRegistryAccess,
  type RegistryAccessFields,
} from '../../lifecycle/automatic-deploy-token.ts';
import { ACCESS } from '../../policy/facts.ts';
import type { ProjectRecord } from '../../store/records.ts';
import { projectFor } from './access.ts';
import { flag, idOrPath } from './fields.ts';
import { ok, route, type ApiDependencies, type Route } from './route.ts';

const params = z.strictObject({ id: idOrPath });

const switches = z
  .strictObject({
    auto_deploy_token: z
      .union([flag, z.null(), z.literal('').transform(() => null)], {
        error: 'must be true, false, or null for what the server’s settings say',
      })
      .optional(),
    auto_devops: flag.optional(),
    job_token_after_job: z.enum(['none', 'read']).optional(),
  })
  .meta({ example: { auto_deploy_token: true } });

function toFields(body: z.output<typeof switches>): RegistryAccessFields {
  const { auto_deploy_token: token, auto_devops: devops, job_token_after_job: after } = body;
  return {
    ...(token !== undefined && { autoDeployToken: token }),
    ...(devops !== undefined && { autoDevops: devops }),
    ...(after !== undefined && { jobTokenAfterJob: after }),
  };
}

const afterJob = z.enum(['none', 'read']);

const registryAccessSchema = z
  .strictObject({
    auto_deploy_token: z.boolean().nullable(),
    auto_devops: z.boolean(),
    job_token_after_job: afterJob,
    effective: z.strictObject({ auto_deploy_token: z.boolean(), job_token_after_job: afterJob }),
    auto_deploy_token_revoked: z.boolean(),
  })
  .meta({ id: 'RegistryAccess' });

/** The project's switches, and under `effective` what they come to with the server's settings. */
function present({ settings }: ApiDependencies, project: ProjectRecord) {
  const wanted = project.visibility !== 'public' && automaticTokenIsOn(settings, project);
  return {
    auto_deploy_token: project.autoDeployToken,
    auto_devops: project.autoDevops,
    job_token_after_job: project.jobTokenAfterJob,
    effective: {
      auto_deploy_token: wanted && !project.autoTokenDeclined,
      job_token_after_job: settings.jobs.after_job.force ?? project.jobTokenAfterJob,
    },
    auto_deploy_token_revoked: project.autoTokenDeclined,
  };
}

export const registryAccessRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/projects/:id/registry_access',
    action: 'registry_access.show',
    who: 'Maintainer of the project',
    summary: 'Shows what lasting access to its images a project gives out.',
    answer: { status: 200, body: registryAccessSchema },
    callers: 'user',
    params,
    handler: async ({ caller, params: { id } }, deps) =>
      ok(present(deps, await projectFor(deps, caller, id, ACCESS.maintainer))),
  }),
  route({
    method: 'patch',
    path: '/projects/:id/registry_access',
    action: 'registry_access.update',
    who: 'Maintainer of the project',
    summary: 'Changes what lasting access to its images a project gives out.',
    answer: { status: 200, body: registryAccessSchema },
    callers: 'user',
    params,
    body: switches,
    async handler({ caller, params: { id }, body, audit }, deps) {
      const project = await projectFor(deps, caller, id, ACCESS.maintainer);
      const changed = await changeRegistryAccess({ ...deps, audit }, project.id, toFields(body));
      const about = { project_id: project.id, ...body };
      const target = { kind: 'project', id: project.id, path: project.fullPath } as const;
      audit('registry_access.changed', target, {
        ...about,
        ...changeOf('project', project, changed),
      });
      return ok(present(deps, changed), about);
    },
  }),
];
