/** /users and /user. */
import { z } from 'zod';
import type { RecordChange } from '../../audit/changes.ts';
import { AppError } from '../../errors.ts';
import { createUser, updateUser } from '../../lifecycle/users.ts';
import type { UserRecord } from '../../store/records.ts';
import { mustBeAdmin, userById } from './access.ts';
import { userTarget } from './audit-target.ts';
import type { UserCaller } from './caller.ts';
import { pageFields, positiveId, text } from './fields.ts';
import { toPage } from './pagination.ts';
import { created, noContent, ok, route, type ApiDependencies, type Route } from './route.ts';
import { basicUser, fullUser, toUserChange, userFields } from './user-entity.ts';

const params = z.strictObject({ id: positiveId });

const SCOPES = ['api', 'read_api', 'read_user'] as const;

const seenBy = ({ user }: UserCaller) => (user.admin ? fullUser : basicUser);

/** Administrators do not shut themselves out by mistake: another one has to do it. */
function mustBeAnother({ user }: UserCaller, id: number): void {
  if (user.id === id) {
    throw new AppError('forbidden', '403 Forbidden - you cannot do this to your own account');
  }
}

async function setState(
  deps: ApiDependencies,
  { caller, audit }: { readonly caller: UserCaller; readonly audit: RecordChange },
  id: number,
  state: UserRecord['state'],
) {
  mustBeAdmin(caller);
  mustBeAnother(caller, id);
  const user = await updateUser(deps, id, { state });
  audit(state === 'active' ? 'user.unblocked' : 'user.blocked', userTarget(user));
  return created(true);
}

export const userRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/user',
    action: 'user.self',
    callers: 'user',
    scopes: SCOPES,
    handler: async ({ caller }) => ok(fullUser(caller.user)),
  }),
  route({
    method: 'get',
    path: '/users',
    action: 'user.list',
    callers: 'user',
    scopes: SCOPES,
    query: z.strictObject({
      ...pageFields,
      search: text(255).optional(),
      username: text(255).optional(),
    }),
    async handler({ caller, query }, { store }) {
      if (query.username !== undefined) {
        const user = await store.directory.userByUsername(query.username);
        const found = user === null ? [] : [seenBy(caller)(user)];
        return { ...ok(query.page === 1 ? found : []), slice: { ...query, total: found.length } };
      }
      const { items, total } = await store.directory.users(toPage(query), query.search);
      return { ...ok(items.map(seenBy(caller))), slice: { ...query, total } };
    },
  }),
  route({
    method: 'post',
    path: '/users',
    action: 'user.create',
    callers: 'user',
    body: z.strictObject({ ...userFields, username: text(255) }),
    async handler({ caller, body, audit }, deps) {
      mustBeAdmin(caller);
      const user = await createUser(deps, body.username, toUserChange(body));
      audit('user.created', userTarget(user), { admin: user.admin, external: user.external });
      return created(fullUser(user), { user_id: user.id, username: user.username });
    },
  }),
  route({
    method: 'get',
    path: '/users/:id',
    action: 'user.show',
    callers: 'user',
    scopes: SCOPES,
    params,
    handler: async ({ caller, params: { id } }, deps) =>
      ok(seenBy(caller)(await userById(deps, id))),
  }),
  route({
    method: 'put',
    path: '/users/:id',
    action: 'user.update',
    callers: 'user',
    params,
    body: z.strictObject(userFields),
    async handler({ caller, params: { id }, body, audit }, deps) {
      mustBeAdmin(caller);
      if (body.admin === false) mustBeAnother(caller, id);
      const user = await updateUser(deps, id, toUserChange(body));
      const about = { fields: Object.keys(body) };
      audit('user.updated', userTarget(user), about);
      return ok(fullUser(user), about);
    },
  }),
  route({
    method: 'delete',
    path: '/users/:id',
    action: 'user.delete',
    callers: 'user',
    params,
    async handler({ caller, params: { id }, audit }, deps) {
      mustBeAdmin(caller);
      mustBeAnother(caller, id);
      const user = await userById(deps, id);
      await deps.store.directory.apply([{ kind: 'user.delete', user: id }], deps.clock.now());
      audit('user.deleted', userTarget(user));
      return noContent();
    },
  }),
  route({
    method: 'post',
    path: '/users/:id/block',
    action: 'user.block',
    callers: 'user',
    params,
    handler: ({ params: { id }, ...request }, deps) => setState(deps, request, id, 'blocked'),
  }),
  route({
    method: 'post',
    path: '/users/:id/unblock',
    action: 'user.unblock',
    callers: 'user',
    params,
    handler: ({ params: { id }, ...request }, deps) => setState(deps, request, id, 'active'),
  }),
];
