import type { Page, Slice } from '../ports.ts';
import type { MemberRecord, MemberSource } from '../records.ts';
import type { Database } from './database.ts';
import { prepareLevels } from './levels.ts';
import { MEMBER_COLUMNS, memberRecord, type MemberRow } from './link-rows.ts';
import { prepareBySource } from './source.ts';

/**
 * All who count in a project (?1) or in groups (?2, a JSON list, nearest first) at a moment (?3), with the owner of the
 * user namespace; `distance` tells how far up the membership is.
 */
const EFFECTIVE = `
  SELECT m.*, g.key AS distance
    FROM members m JOIN json_each(?2) g ON g.value = m.group_id WHERE m.expires_at IS NULL OR m.expires_at > ?3
  UNION ALL SELECT m.*, -1
    FROM members m WHERE m.project_id = ?1 AND (m.expires_at IS NULL OR m.expires_at > ?3)
  UNION ALL SELECT p.user_id, p.id, NULL, 50, NULL, p.managed_by, p.created_at, -1
    FROM projects p WHERE p.id = ?1 AND p.user_id IS NOT NULL`;

export type ListMembers = (
  source: MemberSource,
  page: Page,
  options: { readonly inherited: boolean; readonly now: number },
) => Slice<MemberRecord>;

/** In order of user id. Direct members are listed even when expired, so that they can be seen and removed. */
export function prepareMembers(db: Database): ListMembers {
  const levels = prepareLevels(db);
  const groupOf = db.prepare<[number | null]>('SELECT group_id FROM projects WHERE id = ?');
  const direct = prepareBySource<MemberRow>(
    db,
    (column) => `SELECT ${MEMBER_COLUMNS} FROM members m WHERE m.${column} = ?
      ORDER BY m.user_id LIMIT ? OFFSET ?`,
  );
  const countDirect = prepareBySource<[number]>(
    db,
    (column) => `SELECT count(*) FROM members m WHERE m.${column} = ?`,
  );
  const inherited = db.prepare<MemberRow>(
    `SELECT ${MEMBER_COLUMNS} FROM (
       SELECT *, row_number() OVER (PARTITION BY user_id ORDER BY access_level DESC, distance) AS place
       FROM (${EFFECTIVE})) m
     WHERE m.place = 1 ORDER BY m.user_id LIMIT ?4 OFFSET ?5`,
  );
  const countInherited = db.prepare<[number]>(`SELECT count(DISTINCT user_id) FROM (${EFFECTIVE})`);

  return (source, page, options) => {
    if (!options.inherited) {
      const rows = direct[source.kind].all(source.id, page.limit, page.offset);
      const total = countDirect[source.kind].get(source.id)?.[0] ?? 0;
      return { items: rows.map(memberRecord), total };
    }
    const isProject = source.kind === 'project';
    const groupId = isProject ? (groupOf.get(source.id)?.[0] ?? null) : source.id;
    const groupIds = JSON.stringify(levels.groupsAbove(groupId));
    const projectId = isProject ? source.id : null;
    const rows = inherited.all(projectId, groupIds, options.now, page.limit, page.offset);
    const total = countInherited.get(projectId, groupIds, options.now)?.[0] ?? 0;
    return { items: rows.map(memberRecord), total };
  };
}
