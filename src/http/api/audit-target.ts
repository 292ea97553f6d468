/** How the audit stream names what a change was made to. */
import type { Target } from '../../audit/events.ts';
import type {
  GroupRecord,
  JobRecord,
  MemberSource,
  ProjectRecord,
  UserRecord,
} from '../../store/records.ts';
import type { ApiDependencies } from './route.ts';

export const userTarget = ({ id, username }: UserRecord): Target => ({
  kind: 'user',
  id,
  path: username,
});

export const groupTarget = ({ id, fullPath }: Pick<GroupRecord, 'id' | 'fullPath'>): Target => ({
  kind: 'group',
  id,
  path: fullPath,
});

export const projectTarget = ({
  id,
  fullPath,
}: Pick<ProjectRecord, 'id' | 'fullPath'>): Target => ({ kind: 'project', id, path: fullPath });

export const jobTarget = ({ id, name }: JobRecord): Target => ({ kind: 'job', id, path: name });

/** A project or group of which the id is known; with its path, if it is still there. */
export async function targetOf(
  { store }: Pick<ApiDependencies, 'store'>,
  { kind, id }: MemberSource,
): Promise<Target> {
  return { kind, id, path: (await store.directory[kind](id))?.fullPath ?? null };
}
