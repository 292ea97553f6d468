/** Which parts of the groups or projects a query is about: the fewest records that have to be looked at. */
import { ACCESS } from '../../../policy/facts.ts';
import type { GroupQuery, Holder, ProjectQuery, Viewer } from '../../listing.ts';
import { amongIds, anyOf, condition, inGroups, type Condition } from './condition.ts';
import { LIVE, liveValues, type Few, type FewOf } from './few.ts';
import type { Stream } from './window.ts';

export interface PlaceKind {
  readonly alias: 'g' | 'p';
  readonly few: FewOf;
}

type PlaceQuery = Pick<
  GroupQuery & ProjectQuery,
  'visibleTo' | 'heldBy' | 'visibility' | 'under' | 'ownerId'
>;

/** The group of a record and those above it. */
const above = (alias: PlaceKind['alias']): string => `WITH RECURSIVE up (id) AS (
    SELECT ${alias === 'g' ? 'g.id' : 'p.group_id'}
    UNION ALL SELECT parent.parent_id FROM groups parent JOIN up ON parent.id = up.id WHERE parent.parent_id IS NOT NULL)`;

function held(alias: PlaceKind['alias'], holder: Holder): Condition {
  const values = liveValues(holder);
  const inGroup = `EXISTS (${above(alias)} SELECT 1 FROM up JOIN members m ON m.group_id = up.id AND ${LIVE})`;
  return alias === 'g'
    ? condition(inGroup, ...values)
    : condition(
        `(p.user_id = ? OR EXISTS (SELECT 1 FROM members m WHERE m.project_id = p.id AND ${LIVE}) OR ${inGroup})`,
        holder.userId,
        ...values,
        ...values,
      );
}

function under(alias: PlaceKind['alias'], { groupId, nested }: NonNullable<GroupQuery['under']>) {
  if (!nested)
    return condition(`${alias}.${alias === 'g' ? 'parent_id' : 'group_id'} = ?`, groupId);
  const inside = `EXISTS (${above(alias)} SELECT 1 FROM up WHERE up.id = ?)`;
  return alias === 'g'
    ? condition(`(g.id <> ? AND ${inside})`, groupId, groupId)
    : condition(inside, groupId);
}

interface Part {
  readonly condition: Condition;
  /** True: an index has it in order of id. */
  readonly indexed: boolean;
  readonly few: () => Few | null;
}

/** What, put together, the viewer may see. */
function visible({ alias, few }: PlaceKind, viewer: Viewer, query: PlaceQuery): readonly Part[] {
  const open = viewer.external ? (['public'] as const) : (['public', 'internal'] as const);
  const own: Holder = { ...viewer, minimum: ACCESS.guest };
  const seen = open.map((visibility) => ({
    visibility,
    condition: condition(`${alias}.visibility = ?`, visibility),
    indexed: true,
    few: () => few.seen(visibility),
  }));
  const member = { condition: held(alias, own), indexed: false, few: () => few.held(own) };
  const wanted = query.visibility;
  if (wanted === undefined) return [...seen, member];
  const openly = seen.filter(({ visibility }) => visibility === wanted);
  return openly.length > 0 ? openly : [member];
}

/** Each of these must be fulfilled, and may leave few. */
function narrowing({ alias, few }: PlaceKind, query: PlaceQuery): readonly Part[] {
  const { heldBy, under: place, ownerId, visibility } = query;
  const parts: Part[] = [];
  if (heldBy !== undefined) {
    parts.push({
      condition: held(alias, heldBy),
      indexed: false,
      few: () => few.held(heldBy),
    });
  }
  if (place !== undefined) {
    parts.push({
      condition: under(alias, place),
      indexed: !place.nested,
      few: () => few.under(place.groupId, place.nested),
    });
  }
  if (ownerId !== undefined) {
    parts.push({
      condition: condition('p.user_id = ?', ownerId),
      indexed: true,
      few: () => few.owned(ownerId),
    });
  }
  if (visibility !== undefined) {
    parts.push({
      condition: condition(`${alias}.visibility = ?`, visibility),
      indexed: true,
      few: () => few.seen(visibility),
    });
  }
  return parts;
}

interface Plan {
  /** The list is in order of id. */
  readonly byId: boolean;
  /** What else a record must fulfil. */
  readonly others: readonly Condition[];
}

interface Known {
  readonly part: Part;
  readonly found: Few | null;
  /** The cheapest to look at. */
  readonly condition: Condition;
}

function look(part: Part, alias: PlaceKind['alias']): Known {
  const found = part.few();
  if (found === null || part.indexed) return { part, found, condition: part.condition };
  const { ids, groupIds } = found;
  const itself = amongIds(alias, ids);
  if (groupIds === undefined) return { part, found, condition: itself };
  const either = anyOf([itself, inGroups(groupIds)]);
  return { part, found, condition: either };
}

const fewStreams = ({ ids, groupIds }: Few, filters: readonly Condition[]): readonly Stream[] => [
  ...(groupIds === undefined ? [] : [{ groupIds, within: [], filters }]),
  ...(ids.length === 0 ? [] : [{ ids, within: [], filters }]),
];

/** To be called within a read. */
export function streamsOf(
  kind: PlaceKind,
  query: PlaceQuery,
  { byId, others }: Plan,
): readonly Stream[] {
  const { alias } = kind;
  const narrow = narrowing(kind, query).map((part) => look(part, alias));
  const allBut = (left?: Known): readonly Condition[] => [
    ...others,
    ...narrow.filter((part) => part !== left).map((part) => part.condition),
  ];
  const viewed = query.visibleTo === undefined ? [] : visible(kind, query.visibleTo, query);
  const seen = viewed.map((part) => look(part, alias));
  const known = narrow.filter(({ found }) => found !== null);
  const fewest = known.find(({ found }) => found?.groupIds === undefined) ?? known[0];
  if (fewest?.found) {
    const anySeen = seen.length === 0 ? [] : [anyOf(seen.map(({ condition: one }) => one))];
    return fewStreams(fewest.found, [...allBut(fewest), ...anySeen]);
  }
  const scan = ({ part, condition: one }: Known, filters: readonly Condition[]): Stream =>
    byId && part.indexed ? { within: [one], filters } : { within: [], filters: [...filters, one] };
  if (seen.length > 0) return openStreams(seen, allBut(), scan);
  const indexed = narrow.find(({ part }) => part.indexed);
  return [
    indexed === undefined ? { within: [], filters: allBut() } : scan(indexed, allBut(indexed)),
  ];
}

/** Those parts that are few, as one list of ids, and each of the others by itself. */
function openStreams(
  parts: readonly Known[],
  filters: readonly Condition[],
  scan: (part: Known, filters: readonly Condition[]) => Stream,
): readonly Stream[] {
  const ids = parts.flatMap(({ found }) => found?.ids ?? []);
  const groups = parts.flatMap(({ found }) => found?.groupIds ?? []);
  const few: Few = groups.length === 0 ? { ids } : { ids, groupIds: groups };
  const many = parts.filter(({ found }) => found === null);
  return [...many.map((part) => scan(part, filters)), ...fewStreams(few, filters)];
}
