/** Who is a member of a project or group: the same routes twice. */
import { z } from 'zod';
import { AppError } from '../../errors.ts';
import type { MemberRecord, MemberSource } from '../../store/records.ts';
import { sourceFor } from './access.ts';
import { idOrPath, pageFields, positiveId, toIso, toIsoDate } from './fields.ts';
import { everyRecord, toPage } from './pagination.ts';
import { ok, route, type ApiDependencies, type Route } from './route.ts';
import { basicUser } from './user-entity.ts';

export const sourceParams = z.strictObject({ id: idOrPath });
export const memberParams = z.strictObject({ id: idOrPath, user_id: positiveId });

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

export async function findMember(
  { store, clock }: ApiDependencies,
  source: MemberSource,
  userId: number,
  inherited: boolean,
): Promise<MemberRecord | null> {
  const options = { inherited, now: clock.now() };
  const all = everyRecord((page) => store.directory.members(source, page, options));
  for await (const member of all) if (member.userId === userId) return member;
  return null;
}

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
      callers: 'user',
      params: sourceParams,
      query: z.strictObject(pageFields),
      async handler({ caller, params, query }, deps) {
        const source = await sourceFor(deps, caller, kind, params.id);
        const options = { inherited, now: deps.clock.now() };
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
