/** Who is how much of a member where. */
import { ACCESS, type AccessLevel } from '../../policy/facts.ts';
import type { MemberSource } from '../records.ts';
import type { Database } from './database.ts';
import { PROJECT_COLUMNS, type ProjectRow } from './rows.ts';

/** A level and the half-open span of time in which it is the right one. */
export interface TimedLevel {
  readonly accessLevel: AccessLevel;
  readonly from: number;
  readonly until: number;
}

export interface Levels {
  /** The group and those above it, nearest first; none for null. */
  groupsAbove(groupId: number | null): readonly number[];
  inProject(
    userId: number,
    project: ProjectRow,
    groupIds: readonly number[],
    now: number,
  ): TimedLevel;
  /** 0 where the source does not exist. */
  inSource(userId: number, source: MemberSource, now: number): AccessLevel;
}

type MembershipRow = [accessLevel: AccessLevel, expiresAt: number | null];

/** A membership counts until the moment it expires, that moment not included. */
function highest(rows: readonly MembershipRow[], now: number): TimedLevel {
  let accessLevel: AccessLevel = ACCESS.none;
  let from = -Infinity;
  let until = Infinity;
  for (const [level, expiresAt] of rows) {
    if (expiresAt !== null && expiresAt <= now) from = Math.max(from, expiresAt);
    else {
      if (level > accessLevel) accessLevel = level;
      until = Math.min(until, expiresAt ?? Infinity);
    }
  }
  return { accessLevel, from, until };
}

export function prepareLevels(db: Database): Levels {
  const ancestors = db.prepare<[id: number]>(
    `WITH RECURSIVE up (id, parent_id, depth) AS (
       SELECT id, parent_id, 0 FROM groups WHERE id = ?
       UNION ALL SELECT g.id, g.parent_id, up.depth + 1 FROM groups g JOIN up ON g.id = up.parent_id)
     SELECT id FROM up ORDER BY depth`,
  );
  // Two searches, each by its index: as one, it would go through all memberships of the user.
  const memberships = db.prepare<MembershipRow>(
    `SELECT access_level, expires_at FROM members WHERE user_id = ?1 AND project_id = ?2
     UNION ALL SELECT access_level, expires_at FROM members
       WHERE user_id = ?1 AND group_id IN (SELECT value FROM json_each(?3))`,
  );
  const project = db.prepare<ProjectRow>(
    `SELECT ${PROJECT_COLUMNS} FROM projects p WHERE p.id = ?`,
  );

  const groupsAbove = (groupId: number | null): readonly number[] =>
    groupId === null ? [] : ancestors.all(groupId).map(([id]) => id);

  function inProject(userId: number, row: ProjectRow, groupIds: readonly number[], now: number) {
    const [projectId, , , , ownerId] = row;
    if (ownerId === userId) return { accessLevel: ACCESS.owner, from: -Infinity, until: Infinity };
    return highest(memberships.all(userId, projectId, JSON.stringify(groupIds)), now);
  }

  return {
    groupsAbove,
    inProject,
    inSource: (userId, source, now) => {
      if (source.kind === 'group') {
        const groupIds = JSON.stringify(groupsAbove(source.id));
        return highest(memberships.all(userId, null, groupIds), now).accessLevel;
      }
      const row = project.get(source.id);
      if (row === undefined) return ACCESS.none;
      return inProject(userId, row, groupsAbove(row[3]), now).accessLevel;
    },
  };
}
