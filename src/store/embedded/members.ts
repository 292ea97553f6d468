import type { MemberOptions, Page, Slice } from '../ports.ts';
import type { MemberRecord, MemberSource } from '../records.ts';
import type { Database } from './database.ts';
import { prepareLevels } from './levels.ts';
import { MEMBER_COLUMNS, memberRecord, type MemberRow } from './link-rows.ts';
import { prepareBySource } from './source.ts';

/** Leaves those that `MemberOptions` has no room for: ?1 is a JSON list of user ids, ?2 a text; null: no matter. */
const WANTED = `(?1 IS NULL OR m.user_id IN (SELECT value FROM json_each(?1)))
  AND (?2 IS NULL OR EXISTS (
    SELECT 1 FROM users u WHERE u.id = m.user_id
      AND (instr(lower(u.username), lower(?2)) > 0 OR instr(lower(u.name), lower(?2)) > 0)))`;

/**
 * All who count in a project (?3) or in groups (?4, a JSON list, nearest first) at a moment (?5), with the owner of the
 * user namespace; `distance` tells how far up the membership is.
 */
const effective = (wanted: string): string => `
  SELECT m.*, g.key AS distance FROM json_each(?4) g CROSS JOIN members m ON m.group_id = g.value
    WHERE (m.expires_at IS NULL OR m.expires_at > ?5) AND ${wanted}
  UNION ALL SELECT m.*, -1 FROM members m
    WHERE m.project_id = ?3 AND (m.expires_at IS NULL OR m.expires_at > ?5) AND ${wanted}
  UNION ALL SELECT m.* FROM (
    SELECT p.user_id, p.id, NULL, 50, NULL, p.managed_by, p.created_at, -1
      FROM projects p WHERE p.id = ?3 AND p.user_id IS NOT NULL) m WHERE ${wanted}`;

export interface Members {
  /** In order of user id. Direct members are listed even when expired, so that they can be seen and removed. */
  list(source: MemberSource, page: Page, options: MemberOptions): Slice<MemberRecord>;
  find(
    source: MemberSource,
    userId: number,
    options: Pick<MemberOptions, 'inherited' | 'now'>,
  ): MemberRecord | null;
}

export function prepareMembers(db: Database): Members {
  const levels = prepareLevels(db);
  const groupOf = db.prepare<[number | null]>('SELECT group_id FROM projects WHERE id = ?');
  const direct = prepareBySource<MemberRow>(
    db,
    (column) => `SELECT ${MEMBER_COLUMNS} FROM members m WHERE m.${column} = ?3 AND ${WANTED}
      ORDER BY m.user_id LIMIT ?4 OFFSET ?5`,
  );
  const countDirect = prepareBySource<[number]>(
    db,
    (column) => `SELECT count(*) FROM members m WHERE m.${column} = ?3 AND ${WANTED}`,
  );
  const inherited = db.prepare<MemberRow>(
    `SELECT ${MEMBER_COLUMNS} FROM (
       SELECT *, row_number() OVER (PARTITION BY user_id ORDER BY access_level DESC, distance) AS place
       FROM (${effective(WANTED)})) m
     WHERE m.place = 1 ORDER BY m.user_id LIMIT ?6 OFFSET ?7`,
  );
  const countInherited = db.prepare<[number]>(
    `SELECT count(DISTINCT user_id) FROM (${effective(WANTED)})`,
  );
  const oneDirect = prepareBySource<MemberRow>(
    db,
    (column) => `SELECT ${MEMBER_COLUMNS} FROM members m WHERE m.${column} = ? AND m.user_id = ?`,
  );
  // ?2 is named so that the numbers have no hole.
  const oneInherited = db.prepare<MemberRow>(
    `SELECT ${MEMBER_COLUMNS} FROM (${effective('m.user_id = ?1 AND ?2 IS NULL')}) m
     ORDER BY m.access_level DESC, m.distance LIMIT 1`,
  );

  /** The project, and the groups, that make members of the source. */
  function placeOf({ kind, id }: MemberSource): [projectId: number | null, groupIds: string] {
    const groupId = kind === 'project' ? (groupOf.get(id)?.[0] ?? null) : id;
    return [kind === 'project' ? id : null, JSON.stringify(levels.groupsAbove(groupId))];
  }

  return {
    list: (source, { limit, offset }, options) => {
      const ids = options.userIds === undefined ? null : JSON.stringify(options.userIds);
      const wanted = [ids, options.search ?? null] as const;
      if (!options.inherited) {
        const rows = direct[source.kind].all(...wanted, source.id, limit, offset);
        const total = countDirect[source.kind].get(...wanted, source.id)?.[0] ?? 0;
        return { items: rows.map(memberRecord), total };
      }
      const place = [...wanted, ...placeOf(source), options.now] as const;
      const rows = inherited.all(...place, limit, offset);
      return { items: rows.map(memberRecord), total: countInherited.get(...place)?.[0] ?? 0 };
    },
    find: (source, userId, options) => {
      const row = options.inherited
        ? oneInherited.get(userId, null, ...placeOf(source), options.now)
        : oneDirect[source.kind].get(source.id, userId);
      return row === undefined ? null : memberRecord(row);
    },
  };
}
