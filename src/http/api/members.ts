/** Who is a member of a project or group: the same routes twice. */
import { z } from 'zod';
import { AppError } from '../../errors.ts';
import type { MemberRecord, MemberSource } from '../../store/records.ts';
import { sourceFor } from './access.ts';
import { accessLevelAnswer, dateOrTimestamp, managedBy, timestamp } from './answer-fields.ts';
import { idOrPath, pageFields, positiveId, toIso, toIsoDate } from './fields.ts';
import { idList, searchField } from './list-fields.ts';
import { toPage } from './pagination.ts';
import { ok, route, type ApiDependencies, type Route } from './route.ts';
import { basicUser, basicUserFields } from './user-entity.ts';

export const sourceParams = z.strictObject({ id: idOrPath });
export const memberParams = z.strictObject({ id: idOrPath, user_id: positiveId });

export const memberSchema = z
  .strictObject({
    ...basicUserFields,
    access_level: accessLevelAnswer,
    expires_at: dateOrTimestamp.nullable(),
    created_at: timestamp,
    managed_by: managedBy,
  })
  .meta({ id: 'Member' });

async function present({ store }: ApiDependencies, member: MemberRecord) {
  const user = await store.directory.user(member.userId);
  if (user === null) return [];
  return [
    {
      ...basicUser(user),
      access_level: member.accessLevel,
      expires_at: toIsoDate(member.expiresAt),
      created_at: toIso(member.createdAt),
      managed_by: member.managedBy,
    },
  ];
}

export const findMember = (
  { store, clock }: ApiDependencies,
  source: MemberSource,
  userId: number,
  inherited: boolean,
): Promise<MemberRecord | null> =>
  store.directory.member(source, userId, { inherited, now: clock.now() });

export async function showMember(
  deps: ApiDependencies,
  source: MemberSource,
  userId: number,
  inherited: boolean,
): Promise<unknown> {
  const member = await findMember(deps, source, userId, inherited);
  const [entity] = member === null ? [] : await present(deps, member);
  if (entity === undefined) throw new AppError('not_found', '404 Not found');
  return entity;
}

/** `all` stands before `:user_id`, which would take it. */
function readRoutes(kind: MemberSource['kind']): readonly Route[] {
  const base = `/${kind}s/:id/members`;
  return [true, false].flatMap((inherited) => [
    route({
      method: 'get',
      path: inherited ? `${base}/all` : base,
      action: 'member.list',
      who: `who may see the ${kind}`,
      summary: inherited
        ? `Lists the members of a ${kind} and of the groups above it.`
        : `Lists the direct members of a ${kind}.`,
      answer: { status: 200, body: z.array(memberSchema) },
      callers: 'user',
      params: sourceParams,
      query: z.strictObject({ ...pageFields, query: searchField, user_ids: idList.optional() }),
      async handler({ caller, params, query }, deps) {
        const source = await sourceFor(deps, caller, kind, params.id);
        const filter = { search: query.query, userIds: query.user_ids };
        const options = { inherited, now: deps.clock.now(), ...filter };
        const { directory } = deps.store;
        const { items, total } = await directory.members(source, toPage(query), options);
        const members = await Promise.all(items.map((member) => present(deps, member)));
        return { ...ok(members.flat()), slice: { ...query, total } };
      },
    }),
    route({
      method: 'get',
      path: inherited ? `${base}/all/:user_id` : `${base}/:user_id`,
      action: 'member.show',
      who: `who may see the ${kind}`,
      summary: inherited
        ? `Shows a member of a ${kind} or of a group above it.`
        : `Shows a direct member of a ${kind}.`,
      answer: { status: 200, body: memberSchema },
      callers: 'user',
      params: memberParams,
      async handler({ caller, params }, deps) {
        const source = await sourceFor(deps, caller, kind, params.id);
        return ok(await showMember(deps, source, params.user_id, inherited));
      },
    }),
  ]);
}

export const memberRoutes: readonly Route[] = [...readRoutes('project'), ...readRoutes('group')];
