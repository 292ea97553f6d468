/** Rows of members, allowlist entries and protection rules. The order of a tuple is that of its columns. */
import type { AccessLevel, JobTokenPolicy } from '../../policy/facts.ts';
import type { AllowlistRecord, ManagedBy, MemberRecord, ProtectionRuleRecord } from '../records.ts';
import { sourceOf } from './rows.ts';

export type MemberRow = [
  userId: number,
  projectId: number | null,
  groupId: number | null,
  accessLevel: AccessLevel,
  expiresAt: number | null,
  managedBy: ManagedBy,
  createdAt: number,
];
export const MEMBER_COLUMNS =
  'm.user_id, m.project_id, m.group_id, m.access_level, m.expires_at, m.managed_by, m.created_at';

export function memberRecord(row: MemberRow): MemberRecord {
  const [userId, projectId, groupId, accessLevel, expiresAt, managedBy, createdAt] = row;
  const source = sourceOf(projectId, groupId);
  return { source, userId, accessLevel, expiresAt, managedBy, createdAt };
}

/** Written by allowlist changes only, from a value of the same type. */
export function readPolicies(json: string | null): readonly JobTokenPolicy[] | null {
  return json === null ? null : (JSON.parse(json) as JobTokenPolicy[]);
}

export type AllowlistRow = [
  targetId: number,
  projectId: number | null,
  groupId: number | null,
  policies: string | null,
  managedBy: ManagedBy,
];
export const ALLOWLIST_COLUMNS = 'a.target_id, a.project_id, a.group_id, a.policies, a.managed_by';

export function allowlistRecord(row: AllowlistRow): AllowlistRecord {
  const [targetProjectId, projectId, groupId, policies, managedBy] = row;
  const source = sourceOf(projectId, groupId);
  return { targetProjectId, source, policies: readPolicies(policies), managedBy };
}

export type ProtectionRow = [
  id: number,
  projectId: number,
  kind: 'repository' | 'tag',
  pattern: string,
  minimumForPush: AccessLevel | null,
  minimumForDelete: AccessLevel | null,
  managedBy: ManagedBy,
];
export const PROTECTION_COLUMNS =
  'r.id, r.project_id, r.kind, r.pattern, r.minimum_for_push, r.minimum_for_delete, r.managed_by';

export function protectionRecord(row: ProtectionRow): ProtectionRuleRecord {
  const [id, projectId, kind, pattern, minimumAccessLevelForPush, minimumAccessLevelForDelete] =
    row;
  return {
    id,
    projectId,
    kind,
    pattern,
    minimumAccessLevelForPush,
    minimumAccessLevelForDelete,
    managedBy: row[6],
  };
}
