/** /projects. */
import { z } from 'zod';
import { changeOf } from '../../audit/change-of.ts';
import { AppError } from '../../errors.ts';
import { tryAutomaticDeployToken } from '../../lifecycle/automatic-deploy-token.ts';
import { ACCESS } from '../../policy/facts.ts';
import type { ProjectFields } from '../../store/directory-change.ts';
import type { ProjectRecord } from '../../store/records.ts';
import { projectFor } from './access.ts';
import { projectTarget } from './audit-target.ts';
import { idOrPath } from './fields.ts';
import { presentProject, projectFields, projectSchema, toProjectFields } from './project-entity.ts';
import {
  accepted,
  acceptedSchema,
  created,
  ok,
  route,
  type ApiDependencies,
  type Route,
} from './route.ts';

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
    who: 'Owner of the project',
    summary: archived
      ? 'Archives a project: nothing is pushed to it any more.'
      : 'Takes a project out of the archive.',
    answer: { status: 201, body: projectSchema },
    callers: 'user',
    params,
    async handler({ caller, params: { id }, audit }, deps) {
      const project = await projectFor(deps, caller, id, ACCESS.owner);
      const changed = await update(deps, project, { archived });
      const about = { archived, ...changeOf('project', project, changed) };
      audit('project.updated', projectTarget(changed), about);
      return created(presentProject(changed), { project_id: project.id });
    },
  });
};

export const projectRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/projects/:id',
    action: 'project.show',
    who: 'who may see it',
    summary: 'Shows a project.',
    answer: { status: 200, body: projectSchema },
    callers: 'user',
    params,
    handler: async ({ caller, params: { id } }, deps) =>
      ok(presentProject(await projectFor(deps, caller, id))),
  }),
  route({
    method: 'put',
    path: '/projects/:id',
    action: 'project.update',
    who: 'Maintainer of the project; Owner, for its visibility',
    summary: 'Changes what is named of a project.',
    answer: { status: 200, body: projectSchema },
    callers: 'user',
    params,
    body: z
      .strictObject(projectFields)
      .meta({ example: { container_registry_access_level: 'private' } }),
    async handler({ caller, params: { id }, body, audit }, deps) {
      // Who may see a project is its Owner's to say.
      const minimum = body.visibility === undefined ? ACCESS.maintainer : ACCESS.owner;
      const project = await projectFor(deps, caller, id, minimum);
      const changes = toProjectFields(body);
      const about = { project_id: project.id, ...changes };
      const changed = await update(deps, project, changes);
      const told = { ...changes, ...changeOf('project', project, changed) };
      audit('project.updated', projectTarget(changed), told);
      // A project that was public had no automatic deploy token until now (AUTO-02).
      if (body.visibility !== undefined) await tryAutomaticDeployToken({ ...deps, audit }, changed);
      return ok(presentProject(changed), about);
    },
  }),
  route({
    method: 'delete',
    path: '/projects/:id',
    action: 'project.delete',
    who: 'Owner of the project',
    summary: 'Deletes a project with its tokens and jobs.',
    answer: { status: 202, body: acceptedSchema },
    callers: 'user',
    params,
    async handler({ caller, params: { id: ref }, audit }, deps) {
      const project = await projectFor(deps, caller, ref, ACCESS.owner);
      const { id, fullPath } = project;
      await deps.store.directory.apply([{ kind: 'project.delete', project: id }], deps.clock.now());
      audit('project.deleted', projectTarget(project), changeOf('project', project, null));
      return accepted({ project_id: id, path: fullPath });
    },
  }),
  archive(true),
  archive(false),
];
