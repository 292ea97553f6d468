import { AppError } from '../../errors.ts';
import type { ProjectFields } from '../directory-change.ts';
import type { Changes } from './changes.ts';
import { bit, type Database } from './database.ts';
import { prepareJobEndings } from './job-endings.ts';
import { checkPath, splitPath } from './paths.ts';
import type { Refs } from './refs.ts';
import type { ProjectRecord } from '../records.ts';
import { PROJECT_COLUMNS, projectRecord, type ProjectRow } from './rows.ts';

const FIELDS = `name, visibility, registry_access, archived, jobs_enabled, allowlist_enabled, auto_devops,
  auto_deploy_token, job_token_after_job`;
const FIELD_MARKS = FIELDS.replaceAll(/\w+/g, '?');

const fieldValues = (fields: ProjectFields) => [
  fields.name,
  fields.visibility,
  fields.registryAccess,
  bit(fields.archived),
  bit(fields.jobsEnabled),
  bit(fields.allowlistEnabled),
  bit(fields.autoDevops),
  fields.autoDeployToken === null ? null : bit(fields.autoDeployToken),
  fields.jobTokenAfterJob,
];

/**
 * Whether an update asks anew for the automatic deploy token, which somebody declined by revoking it: by the switch, or
 * by what made the instance want one.
 */
function asksAnew(before: ProjectRecord, fields: Partial<ProjectFields>): boolean {
  const leavesPublic =
    before.visibility === 'public' && (fields.visibility ?? 'public') !== 'public';
  const turnsOn = fields.autoDevops === true && !before.autoDevops;
  return fields.autoDeployToken !== undefined || leavesPublic || turnsOn;
}

interface Namespace {
  readonly groupId: number | null;
  readonly userId: number | null;
  /** As the namespace itself spells it. */
  readonly path: string;
}

function prepareNamespaces(db: Database, refs: Refs): (path: string) => Namespace {
  const groupPath = db.prepare<[string]>('SELECT full_path FROM groups WHERE id = ?');
  const username = db.prepare<[string]>('SELECT username FROM users WHERE id = ?');
  return (path) => {
    const route = refs.route(path.toLowerCase());
    if (route?.kind === 'group') {
      return { groupId: route.id, userId: null, path: groupPath.get(route.id)?.[0] ?? path };
    }
    if (route?.kind === 'user') {
      return { groupId: null, userId: route.id, path: username.get(route.id)?.[0] ?? path };
    }
    throw new AppError('not_found', `There is no group or user ${JSON.stringify(path)}.`);
  };
}

export function prepareProjectChanges(
  db: Database,
  refs: Refs,
): Changes<'project.create' | 'project.update' | 'project.delete'> {
  const insert = db.prepare<[number]>(
    `INSERT INTO projects (${FIELDS}, full_path, group_id, user_id, managed_by, created_at)
     VALUES (${FIELD_MARKS}, ?, ?, ?, ?, ?) RETURNING id`,
  );
  const read = db.prepare<ProjectRow>(`SELECT ${PROJECT_COLUMNS} FROM projects p WHERE p.id = ?`);
  const update = db.prepare(`UPDATE projects SET (${FIELDS}) = (${FIELD_MARKS}) WHERE id = ?`);
  const undecline = db.prepare('UPDATE projects SET auto_token_declined = 0 WHERE id = ?');
  const remove = db.prepare('DELETE FROM projects WHERE id = ?');
  const namespaceAt = prepareNamespaces(db, refs);
  const endJobs = prepareJobEndings(db);

  return {
    'project.create': ({ fullPath, fields, managedBy }, now) => {
      const key = checkPath(fullPath);
      const { parent, path } = splitPath(fullPath);
      if (parent === null) {
        throw new AppError(
          'bad_request',
          `The project ${fullPath} needs a group or user above it.`,
        );
      }
      const namespace = namespaceAt(parent);
      const spelled = `${namespace.path}/${path}`;
      const { groupId, userId } = namespace;
      const values = [...fieldValues(fields), spelled, groupId, userId, managedBy, now];
      const [id] = insert.get(...values) ?? [0];
      refs.claim(key, 'project', id);
      return id;
    },
    'project.update': ({ project, fields }) => {
      const id = refs.project(project);
      const row = read.get(id);
      if (row === undefined) return id;
      const before = projectRecord(row);
      update.run(...fieldValues({ ...before, ...fields }), id);
      if (before.autoTokenDeclined && asksAnew(before, fields)) undecline.run(id);
      return id;
    },
    'project.delete': ({ project }, now) => {
      const id = refs.project(project);
      remove.run(id);
      endJobs(now);
      return id;
    },
  };
}
