/** POST /projects. */
import { z } from 'zod';
import { changeOf } from '../../audit/change-of.ts';
import { AppError } from '../../errors.ts';
import { tryAutomaticDeployToken } from '../../lifecycle/automatic-deploy-token.ts';
import { ACCESS } from '../../policy/facts.ts';
import type { ProjectFields } from '../../store/directory-change.ts';
import { groupFor, projectFor } from './access.ts';
import { projectTarget } from './audit-target.ts';
import type { UserCaller } from './caller.ts';
import { idOrPath, pathSegment } from './fields.ts';
import { presentProject, projectFields, projectSchema, toProjectFields } from './project-entity.ts';
import { created, route, type ApiDependencies } from './route.ts';

const namespace = z.union([z.int().positive(), idOrPath], {
  error: "must be a group's id or full path, or a username",
});

/** A group in which the caller is Maintainer, or the namespace of a user: one's own, or anybody's for administrators. */
async function namespacePath(
  deps: ApiDependencies,
  caller: UserCaller,
  asked: number | string | undefined,
): Promise<string> {
  const { user } = caller;
  const username = asked ?? user.username;
  if (typeof username === 'string') {
    const owner = await deps.store.directory.userByUsername(username);
    if (owner !== null && (user.admin || owner.id === user.id)) {
      if (user.external && !user.admin) throw new AppError('forbidden', '403 Forbidden');
      return owner.username;
    }
  }
  return (await groupFor(deps, caller, username, ACCESS.maintainer)).fullPath;
}

/** GitLab's slug of a name that stands without a path. */
const slug = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[-._]+|[-._]+$/g, '');

export const createProjectRoute = route({
  method: 'post',
  path: '/projects',
  action: 'project.create',
  who: 'Maintainer of the group; everybody but external users, in their own namespace',
  summary: 'Makes a project in a group or in the namespace of a user.',
  answer: { status: 201, body: projectSchema },
  callers: 'user',
  body: z
    .strictObject({
      ...projectFields,
      path: pathSegment.optional(),
      namespace_id: namespace.optional(),
    })
    .refine((body) => body.name !== undefined || body.path !== undefined, {
      error: 'a project needs a name or a path',
      path: ['name'],
    })
    .meta({
      anyOf: [{ required: ['name'] }, { required: ['path'] }],
      example: { path: 'app', namespace_id: 'acme', visibility: 'private' },
    }),
  async handler({ caller, body, audit }, deps) {
    const { path = slug(body.name ?? ''), name = path } = body;
    if (path.includes('/')) {
      throw new AppError('bad_request', 'path is invalid: name the group by namespace_id');
    }
    const fullPath = `${await namespacePath(deps, caller, body.namespace_id)}/${path}`;
    const record: ProjectFields = {
      name,
      visibility: 'private',
      registryAccess: 'enabled',
      archived: false,
      jobsEnabled: true,
      allowlistEnabled: true,
      autoDevops: false,
      autoDeployToken: null,
      jobTokenAfterJob: 'none',
      ...toProjectFields(body),
    };
    const [id = 0] = await deps.store.directory.apply(
      [{ kind: 'project.create', fullPath, fields: record, managedBy: 'api' }],
      deps.clock.now(),
    );
    const project = await projectFor(deps, caller, id);
    const { visibility } = project;
    const told = { visibility, ...changeOf('project', null, project) };
    audit('project.created', projectTarget(project), told);
    await tryAutomaticDeployToken({ ...deps, audit }, project);
    return created(presentProject(project), { project_id: id, path: fullPath });
  },
});
