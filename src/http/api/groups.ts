/** /groups. */
import { z } from 'zod';
import { AppError } from '../../errors.ts';
import { ACCESS } from '../../policy/facts.ts';
import { groupFor, mustBeAdmin } from './access.ts';
import { groupTarget } from './audit-target.ts';
import type { UserCaller } from './caller.ts';
import { idOrPath, pageFields, positiveId, text, visibility } from './fields.ts';
import { presentGroup } from './group-entity.ts';
import { listVisible } from './list-visible.ts';
import { accepted, created, ok, route, type ApiDependencies, type Route } from './route.ts';

const params = z.strictObject({ id: idOrPath });

/** Anybody but an external user starts a top-level group; a subgroup takes an Owner of the group above. */
async function fullPathOf(
  deps: ApiDependencies,
  caller: UserCaller,
  parentId: number | null | undefined,
  path: string,
): Promise<string> {
  if (path.includes('/')) {
    throw new AppError('bad_request', 'path is invalid: name the group above by its parent_id');
  }
  if (parentId === undefined || parentId === null) {
    if (caller.user.external) mustBeAdmin(caller);
    return path;
  }
  const parent = await groupFor(deps, caller, parentId, ACCESS.owner);
  return `${parent.fullPath}/${path}`;
}

export const groupRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/groups',
    action: 'group.list',
    callers: 'user',
    query: z.strictObject({ ...pageFields, search: text(255).optional() }),
    handler: ({ caller, query }, deps) =>
      listVisible(deps, caller, query, {
        kind: 'group',
        read: (page) => deps.store.directory.groups(page, query.search),
        present: presentGroup,
      }),
  }),
  route({
    method: 'post',
    path: '/groups',
    action: 'group.create',
    callers: 'user',
    body: z.strictObject({
      name: text(255),
      path: text(255),
      parent_id: positiveId.nullish(),
      visibility: visibility.default('private'),
    }),
    async handler({ caller, body, audit }, deps) {
      const fullPath = await fullPathOf(deps, caller, body.parent_id, body.path);
      const fields = { name: body.name, visibility: body.visibility };
      const source = { kind: 'group', ref: fullPath } as const;
      const [id = 0] = await deps.store.directory.apply(
        [
          { kind: 'group.create', fullPath, fields, managedBy: 'api' },
          {
            kind: 'member.set',
            source,
            user: caller.user.id,
            accessLevel: ACCESS.owner,
            expiresAt: null,
            managedBy: 'api',
          },
        ],
        deps.clock.now(),
      );
      const group = await groupFor(deps, caller, id);
      audit('group.created', groupTarget(group), fields);
      return created(presentGroup(group), { group_id: id, path: fullPath });
    },
  }),
  route({
    method: 'get',
    path: '/groups/:id',
    action: 'group.show',
    callers: 'user',
    params,
    handler: async ({ caller, params: { id } }, deps) =>
      ok(presentGroup(await groupFor(deps, caller, id))),
  }),
  route({
    method: 'put',
    path: '/groups/:id',
    action: 'group.update',
    callers: 'user',
    params,
    body: z.strictObject({ name: text(255).optional(), visibility: visibility.optional() }),
    async handler({ caller, params: { id: ref }, body, audit }, deps) {
      const { id, fullPath } = await groupFor(deps, caller, ref, ACCESS.owner);
      const fields = {
        ...(body.name !== undefined && { name: body.name }),
        ...(body.visibility !== undefined && { visibility: body.visibility }),
      };
      const change = { kind: 'group.update', group: id, fields } as const;
      await deps.store.directory.apply([change], deps.clock.now());
      audit('group.updated', groupTarget({ id, fullPath }), fields);
      return ok(presentGroup(await groupFor(deps, caller, id)), { group_id: id, ...fields });
    },
  }),
  route({
    method: 'delete',
    path: '/groups/:id',
    action: 'group.delete',
    callers: 'user',
    params,
    async handler({ caller, params: { id: ref }, audit }, deps) {
      const { id, fullPath } = await groupFor(deps, caller, ref, ACCESS.owner);
      await deps.store.directory.apply([{ kind: 'group.delete', group: id }], deps.clock.now());
      audit('group.deleted', groupTarget({ id, fullPath }));
      return accepted({ group_id: id, path: fullPath });
    },
  }),
];
