/** Whether other projects' jobs need to be on a project's allowlist to come in. */
import { z } from 'zod';
import { AppError } from '../../errors.ts';
import { ACCESS } from '../../policy/facts.ts';
import { projectFor } from './access.ts';
import { projectTarget } from './audit-target.ts';
import { flag, idOrPath } from './fields.ts';
import { noContent, ok, route, type Route } from './route.ts';

const params = z.strictObject({ id: idOrPath });

export const jobTokenScopeRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/projects/:id/job_token_scope',
    action: 'job_token_scope.show',
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
    callers: 'user',
    params,
    body: z.strictObject({ enabled: flag }),
    async handler({ caller, params: { id: ref }, body: { enabled }, audit }, deps) {
      const { id, fullPath } = await projectFor(deps, caller, ref, ACCESS.maintainer);
      if (!enabled && deps.settings.jobs.enforce_allowlist) {
        throw new AppError(
          'bad_request',
          'enabled is invalid: this server does not let a project switch its allowlist off (jobs.enforce_allowlist)',
        );
      }
      const fields = { allowlistEnabled: enabled };
      const change = { kind: 'project.update', project: id, fields } as const;
      await deps.store.directory.apply([change], deps.clock.now());
      const target = projectTarget({ id, fullPath });
      audit('allowlist.changed', target, { change: 'switched', enabled });
      return noContent({ project_id: id, enabled });
    },
  }),
];
