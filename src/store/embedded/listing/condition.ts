import type { Database, Statement, Value } from '../database.ts';

/** What a record must fulfil. `sql` is fixed text; each `?` in it stands for the next of `values`. */
export interface Condition {
  readonly sql: string;
  readonly values: readonly Value[];
}

export const condition = (sql: string, ...values: Value[]): Condition => ({ sql, values });

export const anyOf = (conditions: readonly Condition[]): Condition =>
  condition(`(${conditions.map(({ sql }) => sql).join(' OR ')})`, ...valuesOf(conditions));

export const amongIds = (alias: string, ids: readonly number[]): Condition =>
  condition(`${alias}.id IN (SELECT value FROM json_each(?))`, JSON.stringify(ids));

/** Of projects. */
export const inGroups = (groupIds: readonly number[]): Condition =>
  condition('p.group_id IN (SELECT value FROM json_each(?))', JSON.stringify(groupIds));

/** Joined by AND, with the word that comes before; nothing where there are none. */
export const joined = (word: 'WHERE' | 'AND', conditions: readonly Condition[]): string =>
  conditions.length === 0 ? '' : `${word} ${conditions.map(({ sql }) => sql).join(' AND ')}`;

export const valuesOf = (conditions: readonly Condition[]): readonly Value[] =>
  conditions.flatMap(({ values }) => values);

/** The combinations of filters and orders that are kept prepared; clients use few. */
const MAX_PREPARED = 200;

export type Prepare = <Row extends readonly unknown[]>(sql: string) => Statement<Row>;

/** Prepares each text once. */
export function createPrepare(db: Database): Prepare {
  const known = new Map<string, unknown>();
  return <Row extends readonly unknown[]>(sql: string) => {
    const held = known.get(sql) as Statement<Row> | undefined;
    if (held !== undefined) return held;
    if (known.size >= MAX_PREPARED) known.clear();
    const made = db.prepare<Row>(sql);
    known.set(sql, made);
    return made;
  };
}
