/** Rows of users, groups and projects, and the records they stand for. The order of a row's tuple is that of its columns. */
import type { RegistryAccess, Visibility } from '../../policy/facts.ts';
import type {
  AfterJob,
  GroupRecord,
  ManagedBy,
  MemberSource,
  ProjectRecord,
  UserRecord,
  UserState,
} from '../records.ts';
import type { Bit } from './database.ts';
import { splitPath } from './paths.ts';

export type UserRow = [
  id: number,
  username: string,
  name: string,
  email: string | null,
  state: UserState,
  admin: Bit,
  external: Bit,
  twoFactor: Bit,
  passwordHash: string | null,
  managedBy: ManagedBy,
  createdAt: number,
];
export const USER_COLUMNS = `u.id, u.username, u.name, u.email, u.state, u.admin, u.external, u.two_factor,
  u.password_hash, u.managed_by, u.created_at`;

export function userRecord(row: UserRow): UserRecord {
  const [id, username, name, email, state, admin, external, twoFactor, passwordHash] = row;
  return {
    id,
    username,
    name,
    email,
    state,
    admin: admin === 1,
    external: external === 1,
    twoFactor: twoFactor === 1,
    passwordHash,
    managedBy: row[9],
    createdAt: row[10],
  };
}

export type GroupRow = [
  id: number,
  fullPath: string,
  name: string,
  parentId: number | null,
  visibility: Visibility,
  managedBy: ManagedBy,
  createdAt: number,
];
export const GROUP_COLUMNS =
  'g.id, g.full_path, g.name, g.parent_id, g.visibility, g.managed_by, g.created_at';

export function groupRecord(row: GroupRow): GroupRecord {
  const [id, fullPath, name, parentId, visibility, managedBy, createdAt] = row;
  const { path } = splitPath(fullPath);
  return { id, path, fullPath, name, parentId, visibility, managedBy, createdAt };
}

export type ProjectRow = [
  id: number,
  fullPath: string,
  name: string,
  groupId: number | null,
  userId: number | null,
  visibility: Visibility,
  registryAccess: RegistryAccess,
  archived: Bit,
  jobsEnabled: Bit,
  allowlistEnabled: Bit,
  managedBy: ManagedBy,
  createdAt: number,
  autoDevops: Bit,
  autoDeployToken: Bit | null,
  autoTokenDeclined: Bit,
  jobTokenAfterJob: AfterJob,
];
export const PROJECT_COLUMNS = `p.id, p.full_path, p.name, p.group_id, p.user_id, p.visibility, p.registry_access,
  p.archived, p.jobs_enabled, p.allowlist_enabled, p.managed_by, p.created_at, p.auto_devops, p.auto_deploy_token, p.auto_token_declined,
  p.job_token_after_job`;

export function projectRecord(row: ProjectRow): ProjectRecord {
  const [id, fullPath, name, groupId, userId, visibility, registryAccess] = row;
  return {
    id,
    path: splitPath(fullPath).path,
    fullPath,
    name,
    namespace:
      groupId === null ? { kind: 'user', id: userId ?? 0 } : { kind: 'group', id: groupId },
    visibility,
    registryAccess,
    archived: row[7] === 1,
    jobsEnabled: row[8] === 1,
    allowlistEnabled: row[9] === 1,
    autoDevops: row[12] === 1,
    autoDeployToken: row[13] === null ? null : row[13] === 1,
    autoTokenDeclined: row[14] === 1,
    jobTokenAfterJob: row[15],
    managedBy: row[10],
    createdAt: row[11],
  };
}

/** The schema lets exactly one of the two be set. */
export function sourceOf(projectId: number | null, groupId: number | null): MemberSource {
  return projectId === null
    ? { kind: 'group', id: groupId ?? 0 }
    : { kind: 'project', id: projectId };
}
