/** The next records of a table in an order, so many that looking at them takes no time. */
import type { Position } from '../../listing.ts';
import type { Value } from '../database.ts';
import {
  amongIds,
  condition,
  joined,
  valuesOf,
  type Condition,
  type Prepare,
} from './condition.ts';
import { compareIn, type Order } from './orders.ts';

export type From = 'users u' | 'groups g' | 'projects p';

/** Part of a list. The parts of a list may overlap. */
export interface Stream {
  /** The only ids that come into question, where they are few. */
  readonly ids?: readonly number[];
  /** The only groups whose projects come into question. */
  readonly groupIds?: readonly number[];
  /** What an index finds in the order of the list, so that nothing is looked at in vain. */
  readonly within: readonly Condition[];
  /** What must be looked at record by record. */
  readonly filters: readonly Condition[];
}

export interface Stretch {
  /** The records with the same key as the position, after it; or those with the keys beyond. */
  readonly kind: 'ties' | 'beyond';
  readonly from: Position | undefined;
}

/** All are to be called within a read. */
export interface Windows {
  /** The matches among the next `size` records, and the last of these; null: the stretch has no more. */
  look(
    stream: Stream,
    order: Order,
    stretch: Stretch,
    size: number,
  ): { readonly matches: readonly Position[]; readonly last: Position | null };
  /** The matches among few ids, after a position. */
  among(
    ids: readonly number[],
    stream: Stream,
    order: Order,
    after: Position | undefined,
    wanted: number,
  ): readonly Position[];
  /** Records from an offset on, where there are no filters. */
  skip(
    within: readonly Condition[],
    order: Order,
    page: { readonly offset: number; readonly limit: number },
  ): readonly Position[];
  /** Records in all, up to `most`, where there are no filters. */
  count(within: readonly Condition[], most: number): number;
}

type PlaceRow = [id: number, key: string | null];

const toPosition = ([id, key]: PlaceRow): Position => ({ id, key });

/** SQLite takes a negative limit for none. */
const toLimit = (count: number): number => (Number.isFinite(count) ? count : -1);

export function createWindows(from: From, prepare: Prepare): Windows {
  const alias = from.slice(-1);
  const id = `${alias}.id`;
  const select = ({ key }: Order): string =>
    `SELECT ${id} AS id, ${key ?? 'NULL'} AS key FROM ${from}`;
  const orderBy = ({ key, descending }: Order): string => {
    const way = descending ? ' DESC' : '';
    return `ORDER BY ${key === null ? '' : `${key}${way}, `}${id}${way}`;
  };
  const places = (sql: string, ...values: Value[]): Position[] =>
    prepare<PlaceRow>(sql)
      .all(...values)
      .map(toPosition);

  function reach({ kind, from: position }: Stretch, { key, descending }: Order): Condition[] {
    if (position === undefined) return [];
    const beyond = descending ? '<' : '>';
    if (key === null) return [condition(`${id} ${beyond} ?`, position.id)];
    return kind === 'ties'
      ? [condition(`${key} = ?`, position.key), condition(`${id} ${beyond} ?`, position.id)]
      : [condition(`${key} ${beyond} ?`, position.key)];
  }

  return {
    look: (stream, order, stretch, size) => {
      const bounds = [...reach(stretch, order), ...stream.within];
      const values = valuesOf(bounds);
      // Among ties, SQLite would sort by the key once more.
      const by = orderBy(stretch.kind === 'ties' ? { ...order, key: null } : order);
      const next = `${select(order)} ${joined('WHERE', bounds)} ${by}`;
      if (stream.filters.length === 0) {
        const matches = places(`${next} LIMIT ?`, ...values, toLimit(size));
        return { matches, last: matches.length < size ? null : (matches.at(-1) ?? null) };
      }
      // CROSS JOIN: the window is read first, in its order (https://sqlite.org/lang_select.html#crossjoin).
      const window = `SELECT w.id, w.key FROM (${next} LIMIT ?) w CROSS JOIN ${from} ON ${id} = w.id`;
      const filtered = `${window} ${joined('WHERE', stream.filters)}`;
      const matches = places(filtered, ...values, size, ...valuesOf(stream.filters));
      const last = places(`${next} LIMIT 1 OFFSET ?`, ...values, size - 1)[0] ?? null;
      return { matches: matches.toSorted(compareIn(order)), last };
    },
    among: (ids, { within, filters }, order, after, wanted) => {
      const way = order.descending ? '<' : '>';
      const beyond =
        order.key === null
          ? condition(`${id} ${way} ?`, after?.id ?? 0)
          : condition(`(${order.key}, ${id}) ${way} (?, ?)`, after?.key ?? '', after?.id ?? 0);
      const bounds = [amongIds(alias, ids), ...(after ? [beyond] : []), ...within, ...filters];
      const sql = `${select(order)} ${joined('WHERE', bounds)} ${orderBy(order)} LIMIT ?`;
      return places(sql, ...valuesOf(bounds), toLimit(wanted));
    },
    skip: (within, order, { offset, limit }) =>
      places(
        `${select(order)} ${joined('WHERE', within)} ${orderBy(order)} LIMIT ? OFFSET ?`,
        ...valuesOf(within),
        limit,
        offset,
      ),
    count: (within, most) => {
      const some = `SELECT 1 FROM ${from} ${joined('WHERE', within)} LIMIT ?`;
      const count = prepare<[number]>(`SELECT count(*) FROM (${some})`);
      return count.get(...valuesOf(within), toLimit(most))?.[0] ?? 0;
    },
  };
}
