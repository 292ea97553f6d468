/**
 * Reads the directory in the order of its paths, which the table of routes is kept in: whatever hangs on a path is found
 * by its index, so a page costs the same wherever it is. A page looks at no more than so many paths, so that a kind of
 * which there are few does not hold up the server either.
 */
import { AppError } from '../../errors.ts';
import type { BulkKind, BulkPage } from '../bulk.ts';
import { LINKS } from './bulk-read-links.ts';
import { PLACES, type Source } from './bulk-read-places.ts';
import type { Database } from './database.ts';

type Position = readonly [path: string, key: string];

/** Sorts behind every text. */
const LAST = '\u{10FFFF}';

const write = (position: Position): string =>
  Buffer.from(JSON.stringify(position)).toString('base64url');

function parse(text: string): Position {
  try {
    const value = JSON.parse(Buffer.from(text, 'base64url').toString()) as unknown;
    if (Array.isArray(value) && value.length === 2) {
      const [path, key] = value as unknown[];
      if (typeof path === 'string' && typeof key === 'string') return [path, key];
    }
  } catch {
    // Told below.
  }
  throw new AppError('bad_request', 'after is invalid: it must be the next of an earlier answer');
}

type Row = [path: string, key: string, row: string];

function prepareSource(db: Database, { columns, joined, key, toEntry }: Source) {
  const rows = db.prepare<Row>(
    `SELECT r.path, ${key} AS k, json_array(${columns}) FROM routes r CROSS JOIN ${joined}
     WHERE r.path >= ?1 AND r.path <= ?2 AND (r.path > ?1 OR ${key} > ?3)
     ORDER BY r.path, k LIMIT ?4`,
  );
  return { rows, toEntry };
}

/** To be read in one snapshot. */
export function prepareBulkRead(
  db: Database,
): (kind: BulkKind, after: string | null, limit: number) => BulkPage {
  const sources: Readonly<Record<BulkKind, Source>> = { ...PLACES, ...LINKS };
  const prepared = new Map<BulkKind, ReturnType<typeof prepareSource>>();
  const pathAt = db.prepare<[string]>(
    'SELECT path FROM routes WHERE path >= ? ORDER BY path LIMIT 1 OFFSET ?',
  );

  function sourceOf(kind: BulkKind) {
    const source = prepared.get(kind) ?? prepareSource(db, sources[kind]);
    prepared.set(kind, source);
    return source;
  }

  return (kind, after, limit) => {
    const { rows, toEntry } = sourceOf(kind);
    // No path is empty, so nothing stands at the start.
    const [path, key] = after === null ? ['', ''] : parse(after);
    const end = pathAt.get(path, limit)?.[0];
    const found = rows.all(path, end ?? LAST, key, limit);
    const last = found.at(-1);
    const next =
      found.length === limit && last !== undefined
        ? write([last[0], last[1]])
        : end === undefined
          ? null
          : write([end, LAST]);
    return { entries: found.map(([, , row]) => toEntry(row)), next };
  };
}
