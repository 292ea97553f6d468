/** Walks over a table with ids, piece by piece, however many rows it has and however few of them are wanted. */
import type { Piece } from '../ports.ts';
import type { Database, Value } from './database.ts';
import type { Read } from './reader.ts';

/** Ids that one piece looks at: a few milliseconds. */
const SPAN = 20_000;
/** Rows that one piece has at most. */
const MOST = 1_000;

/**
 * @param columns the id first
 * @param where with its parameters from ?4 on
 */
export function prepareWalk<Row extends readonly [number, ...unknown[]], Item>(
  db: Database,
  columns: string,
  from: { readonly table: string; readonly alias: string },
  where: string,
  toItem: (row: Row) => Item,
) {
  const { table, alias } = from;
  const rows = db.prepare<Row>(
    `SELECT ${columns} FROM ${table} ${alias}
     WHERE ${alias}.id > ?1 AND ${alias}.id <= ?2 AND ${where} ORDER BY ${alias}.id LIMIT ?3`,
  );
  const last = db.prepare<[number | null]>(`SELECT max(id) FROM ${table}`);

  function piece(after: number, values: readonly Value[]): Piece<Item> {
    const end = after + SPAN;
    const found = rows.all(after, end, MOST, ...values);
    const items = found.map(toItem);
    const lastFound = found.at(-1)?.[0];
    if (found.length === MOST && lastFound !== undefined) return { items, next: lastFound };
    return { items, next: end < (last.get()?.[0] ?? 0) ? end : null };
  }

  return (read: Read, after: number, values: readonly Value[]): Promise<Piece<Item>> =>
    read(() => db.snapshot(() => piece(after, values)));
}
