/** GET /projects, and the projects of a group or user. */
import { z } from 'zod';
import { AppError } from '../../errors.ts';
import type { ProjectQuery } from '../../store/listing.ts';
import { groupFor } from './access.ts';
import type { UserCaller } from './caller.ts';
import { flag, idOrPath, positiveId } from './fields.ts';
import { orderFields, placeFields } from './list-fields.ts';
import { listPage } from './list-page.ts';
import { seenOrHeld } from './list-visible.ts';
import {
  presentProject,
  presentSimpleProject,
  projectSchema,
  simpleProjectSchema,
} from './project-entity.ts';
import { route, type ApiDependencies, type Reply, type Route } from './route.ts';

const fields = {
  ...orderFields(['id', 'name', 'path', 'created_at'], { by: 'created_at', sort: 'desc' }),
  ...placeFields,
  archived: flag.optional(),
  simple: flag.meta({ description: 'Fewer fields of each project.' }).default(false),
  membership: flag.meta({ description: 'Those that the caller is a member of.' }).default(false),
  search_namespaces: flag
    .meta({ description: 'Search in the whole path, not in its last part alone.' })
    .default(false),
  id_after: positiveId.optional(),
  id_before: positiveId.optional(),
};
const query = z.strictObject(fields);
const params = z.strictObject({ id: idOrPath });
const answer = {
  status: 200,
  body: z.array(z.union([projectSchema, simpleProjectSchema])),
} as const;

function list(
  deps: ApiDependencies,
  caller: UserCaller,
  asked: z.output<typeof query>,
  place: Pick<ProjectQuery, 'under' | 'ownerId'> = {},
): Promise<Reply> {
  const filter = {
    ...seenOrHeld(caller, { ...asked, member: asked.membership }, deps.clock.now()),
    ...place,
    search: asked.search,
    searchNamespaces: asked.search_namespaces,
    visibility: asked.visibility,
    archived: asked.archived,
    idAfter: asked.id_after,
    idBefore: asked.id_before,
  };
  return listPage(asked, {
    read: (page) => deps.store.directory.projects({ ...filter, ...page }),
    present: asked.simple ? presentSimpleProject : presentProject,
    byId: true,
  });
}

/** GitLab takes a username here too. */
async function ownerOf({ store }: ApiDependencies, ref: number | string): Promise<number> {
  const { directory } = store;
  const user = await (typeof ref === 'number'
    ? directory.user(ref)
    : directory.userByUsername(ref));
  if (user === null) throw new AppError('not_found', '404 User Not Found');
  return user.id;
}

export const listProjectsRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/projects',
    action: 'project.list',
    summary: 'Lists the projects that the caller may see.',
    answer,
    callers: 'user',
    query,
    handler: ({ caller, query: asked }, deps) => list(deps, caller, asked),
  }),
  route({
    method: 'get',
    path: '/groups/:id/projects',
    action: 'project.list',
    summary: 'Lists the projects in a group that the caller may see.',
    answer,
    callers: 'user',
    params,
    query: z.strictObject({
      ...fields,
      include_subgroups: flag
        .meta({ description: 'Those in the groups below it too.' })
        .default(false),
    }),
    async handler({ caller, params: { id }, query: asked }, deps) {
      const { id: groupId } = await groupFor(deps, caller, id);
      const { include_subgroups: nested, ...rest } = asked;
      return list(deps, caller, rest, { under: { groupId, nested } });
    },
  }),
  route({
    method: 'get',
    path: '/users/:id/projects',
    action: 'project.list',
    summary: 'Lists the projects in the namespace of a user that the caller may see.',
    answer,
    callers: 'user',
    params,
    query,
    handler: async ({ caller, params: { id }, query: asked }, deps) =>
      list(deps, caller, asked, { ownerId: await ownerOf(deps, id) }),
  }),
];
