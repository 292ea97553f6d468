/** Groups and projects. */
import { AppError } from '../../errors.ts';
import type { GroupEntry, ProjectEntry } from '../bulk.ts';
import type { ManagedBy } from '../records.ts';
import { prepareInsert, type BulkNames, type Put } from './bulk-names.ts';
import { createPutByPath, orNone } from './bulk-put-by-path.ts';
import { bit, type Database, type Value } from './database.ts';
import { checkPath, splitPath } from './paths.ts';
import {
  GROUP_COLUMNS,
  groupRecord,
  PROJECT_COLUMNS,
  projectRecord,
  type GroupRow,
  type ProjectRow,
} from './rows.ts';

interface Kept {
  readonly managedBy: ManagedBy;
  readonly createdAt: number;
}

interface Keeping {
  readonly managedBy?: ManagedBy | undefined;
  readonly createdAt?: number | undefined;
}

const keptOf = (entry: Keeping, before: Kept): Kept => ({
  managedBy: entry.managedBy ?? before.managedBy,
  createdAt: entry.createdAt ?? before.createdAt,
});

const GROUP = 'name, visibility, managed_by, created_at';

const groupValues = (entry: Omit<GroupEntry, keyof Kept>, kept: Kept): Value[] => [
  entry.name,
  entry.visibility,
  kept.managedBy,
  kept.createdAt,
];

const PROJECT = `name, visibility, registry_access, archived, jobs_enabled, allowlist_enabled, auto_devops,
  auto_deploy_token, auto_token_declined, job_token_after_job, managed_by, created_at`;

const projectValues = (entry: Omit<ProjectEntry, keyof Kept>, kept: Kept): Value[] => [
  entry.name,
  entry.visibility,
  entry.registryAccess,
  bit(entry.archived),
  bit(entry.jobsEnabled),
  bit(entry.allowlistEnabled),
  bit(entry.autoDevops),
  entry.autoDeployToken === null ? null : bit(entry.autoDeployToken),
  bit(entry.autoTokenDeclined),
  entry.jobTokenAfterJob,
  kept.managedBy,
  kept.createdAt,
];

const marks = (columns: string): string => columns.replaceAll(/\w+/g, '?');

export function prepareBulkGroups(db: Database, names: BulkNames): Put<GroupEntry> {
  const insert = prepareInsert(
    db,
    `INSERT INTO groups (${GROUP}, full_path, parent_id) VALUES (${marks(GROUP)}, ?, ?)`,
  );
  const read = db.prepare<GroupRow>(`SELECT ${GROUP_COLUMNS} FROM groups g WHERE g.id = ?`);
  const update = db.prepare(`UPDATE groups SET (${GROUP}) = (${marks(GROUP)}) WHERE id = ?`);

  function create(entry: GroupEntry, key: string, now: number): void {
    const { parent, path } = splitPath(entry.fullPath);
    const above = parent === null ? undefined : read.get(parentId(names, parent));
    const kept = keptOf(entry, { managedBy: 'api', createdAt: now });
    const spelled = above === undefined ? path : `${above[1]}/${path}`;
    const id = insert(...groupValues(entry, kept), spelled, above?.[0] ?? null);
    names.claim(key, 'group', id);
  }

  return createPutByPath(names, {
    kind: 'group',
    keyOf: ({ fullPath }) => checkPath(fullPath),
    create,
    read: (id) => orNone(read.get(id), groupRecord),
    valuesOf: (entry, before) => groupValues(entry, keptOf(entry, before)),
    valuesBefore: (before) => groupValues(before, before),
    update: (id, values) => void update.run(...values, id),
  });
}

const parentId = (names: BulkNames, fullPath: string): number =>
  names.place({ kind: 'group', fullPath }).id;

interface Namespace {
  readonly groupId: number | null;
  readonly userId: number | null;
  /** As the namespace itself spells it. */
  readonly path: string;
}

function prepareNamespaces(db: Database, names: BulkNames): (path: string | null) => Namespace {
  const groupPath = db.prepare<[string]>('SELECT full_path FROM groups WHERE id = ?');
  const username = db.prepare<[string]>('SELECT username FROM users WHERE id = ?');
  return (path) => {
    const found = path === null ? null : names.route(path.toLowerCase());
    if (path !== null && found?.kind === 'group') {
      const [spelled] = groupPath.get(found.id) ?? [path];
      return { groupId: found.id, userId: null, path: spelled };
    }
    if (path !== null && found?.kind === 'user') {
      const [spelled] = username.get(found.id) ?? [path];
      return { groupId: null, userId: found.id, path: spelled };
    }
    throw new AppError('not_found', `There is no group or user ${JSON.stringify(path ?? '')}.`);
  };
}

export function prepareBulkProjects(db: Database, names: BulkNames): Put<ProjectEntry> {
  const insert = prepareInsert(
    db,
    `INSERT INTO projects (${PROJECT}, full_path, group_id, user_id)
     VALUES (${marks(PROJECT)}, ?, ?, ?)`,
  );
  const read = db.prepare<ProjectRow>(`SELECT ${PROJECT_COLUMNS} FROM projects p WHERE p.id = ?`);
  const update = db.prepare(`UPDATE projects SET (${PROJECT}) = (${marks(PROJECT)}) WHERE id = ?`);
  const namespaceAt = prepareNamespaces(db, names);

  function create(entry: ProjectEntry, key: string, now: number): void {
    const { parent, path } = splitPath(entry.fullPath);
    const namespace = namespaceAt(parent);
    const { groupId, userId } = namespace;
    const values = projectValues(entry, keptOf(entry, { managedBy: 'api', createdAt: now }));
    const id = insert(...values, `${namespace.path}/${path}`, groupId, userId);
    names.claim(key, 'project', id);
  }

  return createPutByPath(names, {
    kind: 'project',
    keyOf: ({ fullPath }) => checkPath(fullPath),
    create,
    read: (id) => orNone(read.get(id), projectRecord),
    valuesOf: (entry, before) => projectValues(entry, keptOf(entry, before)),
    valuesBefore: (before) => projectValues(before, before),
    update: (id, values) => void update.run(...values, id),
  });
}
