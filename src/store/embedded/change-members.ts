import { AppError } from '../../errors.ts';
import type { MemberSource } from '../records.ts';
import type { Changes } from './changes.ts';
import type { Database } from './database.ts';
import type { Refs } from './refs.ts';
import { prepareBySource, sourceColumns } from './source.ts';

export function prepareMemberChanges(
  db: Database,
  refs: Refs,
): Changes<'member.set' | 'member.remove'> {
  const find = prepareBySource<[expiresAt: number | null]>(
    db,
    (column) => `SELECT expires_at FROM members WHERE user_id = ? AND ${column} = ?`,
  );
  const insert = db.prepare(
    `INSERT INTO members (user_id, project_id, group_id, access_level, expires_at, managed_by, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const update = prepareBySource(
    db,
    (column) => `UPDATE members SET (access_level, expires_at, managed_by) = (?, ?, ?)
      WHERE user_id = ? AND ${column} = ?`,
  );
  const remove = prepareBySource(
    db,
    (column) => `DELETE FROM members WHERE user_id = ? AND ${column} = ?`,
  );

  function refuse(change: { user: number | string }, source: MemberSource, state: string): never {
    const who = JSON.stringify(change.user);
    throw new AppError('conflict', `User ${who} is ${state} of the ${source.kind} ${source.id}.`);
  }

  return {
    'member.set': (change, now) => {
      const source = refs.source(change.source);
      const userId = refs.user(change.user);
      const row = find[source.kind].get(userId, source.id);
      const { accessLevel, expiresAt, managedBy, create } = change;
      if (row === undefined) {
        if (create === false) refuse(change, source, 'not a member');
        const columns = sourceColumns(source);
        insert.run(userId, ...columns, accessLevel, expiresAt, managedBy, now);
      } else {
        // One whose membership has expired is no member any more, and may be added anew.
        const live = row[0] === null || row[0] > now;
        if (create === true && live) refuse(change, source, 'already a member');
        update[source.kind].run(accessLevel, expiresAt, managedBy, userId, source.id);
      }
      return userId;
    },
    'member.remove': (change) => {
      const source = refs.source(change.source);
      const userId = refs.user(change.user);
      if (remove[source.kind].run(userId, source.id) > 0) return userId;
      const who = JSON.stringify(change.user);
      const where = `${source.kind} ${JSON.stringify(change.source.ref)}`;
      throw new AppError('not_found', `User ${who} is not a member of the ${where}.`);
    },
  };
}
