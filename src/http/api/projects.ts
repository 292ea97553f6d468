/** /projects. */
import { z } from 'zod';
import { AppError } from '../../errors.ts';
import { tryAutomaticDeployToken } from '../../lifecycle/automatic-deploy-token.ts';
import { ACCESS } from '../../policy/facts.ts';
import type { ProjectFields } from '../../store/directory-change.ts';
import type { ProjectRecord } from '../../store/records.ts';
import { projectFor } from './access.ts';
import { projectTarget } from './audit-target.ts';
import { idOrPath, pageFields, text } from './fields.ts';
import { listVisible } from './list-visible.ts';
import { presentProject, projectFields, toProjectFields } from './project-entity.ts';
import { accepted, created, ok, route, type ApiDependencies, type Route } from './route.ts';

const params = z.strictObject({ id: idOrPath });

async function update(
  deps: ApiDependencies,
  { id }: ProjectRecord,
  changes: Partial<ProjectFields>,
): Promise<ProjectRecord> {
  const change = { kind: 'project.update', project: id, fields: changes } as const;
  await deps.store.directory.apply([change], deps.clock.now());
  const project = await deps.store.directory.project(id);
  if (project === null) throw new AppError('not_found', '404 Project Not Found');
  return project;
}

const archive = (archived: boolean): Route => {
  const verb = archived ? 'archive' : 'unarchive';
  return route({
    method: 'post',
    path: `/projects/:id/${verb}`,
    action: `project.${verb}`,
    callers: 'user',
    params,
    async handler({ caller, params: { id }, audit }, deps) {
      const project = await projectFor(deps, caller, id, ACCESS.owner);
      const changed = await update(deps, project, { archived });
      audit('project.updated', projectTarget(changed), { archived });
      return created(presentProject(changed), { project_id: project.id });
    },
  });
};

export const projectRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/projects',
    action: 'project.list',
    callers: 'user',
    query: z.strictObject({ ...pageFields, search: text(255).optional() }),
    handler: ({ caller, query }, deps) =>
      listVisible(deps, caller, query, {
        kind: 'project',
        read: (page) => deps.store.directory.projects(page, query.search),
        present: presentProject,
      }),
  }),
  route({
    method: 'get',
    path: '/projects/:id',
    action: 'project.show',
    callers: 'user',
    params,
    handler: async ({ caller, params: { id } }, deps) =>
      ok(presentProject(await projectFor(deps, caller, id))),
  }),
  route({
    method: 'put',
    path: '/projects/:id',
    action: 'project.update',
    callers: 'user',
    params,
    body: z.strictObject(projectFields),
    async handler({ caller, params: { id }, body, audit }, deps) {
      // Who may see a project is its Owner's to say.
      const minimum = body.visibility === undefined ? ACCESS.maintainer : ACCESS.owner;
      const project = await projectFor(deps, caller, id, minimum);
      const changes = toProjectFields(body);
      const about = { project_id: project.id, ...changes };
      const changed = await update(deps, project, changes);
      audit('project.updated', projectTarget(changed), changes);
      // A project that was public had no automatic deploy token until now (AUTO-02).
      if (body.visibility !== undefined) await tryAutomaticDeployToken({ ...deps, audit }, changed);
      return ok(presentProject(changed), about);
    },
  }),
  route({
    method: 'delete',
    path: '/projects/:id',
    action: 'project.delete',
    callers: 'user',
    params,
    async handler({ caller, params: { id: ref }, audit }, deps) {
      const { id, fullPath } = await projectFor(deps, caller, ref, ACCESS.owner);
      await deps.store.directory.apply([{ kind: 'project.delete', project: id }], deps.clock.now());
      audit('project.deleted', projectTarget({ id, fullPath }));
      return accepted({ project_id: id, path: fullPath });
    },
  }),
  archive(true),
  archive(false),
];
