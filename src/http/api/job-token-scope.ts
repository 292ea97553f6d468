/** Whether other projects' jobs need to be on a project's allowlist to come in. */
import { z } from 'zod';
import { changeOf } from '../../audit/change-of.ts';
import { AppError } from '../../errors.ts';
import { ACCESS } from '../../policy/facts.ts';
import { projectFor } from './access.ts';
import { projectTarget } from './audit-target.ts';
import { flag, idOrPath } from './fields.ts';
import { noContent, ok, route, type Route } from './route.ts';

const params = z.strictObject({ id: idOrPath });

const jobTokenScopeSchema = z
  .strictObject({ inbound_enabled: z.boolean(), outbound_enabled: z.literal(false) })
  .meta({ id: 'JobTokenScope' });

export const jobTokenScopeRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/projects/:id/job_token_scope',
    action: 'job_token_scope.show',
    who: 'Maintainer of the project',
    summary: 'Says whether jobs of other projects need to be on the allowlist of a project.',
    answer: { status: 200, body: jobTokenScopeSchema },
    callers: 'user',
    params,
    async handler({ caller, params: { id } }, deps) {
      const { allowlistEnabled } = await projectFor(deps, caller, id, ACCESS.maintainer);
      const enforced = deps.settings.jobs.enforce_allowlist;
      // GitLab's outbound limit is gone from GitLab itself; its field stays, for clients that read it.
      return ok({ inbound_enabled: enforced || allowlistEnabled, outbound_enabled: false });
    },
  }),
  route({
    method: 'patch',
    path: '/projects/:id/job_token_scope',
    action: 'job_token_scope.update',
    who: 'Maintainer of the project',
    summary: 'Switches the allowlist of a project on or off.',
    answer: { status: 204, body: null },
    callers: 'user',
    params,
    body: z.strictObject({ enabled: flag }).meta({ example: { enabled: true } }),
    async handler({ caller, params: { id: ref }, body: { enabled }, audit }, deps) {
      const project = await projectFor(deps, caller, ref, ACCESS.maintainer);
      const { id } = project;
      if (!enabled && deps.settings.jobs.enforce_allowlist) {
        throw new AppError(
          'bad_request',
          'enabled is invalid: this server does not let a project switch its allowlist off (jobs.enforce_allowlist)',
        );
      }
      const fields = { allowlistEnabled: enabled };
      const change = { kind: 'project.update', project: id, fields } as const;
      await deps.store.directory.apply([change], deps.clock.now());
      const told = changeOf('project', project, { ...project, ...fields });
      const about = { change: 'switched', enabled, ...told };
      audit('allowlist.changed', projectTarget(project), about);
      return noContent({ project_id: id, enabled });
    },
  }),
];
