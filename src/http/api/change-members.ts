/** Members come, change and go, in projects and groups: the same routes twice. */
import { z } from 'zod';
import { changeOf } from '../../audit/change-of.ts';
import { AppError } from '../../errors.ts';
import { refusePastEnd } from '../../lifecycle/refuse-past-end.ts';
import { ACCESS } from '../../policy/facts.ts';
import type { MemberRecord, MemberSource } from '../../store/records.ts';
import { accessLevelOf, sourceFor } from './access.ts';
import { targetOf } from './audit-target.ts';
import type { UserCaller } from './caller.ts';
import { accessLevel, expiresAt, namedTwice, userRef } from './fields.ts';
import { mustNotBeLastOwner } from './last-owner.ts';
import { findMember, memberParams, memberSchema, showMember, sourceParams } from './members.ts';
import { created, noContent, ok, route, type ApiDependencies, type Route } from './route.ts';

const grant = { access_level: accessLevel, expires_at: expiresAt.optional() };

const newMember = z
  .strictObject({ ...grant, ...userRef })
  .refine(namedTwice.check, namedTwice.issue)
  .refine((body) => (body.user_id ?? body.username) !== undefined, {
    error: 'name the user by user_id or by username',
    path: ['user_id'],
  })
  .meta({
    oneOf: [{ required: ['user_id'] }, { required: ['username'] }],
    example: { username: 'jane', access_level: ACCESS.developer, expires_at: '2099-01-31' },
  });

/** Nobody gives, changes or takes more than they have: a Maintainer cannot make or unmake an Owner. */
async function mustOutrank(
  deps: ApiDependencies,
  caller: UserCaller,
  source: MemberSource,
  level: number,
): Promise<void> {
  if ((await accessLevelOf(deps, caller, source)) >= level) return;
  throw new AppError('forbidden', '403 Forbidden - this access level is above your own');
}

interface Grant {
  readonly access_level: MemberRecord['accessLevel'];
  readonly expires_at?: number | null | undefined;
}

async function setMember(
  deps: ApiDependencies,
  source: MemberSource,
  user: number | string,
  given: Grant & Pick<MemberRecord, 'managedBy'> & { readonly create: boolean },
): Promise<number> {
  const now = deps.clock.now();
  const until = given.expires_at ?? null;
  refusePastEnd(until, now);
  const change = {
    kind: 'member.set',
    source: { kind: source.kind, ref: source.id },
    user,
    accessLevel: given.access_level,
    expiresAt: until,
    create: given.create,
    managedBy: given.managedBy,
  } as const;
  const [userId = 0] = await deps.store.directory.apply([change], now);
  return userId;
}

/** Members of a group reach every project below it, so they are its Owner's to choose. */
const LEVELS = { project: ACCESS.maintainer, group: ACCESS.owner } as const;
const WHO = { project: 'Maintainer of the project', group: 'Owner of the group' } as const;

function routesOf(kind: MemberSource['kind']): readonly Route[] {
  const base = `/${kind}s/:id/members`;
  const member = `${base}/:user_id`;
  return [
    route({
      method: 'post',
      path: base,
      action: 'member.add',
      who: `${WHO[kind]}; nobody gives more than they have`,
      summary: `Gives a user a role in a ${kind}.`,
      answer: { status: 201, body: memberSchema },
      callers: 'user',
      params: sourceParams,
      body: newMember,
      async handler({ caller, params, body, audit }, deps) {
        const source = await sourceFor(deps, caller, kind, params.id, LEVELS[kind]);
        await mustOutrank(deps, caller, source, body.access_level);
        const user = body.user_id ?? body.username ?? 0;
        const id = await setMember(deps, source, user, {
          ...body,
          create: true,
          managedBy: 'api',
        });
        const { access_level } = body;
        const told = changeOf('member', null, await findMember(deps, source, id, false));
        const about = { user_id: id, access_level, ...told };
        audit('member.created', await targetOf(deps, source), about);
        return created(await showMember(deps, source, id, false), {
          [`${kind}_id`]: source.id,
          user_id: id,
          access_level: body.access_level,
        });
      },
    }),
    route({
      method: 'put',
      path: member,
      action: 'member.update',
      who: `${WHO[kind]}; nobody gives or takes more than they have`,
      summary: `Changes the role of a direct member of a ${kind}, or its end.`,
      answer: { status: 200, body: memberSchema },
      callers: 'user',
      params: memberParams,
      body: z.strictObject(grant).meta({ example: { access_level: ACCESS.maintainer } }),
      async handler({ caller, params: { id, user_id: userId }, body, audit }, deps) {
        const source = await sourceFor(deps, caller, kind, id, LEVELS[kind]);
        const held = await findMember(deps, source, userId, false);
        if (held === null) throw new AppError('not_found', '404 Not found');
        await mustOutrank(deps, caller, source, Math.max(held.accessLevel, body.access_level));
        if (body.access_level < ACCESS.owner) await mustNotBeLastOwner(deps, source, held);
        // A date that the request leaves out stays: no temporary member becomes a permanent one by accident.
        const expires_at = body.expires_at === undefined ? held.expiresAt : body.expires_at;
        await setMember(deps, source, userId, {
          ...body,
          expires_at,
          create: false,
          managedBy: held.managedBy,
        });
        const about = { [`${kind}_id`]: source.id, access_level: body.access_level };
        const { access_level } = body;
        const told = changeOf('member', held, await findMember(deps, source, userId, false));
        const details = { user_id: userId, access_level, ...told };
        audit('member.updated', await targetOf(deps, source), details);
        return ok(await showMember(deps, source, userId, false), about);
      },
    }),
    route({
      method: 'delete',
      path: member,
      action: 'member.remove',
      who: `${WHO[kind]}; everybody, themselves`,
      summary: `Takes a direct member out of a ${kind}.`,
      answer: { status: 204, body: null },
      callers: 'user',
      params: memberParams,
      async handler({ caller, params: { id, user_id: userId }, audit }, deps) {
        const leaves = caller.user.id === userId;
        const minimum = leaves ? ACCESS.none : LEVELS[kind];
        const source = await sourceFor(deps, caller, kind, id, minimum);
        const held = await findMember(deps, source, userId, false);
        if (held === null) throw new AppError('not_found', '404 Not found');
        await mustOutrank(deps, caller, source, held.accessLevel);
        await mustNotBeLastOwner(deps, source, held);
        const ref = { kind, ref: source.id };
        const change = { kind: 'member.remove', source: ref, user: userId } as const;
        await deps.store.directory.apply([change], deps.clock.now());
        const told = changeOf('member', held, null);
        audit('member.deleted', await targetOf(deps, source), { user_id: userId, ...told });
        return noContent({ [`${kind}_id`]: source.id });
      },
    }),
  ];
}

export const changeMemberRoutes: readonly Route[] = [...routesOf('project'), ...routesOf('group')];
