import type { Directory } from '../ports.ts';
import { prepareChanges } from './changes.ts';
import type { Database } from './database.ts';
import { createFacts } from './facts.ts';
import { prepareLevels } from './levels.ts';
import {
  ALLOWLIST_COLUMNS,
  allowlistRecord,
  PROTECTION_COLUMNS,
  protectionRecord,
  type AllowlistRow,
  type ProtectionRow,
} from './link-rows.ts';
import { createLists } from './listing/lists.ts';
import { prepareMembers } from './members.ts';
import { pathKey } from './paths.ts';
import type { Read } from './reader.ts';
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
import { prepareSnapshot } from './snapshot.ts';
import type { Version } from './version.ts';
import type { Writer } from './writer.ts';

/** Looks an object up by its id or its name. */
function prepareFind<Row extends readonly unknown[], Item>(
  db: Database,
  columns: string,
  from: 'users u' | 'groups g' | 'projects p',
  toItem: (row: Row) => Item,
): (idOrName: number | string) => Item | null {
  const [table, alias] = from.split(' ') as [string, string];
  const byId = db.prepare<Row>(`SELECT ${columns} FROM ${from} WHERE ${alias}.id = ?`);
  const byPath = db.prepare<Row>(
    `SELECT ${columns} FROM routes t JOIN ${from} ON ${alias}.id = t.${table.slice(0, -1)}_id WHERE t.path = ?`,
  );
  return (idOrName) => {
    const key = typeof idOrName === 'string' ? pathKey(idOrName) : idOrName;
    if (key === null) return null;
    const row = typeof key === 'string' ? byPath.get(key) : byId.get(key);
    return row === undefined ? null : toItem(row);
  };
}

export function createDirectory(
  db: Database,
  read: Read,
  writer: Writer,
  version: Version,
): Directory {
  const user = prepareFind<UserRow, ReturnType<typeof userRecord>>(
    db,
    USER_COLUMNS,
    'users u',
    userRecord,
  );
  const group = prepareFind(db, GROUP_COLUMNS, 'groups g', (row: GroupRow) => groupRecord(row));
  const project = prepareFind(db, PROJECT_COLUMNS, 'projects p', (row: ProjectRow) =>
    projectRecord(row),
  );
  const allowlist = db.prepare<AllowlistRow>(
    `SELECT ${ALLOWLIST_COLUMNS} FROM allowlist a WHERE a.target_id = ?
     ORDER BY a.group_id IS NOT NULL, a.project_id, a.group_id`,
  );
  const protectionRules = db.prepare<ProtectionRow>(
    `SELECT ${PROTECTION_COLUMNS} FROM protection_rules r WHERE r.project_id = ? ORDER BY r.id`,
  );
  const facts = createFacts(db, version);
  const apply = prepareChanges(db, version);
  const members = prepareMembers(db);
  const levels = prepareLevels(db);
  const fileManaged = prepareSnapshot(db);

  return {
    facts: (query) => read(() => facts(query)),
    apply: (changes, now) => writer.write(() => apply(changes, now)),
    fileManaged: () => read(() => db.snapshot(fileManaged)),
    user: (id) => read(() => user(id)),
    userByUsername: (username) => read(() => user(username)),
    group: (ref) => read(() => group(ref)),
    project: (ref) => read(() => project(ref)),
    ...createLists(db, read),
    members: (source, page, options) =>
      read(() => db.snapshot(() => members.list(source, page, options))),
    member: (source, userId, options) =>
      read(() => db.snapshot(() => members.find(source, userId, options))),
    accessLevel: (userId, source, now) =>
      read(() => db.snapshot(() => levels.inSource(userId, source, now))),
    allowlist: (targetId) => read(() => allowlist.all(targetId).map(allowlistRecord)),
    protectionRules: (projectId) =>
      read(() => protectionRules.all(projectId).map(protectionRecord)),
  };
}
