/** /users and /user. */
import { z } from 'zod';
import { changeOf } from '../../audit/change-of.ts';
import type { RecordChange } from '../../audit/changes.ts';
import { AppError } from '../../errors.ts';
import { createUser, updateUser } from '../../lifecycle/users.ts';
import type { UserRecord } from '../../store/records.ts';
import { mustBeAdmin, userById } from './access.ts';
import { userTarget } from './audit-target.ts';
import type { UserCaller } from './caller.ts';
import { pathSegment, positiveId } from './fields.ts';
import { created, noContent, ok, route, type ApiDependencies, type Route } from './route.ts';
import {
  fullUser,
  fullUserSchema,
  seenBy,
  seenUser,
  toUserChange,
  userFields,
} from './user-entity.ts';

const params = z.strictObject({ id: positiveId });

const SCOPES = ['api', 'read_api', 'read_user'] as const;

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
  const before = await userById(deps, id);
  const user = await updateUser(deps, id, { state });
  const type = state === 'active' ? 'user.unblocked' : 'user.blocked';
  audit(type, userTarget(user), changeOf('user', before, user));
  return created(true);
}

export const userRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/user',
    action: 'user.self',
    summary: 'Shows the user whose token this is.',
    answer: { status: 200, body: fullUserSchema },
    callers: 'user',
    scopes: SCOPES,
    handler: async ({ caller }) => ok(fullUser(caller.user)),
  }),
  route({
    method: 'post',
    path: '/users',
    action: 'user.create',
    who: 'administrators',
    summary: 'Makes a user.',
    answer: { status: 201, body: fullUserSchema },
    callers: 'user',
    body: z
      .strictObject({ ...userFields, username: pathSegment })
      .meta({ example: { username: 'jane', name: 'Jane Doe', email: 'jane@example.com' } }),
    async handler({ caller, body, audit }, deps) {
      mustBeAdmin(caller);
      const user = await createUser(deps, body.username, toUserChange(body));
      const about = { admin: user.admin, external: user.external };
      audit('user.created', userTarget(user), { ...about, ...changeOf('user', null, user) });
      return created(fullUser(user), { user_id: user.id, username: user.username });
    },
  }),
  route({
    method: 'get',
    path: '/users/:id',
    action: 'user.show',
    who: 'everybody; administrators are shown more',
    summary: 'Shows a user.',
    answer: { status: 200, body: seenUser },
    callers: 'user',
    scopes: SCOPES,
    params,
    handler: async ({ caller, params: { id } }, deps) =>
      ok(seenBy(caller.user)(await userById(deps, id))),
  }),
  route({
    method: 'put',
    path: '/users/:id',
    action: 'user.update',
    who: 'administrators',
    summary: 'Changes what is named of a user.',
    answer: { status: 200, body: fullUserSchema },
    callers: 'user',
    params,
    body: z.strictObject(userFields).meta({ example: { name: 'Jane Roe', external: false } }),
    async handler({ caller, params: { id }, body, audit }, deps) {
      mustBeAdmin(caller);
      if (body.admin === false) mustBeAnother(caller, id);
      const before = await userById(deps, id);
      const user = await updateUser(deps, id, toUserChange(body));
      const about = { fields: Object.keys(body) };
      audit('user.updated', userTarget(user), { ...about, ...changeOf('user', before, user) });
      return ok(fullUser(user), about);
    },
  }),
  route({
    method: 'delete',
    path: '/users/:id',
    action: 'user.delete',
    who: 'administrators',
    summary: 'Deletes a user with their namespace and all their credentials.',
    answer: { status: 204, body: null },
    callers: 'user',
    params,
    async handler({ caller, params: { id }, audit }, deps) {
      mustBeAdmin(caller);
      mustBeAnother(caller, id);
      const user = await userById(deps, id);
      await deps.store.directory.apply([{ kind: 'user.delete', user: id }], deps.clock.now());
      audit('user.deleted', userTarget(user), changeOf('user', user, null));
      return noContent();
    },
  }),
  route({
    method: 'post',
    path: '/users/:id/block',
    action: 'user.block',
    who: 'administrators',
    summary: 'Blocks a user: no credential of theirs logs in any more.',
    answer: { status: 201, body: z.literal(true) },
    callers: 'user',
    params,
    handler: ({ params: { id }, ...request }, deps) => setState(deps, request, id, 'blocked'),
  }),
  route({
    method: 'post',
    path: '/users/:id/unblock',
    action: 'user.unblock',
    who: 'administrators',
    summary: 'Lets a blocked user in again.',
    answer: { status: 201, body: z.literal(true) },
    callers: 'user',
    params,
    handler: ({ params: { id }, ...request }, deps) => setState(deps, request, id, 'active'),
  }),
];
