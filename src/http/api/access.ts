/** Which users, groups and projects a caller may see and change over the REST API. */
import { AppError } from '../../errors.ts';
import { ACCESS, type Visibility } from '../../policy/facts.ts';
import type { GroupRecord, MemberSource, ProjectRecord, UserRecord } from '../../store/records.ts';
import type { UserCaller } from './caller.ts';
import type { ApiDependencies } from './route.ts';

/** GitLab's access levels; an administrator counts as Owner of everything. */
export async function accessLevelOf(
  { store, clock }: ApiDependencies,
  { user }: UserCaller,
  source: MemberSource,
): Promise<number> {
  if (user.admin) return ACCESS.owner;
  return store.directory.accessLevel(user.id, source, clock.now());
}

/** Public: every caller. Internal: every user but external ones. Else, and for those, members. */
export async function maySee(
  deps: ApiDependencies,
  caller: UserCaller,
  source: MemberSource,
  visibility: Visibility,
): Promise<boolean> {
  if (visibility === 'public' || caller.user.admin) return true;
  if (visibility === 'internal' && !caller.user.external) return true;
  return (await accessLevelOf(deps, caller, source)) >= ACCESS.guest;
}

async function mustReach(
  deps: ApiDependencies,
  caller: UserCaller,
  source: MemberSource,
  minimum: number,
): Promise<void> {
  if (minimum === ACCESS.none || (await accessLevelOf(deps, caller, source)) >= minimum) return;
  throw new AppError('forbidden', '403 Forbidden');
}

/**
 * The project, for a caller with at least `minimum` access to it (0: who may see it).
 *
 * @throws AppError `not_found` where the caller may not even see it, `forbidden` where the caller may only see it
 */
export async function projectFor(
  deps: ApiDependencies,
  caller: UserCaller,
  ref: number | string,
  minimum: number = ACCESS.none,
): Promise<ProjectRecord> {
  const project = await deps.store.directory.project(ref);
  const source = { kind: 'project', id: project?.id ?? 0 } as const;
  if (project === null || !(await maySee(deps, caller, source, project.visibility))) {
    throw new AppError('not_found', '404 Project Not Found');
  }
  await mustReach(deps, caller, source, minimum);
  return project;
}

/** As `projectFor`, for groups. */
export async function groupFor(
  deps: ApiDependencies,
  caller: UserCaller,
  ref: number | string,
  minimum: number = ACCESS.none,
): Promise<GroupRecord> {
  const group = await deps.store.directory.group(ref);
  const source = { kind: 'group', id: group?.id ?? 0 } as const;
  if (group === null || !(await maySee(deps, caller, source, group.visibility))) {
    throw new AppError('not_found', '404 Group Not Found');
  }
  await mustReach(deps, caller, source, minimum);
  return group;
}

/** The project or group that a route's path names, as a place for members and deploy tokens. */
export async function sourceFor(
  deps: ApiDependencies,
  caller: UserCaller,
  kind: MemberSource['kind'],
  ref: number | string,
  minimum: number = ACCESS.none,
): Promise<MemberSource> {
  const find = kind === 'project' ? projectFor : groupFor;
  const { id } = await find(deps, caller, ref, minimum);
  return { kind, id };
}

export async function userById({ store }: ApiDependencies, id: number): Promise<UserRecord> {
  const user = await store.directory.user(id);
  if (user === null) throw new AppError('not_found', '404 User Not Found');
  return user;
}

/** @throws AppError `forbidden` */
export function mustBeAdmin({ user }: UserCaller): void {
  if (!user.admin) throw new AppError('forbidden', '403 Forbidden');
}
