import type { AccessLevel, Visibility } from '../../policy/facts.ts';
import type { DirectorySnapshot } from '../directory-change.ts';
import type { Database } from './database.ts';
import { readPolicies } from './link-rows.ts';
import {
  PROJECT_COLUMNS,
  projectRecord,
  USER_COLUMNS,
  userRecord,
  type ProjectRow,
  type UserRow,
} from './rows.ts';

type Kind = 'project' | 'group';
type MemberFieldsRow = [
  Kind,
  fullPath: string,
  username: string,
  AccessLevel,
  expiresAt: number | null,
];
type AllowlistFieldsRow = [target: string, Kind, fullPath: string, policies: string | null];
type ProtectionFieldsRow = [
  project: string,
  rule: 'repository' | 'tag',
  pattern: string,
  push: AccessLevel | null,
  del: AccessLevel | null,
];

/** The object that a row of members or of the allowlist (alias `x`) names by one of two columns. */
const NAMED = `iif(x.project_id IS NULL, 'group', 'project'), ifnull(sp.full_path, sg.full_path)`;
const JOIN_NAMED = `LEFT JOIN projects sp ON sp.id = x.project_id LEFT JOIN groups sg ON sg.id = x.group_id`;

function prepareQueries(db: Database) {
  return {
    users: db.prepare<UserRow>(
      `SELECT ${USER_COLUMNS} FROM users u WHERE u.managed_by = 'file' ORDER BY u.username`,
    ),
    groups: db.prepare<[string, string, Visibility]>(
      `SELECT full_path, name, visibility FROM groups WHERE managed_by = 'file' ORDER BY 1`,
    ),
    projects: db.prepare<ProjectRow>(
      `SELECT ${PROJECT_COLUMNS} FROM projects p WHERE p.managed_by = 'file' ORDER BY p.full_path`,
    ),
    members: db.prepare<MemberFieldsRow>(
      `SELECT ${NAMED}, u.username, x.access_level, x.expires_at
       FROM members x JOIN users u ON u.id = x.user_id ${JOIN_NAMED}
       WHERE x.managed_by = 'file' ORDER BY 1, 2, 3`,
    ),
    allowlist: db.prepare<AllowlistFieldsRow>(
      `SELECT target.full_path, ${NAMED}, x.policies
       FROM allowlist x JOIN projects target ON target.id = x.target_id ${JOIN_NAMED}
       WHERE x.managed_by = 'file' ORDER BY 1, 2, 3`,
    ),
    protection: db.prepare<ProtectionFieldsRow>(
      `SELECT p.full_path, r.kind, r.pattern, r.minimum_for_push, r.minimum_for_delete
       FROM protection_rules r JOIN projects p ON p.id = r.project_id
       WHERE r.managed_by = 'file' ORDER BY 1, 2, 3`,
    ),
  };
}

function userFields(row: UserRow): DirectorySnapshot['users'][number] {
  const { id: _id, managedBy: _managedBy, createdAt: _createdAt, ...fields } = userRecord(row);
  return fields;
}

/** What the file says of a project: not what it is by itself, nor what became of it. */
function projectFields(row: ProjectRow): DirectorySnapshot['projects'][number] {
  const project = projectRecord(row);
  const { id: _id, path: _path, namespace: _namespace, ...known } = project;
  const {
    autoTokenDeclined: _declined,
    managedBy: _managedBy,
    createdAt: _createdAt,
    ...fields
  } = known;
  return fields;
}

/** What the directory file manages. Call it within one snapshot of the database. */
export function prepareSnapshot(db: Database): () => DirectorySnapshot {
  const sql = prepareQueries(db);
  return () => ({
    users: sql.users.all().map(userFields),
    groups: sql.groups
      .all()
      .map(([fullPath, name, visibility]) => ({ fullPath, name, visibility })),
    projects: sql.projects.all().map(projectFields),
    members: sql.members.all().map(([kind, fullPath, username, accessLevel, expiresAt]) => ({
      source: { kind, fullPath },
      username,
      accessLevel,
      expiresAt,
    })),
    allowlist: sql.allowlist.all().map(([target, kind, fullPath, policies]) => ({
      target,
      source: { kind, fullPath },
      policies: readPolicies(policies),
    })),
    protection: sql.protection.all().map(([project, rule, pattern, push, del]) => ({
      project,
      rule,
      pattern,
      minimumAccessLevelForPush: push,
      minimumAccessLevelForDelete: del,
    })),
  });
}
