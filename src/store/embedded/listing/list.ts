/** One list: where its records are found, and a page of them. */
import type { Listing, ListQuery, Position } from '../../listing.ts';
import type { Read } from '../reader.ts';
import type { Prepare } from './condition.ts';
import { compareIn, type Order } from './orders.ts';
import { createWalk, type WindowSizes } from './walk.ts';
import { createWindows, type From, type Stream } from './window.ts';

/** Each place once, in order. */
function merge(lists: readonly (readonly Position[])[], order: Order): readonly Position[] {
  if (lists.length === 1) return lists[0] ?? [];
  const byId = new Map(lists.flat().map((place) => [place.id, place]));
  return [...byId.values()].toSorted(compareIn(order));
}

export interface Kind<Row extends readonly unknown[], Item> {
  readonly from: From;
  readonly columns: string;
  readonly keys: Readonly<Record<string, string | null>>;
  readonly toItem: (row: Row) => Item;
}

export interface Parts {
  readonly prepare: Prepare;
  readonly read: Read;
  readonly window: WindowSizes;
  /** The size of a set of which each member is looked at. */
  readonly few: number;
  /** How many groups may stand for their projects, each of which is then asked for its first ones. */
  readonly fewGroups: number;
}

type Range = Pick<ListQuery<string>, 'offset' | 'limit' | 'countTo'>;

const isPlain = ({ ids, groupIds, filters }: Stream): boolean =>
  ids === undefined && groupIds === undefined && filters.length === 0;

export function createList<Row extends readonly unknown[], Item, Query extends ListQuery<string>>(
  parts: Parts,
  { from, columns, keys, toItem }: Kind<Row, Item>,
  streams: (query: Query, byId: boolean) => readonly Stream[],
): (query: Query) => Promise<Listing<Item>> {
  const { prepare, read } = parts;
  const windows = createWindows(from, prepare);
  const walk = createWalk(windows, read, parts.window);
  const one = `SELECT ${columns} FROM ${from} WHERE ${from.slice(-1)}.id = ?`;

  /** One record more than the page has, to know whether there is a next one. */
  async function find(query: Query, order: Order, { offset, limit, countTo }: Required<Range>) {
    const { after } = query;
    const all = await read(() => streams(query, order.key === null));
    const [only] = all;
    if (all.length === 1 && only && isPlain(only) && after === undefined) {
      const { within } = only;
      return read(() => ({
        places: windows.skip(within, order, { offset, limit: limit + 1 }),
        total: windows.count(within, countTo),
      }));
    }
    const wanted = Math.max(offset + limit + 1, countTo);
    const lists: (readonly Position[])[] = [];
    for (const stream of all) lists.push(await walk({ stream, order, after, wanted }));
    const places = merge(lists, order);
    const total = Math.min(places.length, countTo);
    return { places: places.slice(offset, offset + limit + 1), total };
  }

  return async (query) => {
    const { offset, limit, countTo = Infinity } = query;
    const { by, descending } = query.order ?? { by: 'id', descending: false };
    const order: Order = { key: keys[by] ?? null, descending };
    const { places, total } = await find(query, order, { offset, limit, countTo });
    const page = places.slice(0, limit);
    const rows = await read(() => page.map(({ id }) => prepare<Row>(one).get(id)));
    return {
      items: rows.flatMap((row) => (row === undefined ? [] : [toItem(row)])),
      total,
      next: places.length > limit ? (page.at(-1) ?? null) : null,
    };
  };
}
