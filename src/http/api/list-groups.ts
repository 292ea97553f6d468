/** GET /groups, and what is below a group. */
import { z } from 'zod';
import type { GroupQuery } from '../../store/listing.ts';
import { groupFor } from './access.ts';
import type { UserCaller } from './caller.ts';
import { flag, idOrPath } from './fields.ts';
import { groupSchema, presentGroup } from './group-entity.ts';
import { idList, orderFields, placeFields } from './list-fields.ts';
import { listPage } from './list-page.ts';
import { seenOrHeld } from './list-visible.ts';
import { route, type ApiDependencies, type Reply, type Route } from './route.ts';

const fields = {
  ...orderFields(['name', 'path', 'id', 'created_at'], { by: 'name', sort: 'asc' }),
  ...placeFields,
  all_available: flag
    .meta({ description: 'False: only those that the caller is a member of.' })
    .optional(),
  skip_groups: idList.optional(),
};
const query = z.strictObject(fields);
const params = z.strictObject({ id: idOrPath });

function list(
  deps: ApiDependencies,
  caller: UserCaller,
  asked: z.output<typeof query>,
  place: Pick<GroupQuery, 'under' | 'topLevel'>,
): Promise<Reply> {
  const filter = {
    ...seenOrHeld(caller, { ...asked, member: asked.all_available === false }, deps.clock.now()),
    ...place,
    search: asked.search,
    visibility: asked.visibility,
    skip: asked.skip_groups,
  };
  return listPage(asked, {
    read: (page) => deps.store.directory.groups({ ...filter, ...page }),
    present: presentGroup,
  });
}

const below = (path: string, nested: boolean, summary: string): Route =>
  route({
    method: 'get',
    path,
    action: 'group.list',
    summary,
    answer: { status: 200, body: z.array(groupSchema) },
    callers: 'user',
    params,
    query,
    async handler({ caller, params: { id }, query: asked }, deps) {
      const { id: groupId } = await groupFor(deps, caller, id);
      return list(deps, caller, asked, { under: { groupId, nested } });
    },
  });

export const listGroupsRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/groups',
    action: 'group.list',
    summary: 'Lists the groups that the caller may see.',
    answer: { status: 200, body: z.array(groupSchema) },
    callers: 'user',
    query: z.strictObject({ ...fields, top_level_only: flag.default(false) }),
    handler: ({ caller, query: { top_level_only: topLevel, ...asked } }, deps) =>
      list(deps, caller, asked, { topLevel }),
  }),
  below('/groups/:id/subgroups', false, 'Lists the groups in a group that the caller may see.'),
  below(
    '/groups/:id/descendant_groups',
    true,
    'Lists the groups in a group, and in those, that the caller may see.',
  ),
];
