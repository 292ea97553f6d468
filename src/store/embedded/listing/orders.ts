/** What lists are ordered by. The expressions are those of the indexes in schema-lists.ts. */
import type { Position } from '../../listing.ts';

export interface Order {
  /** null: by id alone. */
  readonly key: string | null;
  readonly descending: boolean;
}

const lastPart = (path: string): string =>
  `lower(substr(${path}, length(rtrim(${path}, replace(${path}, '/', ''))) + 1))`;

export const USER_KEYS = { id: null, name: 'lower(u.name)', username: 'lower(u.username)' };
export const GROUP_KEYS = { id: null, name: 'lower(g.name)', path: lastPart('g.full_path') };
export const PROJECT_KEYS = { id: null, name: 'lower(p.name)', path: lastPart('p.full_path') };

/** As SQLite compares texts: by the bytes of their UTF-8 (https://sqlite.org/datatype3.html#collation). */
const compareKeys = (a: string | null, b: string | null): number =>
  a === b ? 0 : Buffer.compare(Buffer.from(a ?? ''), Buffer.from(b ?? ''));

export const compareIn =
  ({ descending }: Order) =>
  (a: Position, b: Position): number =>
    (compareKeys(a.key, b.key) || a.id - b.id) * (descending ? -1 : 1);
