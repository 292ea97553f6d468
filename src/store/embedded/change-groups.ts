import { AppError } from '../../errors.ts';
import type { GroupFields } from '../directory-change.ts';
import type { Changes } from './changes.ts';
import type { Database } from './database.ts';
import { prepareJobEndings } from './job-endings.ts';
import { checkPath, splitPath } from './paths.ts';
import type { Refs } from './refs.ts';
import { GROUP_COLUMNS, groupRecord, type GroupRow } from './rows.ts';

const fieldValues = (fields: GroupFields) => [fields.name, fields.visibility];

export function prepareGroupChanges(
  db: Database,
  refs: Refs,
): Changes<'group.create' | 'group.update' | 'group.delete'> {
  const insert = db.prepare<[number]>(
    `INSERT INTO groups (name, visibility, full_path, parent_id, managed_by, created_at)
     VALUES (?, ?, ?, ?, ?, ?) RETURNING id`,
  );
  const read = db.prepare<GroupRow>(`SELECT ${GROUP_COLUMNS} FROM groups g WHERE g.id = ?`);
  const update = db.prepare('UPDATE groups SET (name, visibility) = (?, ?) WHERE id = ?');
  const remove = db.prepare('DELETE FROM groups WHERE id = ?');
  const endJobs = prepareJobEndings(db);

  function parentOf(fullPath: string): GroupRow | null {
    const { parent } = splitPath(fullPath);
    if (parent === null) return null;
    const row = read.get(refs.group(parent));
    if (row === undefined) throw new AppError('not_found', `There is no group ${parent}.`);
    return row;
  }

  return {
    'group.create': ({ fullPath, fields, managedBy }, now) => {
      const key = checkPath(fullPath);
      const parent = parentOf(fullPath);
      const { path } = splitPath(fullPath);
      // The parent's own spelling, so that a path reads the same from wherever one comes.
      const spelled = parent === null ? path : `${parent[1]}/${path}`;
      const parentId = parent === null ? null : parent[0];
      const [id] = insert.get(...fieldValues(fields), spelled, parentId, managedBy, now) ?? [0];
      refs.claim(key, 'group', id);
      return id;
    },
    'group.update': ({ group, fields }) => {
      const id = refs.group(group);
      const row = read.get(id);
      if (row !== undefined) update.run(...fieldValues({ ...groupRecord(row), ...fields }), id);
      return id;
    },
    'group.delete': ({ group }, now) => {
      const id = refs.group(group);
      remove.run(id);
      endJobs(now);
      return id;
    },
  };
}
