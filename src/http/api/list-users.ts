/** GET /users. */
import { z } from 'zod';
import type { UserQuery } from '../../store/listing.ts';
import { mustBeAdmin } from './access.ts';
import type { UserCaller } from './caller.ts';
import { flag, instant, text } from './fields.ts';
import { orderFields, searchField } from './list-fields.ts';
import { listPage } from './list-page.ts';
import { ok, route } from './route.ts';
import { seenBy, seenUser } from './user-entity.ts';

const query = z.strictObject({
  ...orderFields(['id', 'name', 'username', 'created_at'], { by: 'id', sort: 'desc' }),
  username: text(255).meta({ description: 'Exactly this one, in any case.' }).optional(),
  search: searchField,
  active: flag.default(false),
  blocked: flag.default(false),
  external: flag.meta({ description: 'For administrators.' }).default(false),
  exclude_external: flag.meta({ description: 'For administrators.' }).default(false),
  admins: flag.meta({ description: 'For administrators.' }).default(false),
  created_after: instant.meta({ description: 'For administrators.' }).optional(),
  created_before: instant.meta({ description: 'For administrators.' }).optional(),
});
type Query = z.output<typeof query>;

/** As on GitLab, a filter that is false is none. */
function filterOf(asked: Query, caller: UserCaller): Partial<UserQuery> {
  const { active, blocked, external, exclude_external: internal, admins } = asked;
  const { created_after: createdAfter, created_before: createdBefore } = asked;
  // What the list itself does not show them, others do not learn by filtering either.
  const hidden = external || internal || admins || (createdAfter ?? createdBefore) !== undefined;
  if (hidden) mustBeAdmin(caller);
  return {
    username: asked.username,
    search: asked.search,
    createdAfter,
    createdBefore,
    ...(active !== blocked && { state: active ? 'active' : 'blocked' }),
    ...(external !== internal && { external }),
    ...(admins && { admin: true }),
  };
}

/** Filters that no user passes both of. */
const contradicts = ({ active, blocked, external, exclude_external: internal }: Query): boolean =>
  (active && blocked) || (external && internal);

export const listUsersRoute = route({
  method: 'get',
  path: '/users',
  action: 'user.list',
  summary: 'Lists users, or finds one by name.',
  answer: { status: 200, body: z.array(seenUser) },
  callers: 'user',
  scopes: ['api', 'read_api', 'read_user'],
  query,
  async handler({ caller, query: asked }, { store }) {
    const filter = filterOf(asked, caller);
    if (contradicts(asked)) return { ...ok([]), slice: { ...asked, total: 0 } };
    return listPage(asked, {
      read: (page) => store.directory.users({ ...filter, ...page }),
      present: seenBy(caller.user),
    });
  },
});
