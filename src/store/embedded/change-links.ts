/** What hangs on a project: who may come in with a job token, and what is protected. */
import { AppError } from '../../errors.ts';
import type { Changes } from './changes.ts';
import type { Database } from './database.ts';
import type { Refs } from './refs.ts';
import { prepareBySource, sourceColumns } from './source.ts';

function prepareAllowlistChanges(
  db: Database,
  refs: Refs,
): Changes<'allowlist.set' | 'allowlist.remove'> {
  const remove = prepareBySource(
    db,
    (column) => `DELETE FROM allowlist WHERE target_id = ? AND ${column} = ?`,
  );
  const insert = db.prepare(
    'INSERT INTO allowlist (target_id, project_id, group_id, policies, managed_by) VALUES (?, ?, ?, ?, ?)',
  );
  return {
    'allowlist.set': (change) => {
      const targetId = refs.project(change.target);
      const source = refs.source(change.source);
      const policies = change.policies === null ? null : JSON.stringify(change.policies);
      remove[source.kind].run(targetId, source.id);
      insert.run(targetId, ...sourceColumns(source), policies, change.managedBy);
      return source.id;
    },
    'allowlist.remove': (change) => {
      const targetId = refs.project(change.target);
      const source = refs.source(change.source);
      if (remove[source.kind].run(targetId, source.id) > 0) return source.id;
      const entry = `the ${source.kind} ${JSON.stringify(change.source.ref)}`;
      const target = JSON.stringify(change.target);
      throw new AppError('not_found', `The allowlist of project ${target} does not have ${entry}.`);
    },
  };
}

function prepareProtectionChanges(
  db: Database,
  refs: Refs,
): Changes<'protection.set' | 'protection.remove'> {
  const upsert = db.prepare<[number]>(
    `INSERT INTO protection_rules (project_id, kind, pattern, minimum_for_push, minimum_for_delete, managed_by)
     VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (project_id, kind, pattern) DO UPDATE SET minimum_for_push = excluded.minimum_for_push,
       minimum_for_delete = excluded.minimum_for_delete, managed_by = excluded.managed_by
     RETURNING id`,
  );
  const remove = db.prepare<[number]>(
    'DELETE FROM protection_rules WHERE project_id = ? AND kind = ? AND pattern = ? RETURNING id',
  );
  return {
    'protection.set': ({ project, rule, fields, managedBy }) => {
      const { pattern, minimumAccessLevelForPush, minimumAccessLevelForDelete } = fields;
      const [id] = upsert.get(
        refs.project(project),
        rule,
        pattern,
        minimumAccessLevelForPush,
        minimumAccessLevelForDelete,
        managedBy,
      ) ?? [0];
      return id;
    },
    'protection.remove': ({ project, rule, pattern }) => {
      const row = remove.get(refs.project(project), rule, pattern);
      if (row !== undefined) return row[0];
      const name = `${rule} rule ${JSON.stringify(pattern)}`;
      throw new AppError('not_found', `Project ${JSON.stringify(project)} has no ${name}.`);
    },
  };
}

export function prepareLinkChanges(
  db: Database,
  refs: Refs,
): Changes<'allowlist.set' | 'allowlist.remove' | 'protection.set' | 'protection.remove'> {
  return { ...prepareAllowlistChanges(db, refs), ...prepareProtectionChanges(db, refs) };
}
