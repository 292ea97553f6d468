/** Users, groups and projects as entries, from the rows that are read elsewhere too. */
import type { BulkEntry } from '../bulk.ts';
import {
  GROUP_COLUMNS,
  groupRecord,
  PROJECT_COLUMNS,
  projectRecord,
  USER_COLUMNS,
  userRecord,
  type GroupRow,
  type ProjectRow,
  type UserRow,
} from './rows.ts';

export interface Source {
  /** What stands between SELECT and FROM, as one JSON array. */
  readonly columns: string;
  /** Behind `FROM routes r CROSS JOIN`. */
  readonly joined: string;
  /** Orders what hangs on the same path; a text. */
  readonly key: string;
  readonly toEntry: (row: string) => BulkEntry;
}

function userEntry(row: UserRow): BulkEntry<'users'> {
  const { id: _id, passwordHash, ...rest } = userRecord(row);
  return { ...rest, ...(passwordHash !== null && { passwordHash }) };
}

function groupEntry(row: GroupRow): BulkEntry<'groups'> {
  const { fullPath, name, visibility, managedBy, createdAt } = groupRecord(row);
  return { fullPath, name, visibility, managedBy, createdAt };
}

function projectEntry(row: ProjectRow): BulkEntry<'projects'> {
  const { id: _id, path: _path, namespace: _namespace, ...rest } = projectRecord(row);
  return rest;
}

export const PLACES: Readonly<Record<'users' | 'groups' | 'projects', Source>> = {
  users: {
    columns: USER_COLUMNS,
    joined: 'users u ON u.id = r.user_id',
    key: `''`,
    toEntry: (row) => userEntry(JSON.parse(row) as UserRow),
  },
  groups: {
    columns: GROUP_COLUMNS,
    joined: 'groups g ON g.id = r.group_id',
    key: `''`,
    toEntry: (row) => groupEntry(JSON.parse(row) as GroupRow),
  },
  projects: {
    columns: PROJECT_COLUMNS,
    joined: 'projects p ON p.id = r.project_id',
    key: `''`,
    toEntry: (row) => projectEntry(JSON.parse(row) as ProjectRow),
  },
};
