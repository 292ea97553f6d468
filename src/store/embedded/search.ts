import type { Page, Slice } from '../ports.ts';
import type { Database } from './database.ts';

/**
 * Lists a table in order of its first column, the id: whole or only where one of `fields` holds the text that is searched for. Case is
 * folded for ASCII letters only.
 */
export function prepareSearch<Row extends readonly unknown[], Item>(
  db: Database,
  columns: string,
  from: 'users u' | 'groups g' | 'projects p',
  fields: readonly string[],
  toItem: (row: Row) => Item,
): (page: Page, search?: string) => Slice<Item> {
  const matches = fields.map((field) => `instr(lower(${field}), lower(?1)) > 0`).join(' OR ');
  const where = `WHERE ?1 IS NULL OR ${matches}`;
  const list = db.prepare<Row>(
    `SELECT ${columns} FROM ${from} ${where} ORDER BY 1 LIMIT ?2 OFFSET ?3`,
  );
  const count = db.prepare<[number]>(`SELECT count(*) FROM ${from} ${where}`);
  return (page, search = '') => {
    const text = search === '' ? null : search;
    return db.snapshot(() => ({
      items: list.all(text, page.limit, page.offset).map(toItem),
      total: count.get(text)?.[0] ?? 0,
    }));
  };
}
