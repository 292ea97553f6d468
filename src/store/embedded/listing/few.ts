/**
 * Sets of groups and projects that are found without going over all of them: by membership, by place, by visibility.
 * null: there are many, of which a walk over all finds a page soon enough.
 */
import type { Visibility } from '../../../policy/facts.ts';
import type { Holder } from '../../listing.ts';
import type { Prepare } from './condition.ts';

export interface Few {
  readonly ids: readonly number[];
  /** The projects in these groups are in the set too, however many. */
  readonly groupIds?: readonly number[];
}

export interface FewOf {
  held(holder: Holder): Few | null;
  under(groupId: number, nested: boolean): Few | null;
  seen(visibility: Visibility): Few | null;
  /** In the user's own namespace. */
  owned(userId: number): Few | null;
}

export const LIVE =
  'm.user_id = ? AND m.access_level >= ? AND (m.expires_at IS NULL OR m.expires_at > ?)';

export const liveValues = ({ userId, minimum, now }: Holder): [number, number, number] => [
  userId,
  minimum,
  now,
];

const HELD_GROUPS = `
  WITH RECURSIVE down (id) AS (
    SELECT m.group_id FROM members m WHERE ${LIVE} AND m.group_id IS NOT NULL
    UNION SELECT g.id FROM groups g JOIN down ON g.parent_id = down.id LIMIT ?)
  SELECT id FROM down`;

const GROUPS_BELOW = `
  WITH RECURSIVE down (id) AS (
    SELECT id FROM groups WHERE parent_id = ?
    UNION ALL SELECT g.id FROM groups g JOIN down ON g.parent_id = down.id LIMIT ?)
  SELECT id FROM down`;

const IN_GROUPS = `
  SELECT p.id FROM json_each(?) place CROSS JOIN projects p ON p.group_id = place.value LIMIT ?`;

const HELD_ITSELF = `
  SELECT m.project_id FROM members m WHERE ${LIVE} AND m.project_id IS NOT NULL
  UNION ALL SELECT p.id FROM projects p WHERE p.user_id = ?
  LIMIT ?`;

type Values = readonly (string | number)[];

/** To be called within a read. */
const fewOf =
  (prepare: Prepare, most: number) =>
  (sql: string, ...values: Values): Few | null => {
    const rows = prepare<[number]>(sql).all(...values, most + 1);
    return rows.length > most ? null : { ids: rows.map(([id]) => id) };
  };

const seenIn = (table: 'groups' | 'projects'): string =>
  `SELECT id FROM ${table} WHERE visibility = ? LIMIT ?`;

/** @param most the size of a set of few */
export function fewGroups(prepare: Prepare, most: number): FewOf {
  const few = fewOf(prepare, most);
  return {
    held: (holder) => few(HELD_GROUPS, ...liveValues(holder)),
    under: (groupId, nested) =>
      few(nested ? GROUPS_BELOW : 'SELECT id FROM groups WHERE parent_id = ? LIMIT ?', groupId),
    seen: (visibility) => few(seenIn('groups'), visibility),
    owned: () => ({ ids: [] }),
  };
}

/**
 * @param most the size of a set of few
 * @param mostGroups how many groups may stand for their projects
 */
export function fewProjects(prepare: Prepare, most: number, mostGroups: number): FewOf {
  const few = fewOf(prepare, most);
  const groups = fewGroups(prepare, mostGroups);
  const inGroups = (places: Few | null, others: Few | null): Few | null => {
    if (places === null || others === null) return null;
    const found = few(IN_GROUPS, JSON.stringify(places.ids));
    const ids = [...others.ids, ...(found?.ids ?? [])];
    return found === null || ids.length > most
      ? { ids: others.ids, groupIds: places.ids }
      : { ids };
  };
  return {
    held: (holder) =>
      inGroups(groups.held(holder), few(HELD_ITSELF, ...liveValues(holder), holder.userId)),
    under: (groupId, nested) => {
      const below = nested ? groups.under(groupId, true) : { ids: [] };
      return inGroups(below && { ids: [groupId, ...below.ids] }, { ids: [] });
    },
    seen: (visibility) => few(seenIn('projects'), visibility),
    owned: (userId) => few('SELECT id FROM projects WHERE user_id = ? LIMIT ?', userId),
  };
}
