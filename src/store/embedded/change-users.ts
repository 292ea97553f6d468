import type { UserFields } from '../directory-change.ts';
import type { Changes } from './changes.ts';
import { bit, type Database } from './database.ts';
import { prepareJobEndings } from './job-endings.ts';
import { checkUsername } from './paths.ts';
import type { Refs } from './refs.ts';
import { USER_COLUMNS, userRecord, type UserRow } from './rows.ts';

const FIELDS = 'name, email, state, admin, external, two_factor, password_hash';

const fieldValues = (fields: UserFields) => [
  fields.name,
  fields.email,
  fields.state,
  bit(fields.admin),
  bit(fields.external),
  bit(fields.twoFactor),
  fields.passwordHash,
];

export function prepareUserChanges(
  db: Database,
  refs: Refs,
): Changes<'user.create' | 'user.update' | 'user.delete'> {
  const insert = db.prepare<[number]>(
    `INSERT INTO users (${FIELDS}, username, managed_by, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
  );
  const read = db.prepare<UserRow>(`SELECT ${USER_COLUMNS} FROM users u WHERE u.id = ?`);
  const update = db.prepare(`UPDATE users SET (${FIELDS}) = (?, ?, ?, ?, ?, ?, ?) WHERE id = ?`);
  const remove = db.prepare('DELETE FROM users WHERE id = ?');
  const endJobs = prepareJobEndings(db);

  return {
    'user.create': ({ username, fields, managedBy }, now) => {
      checkUsername(username);
      const [id] = insert.get(...fieldValues(fields), username, managedBy, now) ?? [0];
      refs.claim(username.toLowerCase(), 'user', id);
      return id;
    },
    'user.update': ({ user, fields }) => {
      const id = refs.user(user);
      const row = read.get(id);
      if (row !== undefined) update.run(...fieldValues({ ...userRecord(row), ...fields }), id);
      return id;
    },
    'user.delete': ({ user }, now) => {
      const id = refs.user(user);
      remove.run(id);
      endJobs(now);
      return id;
    },
  };
}
