/** /groups. */
import { z } from 'zod';
import { changeOf } from '../../audit/change-of.ts';
import { AppError } from '../../errors.ts';
import { ACCESS } from '../../policy/facts.ts';
import { groupFor, mustBeAdmin } from './access.ts';
import { groupTarget } from './audit-target.ts';
import type { UserCaller } from './caller.ts';
import { idOrPath, pathSegment, positiveId, text, visibility } from './fields.ts';
import { groupSchema, presentGroup } from './group-entity.ts';
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
    method: 'post',
    path: '/groups',
    action: 'group.create',
    who: 'everybody but external users; Owner of the group above, for a subgroup',
    summary: 'Makes a group, of which the caller is Owner.',
    answer: { status: 201, body: groupSchema },
    callers: 'user',
    body: z
      .strictObject({
        name: text(255),
        path: pathSegment,
        parent_id: positiveId.nullish(),
        visibility: visibility.default('private'),
      })
      .meta({ example: { name: 'Acme', path: 'acme' } }),
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
      audit('group.created', groupTarget(group), { ...fields, ...changeOf('group', null, group) });
      return created(presentGroup(group), { group_id: id, path: fullPath });
    },
  }),
  route({
    method: 'get',
    path: '/groups/:id',
    action: 'group.show',
    who: 'who may see it',
    summary: 'Shows a group.',
    answer: { status: 200, body: groupSchema },
    callers: 'user',
    params,
    handler: async ({ caller, params: { id } }, deps) =>
      ok(presentGroup(await groupFor(deps, caller, id))),
  }),
  route({
    method: 'put',
    path: '/groups/:id',
    action: 'group.update',
    who: 'Owner of the group',
    summary: 'Changes the name or visibility of a group.',
    answer: { status: 200, body: groupSchema },
    callers: 'user',
    params,
    body: z
      .strictObject({ name: text(255).optional(), visibility: visibility.optional() })
      .meta({ example: { visibility: 'internal' } }),
    async handler({ caller, params: { id: ref }, body, audit }, deps) {
      const before = await groupFor(deps, caller, ref, ACCESS.owner);
      const { id } = before;
      const fields = {
        ...(body.name !== undefined && { name: body.name }),
        ...(body.visibility !== undefined && { visibility: body.visibility }),
      };
      const change = { kind: 'group.update', group: id, fields } as const;
      await deps.store.directory.apply([change], deps.clock.now());
      const group = await groupFor(deps, caller, id);
      const about = { ...fields, ...changeOf('group', before, group) };
      audit('group.updated', groupTarget(group), about);
      return ok(presentGroup(group), { group_id: id, ...fields });
    },
  }),
  route({
    method: 'delete',
    path: '/groups/:id',
    action: 'group.delete',
    who: 'Owner of the group',
    summary: 'Deletes a group with all groups and projects below it.',
    answer: { status: 202, body: acceptedSchema },
    callers: 'user',
    params,
    async handler({ caller, params: { id: ref }, audit }, deps) {
      const group = await groupFor(deps, caller, ref, ACCESS.owner);
      const { id, fullPath } = group;
      await deps.store.directory.apply([{ kind: 'group.delete', group: id }], deps.clock.now());
      audit('group.deleted', groupTarget(group), changeOf('group', group, null));
      return accepted({ group_id: id, path: fullPath });
    },
  }),
];
