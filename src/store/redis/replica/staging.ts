/** Where a load gathers rows of different moments, under no constraint, until they are those of one. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { storeUnavailable } from '../../../errors.ts';
import type { Database } from '../../embedded/database.ts';
import { SEQUENCES, TABLES, type Op, type Replicated, type Table } from './commit.ts';
import { insertColumns, shapeOf } from './rows.ts';

/** Rows that are copied before others get a turn. */
const PIECE = 2_000;

export interface Staging {
  clear(): void;
  put(ops: readonly Op[]): void;
  /** Replaces the content of all tables, within a transaction of the caller's. */
  copy(): Promise<void>;
  rows(): number;
}

interface Copy {
  /** Copies the rows after a key and returns the last one's; undefined: there was none. */
  piece(after: string): string | undefined;
}

function prepareCopy(db: Database, table: Table): Copy {
  const shape = shapeOf(db, table);
  const values = shape.columns.map((_, index) => `columns ->> ${index}`);
  if (!shape.hasId) values.unshift('CAST(key AS INTEGER)');
  const piece = `FROM replica_staged WHERE name = '${table}' AND key > ?1 ORDER BY key LIMIT ${PIECE}`;
  const copy = db.prepare(
    `INSERT INTO ${table} (${insertColumns(shape)}) SELECT ${values.join(', ')} ${piece}`,
  );
  const last = db.prepare<[string | null]>(`SELECT max(key) FROM (SELECT key ${piece})`);
  return {
    piece: (after) => {
      copy.run(after);
      return last.get(after)?.[0] ?? undefined;
    },
  };
}

function prepareStaging(db: Database) {
  return {
    begin: db.prepare('BEGIN IMMEDIATE'),
    commit: db.prepare('COMMIT'),
    clear: db.prepare('DELETE FROM replica_staged'),
    put: db.prepare(
      `INSERT INTO replica_staged (name, key, columns) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET columns = excluded.columns`,
    ),
    remove: db.prepare('DELETE FROM replica_staged WHERE name = ? AND key = ?'),
    count: db.prepare<[number]>('SELECT count(*) FROM replica_staged'),
    forgetSequences: db.prepare(`DELETE FROM ${SEQUENCES}`),
    sequences: db.prepare(
      `INSERT INTO sqlite_sequence (name, seq)
       SELECT key, columns ->> 0 FROM replica_staged WHERE name = '${SEQUENCES}'`,
    ),
    dangling: db.prepare<[string]>('PRAGMA foreign_key_check'),
  };
}

export function createStaging(db: Database): Staging {
  const sql = prepareStaging(db);
  const copies = TABLES.map((table) => prepareCopy(db, table));
  const widths = new Map<Replicated, number>([
    [SEQUENCES, 1],
    ...TABLES.map((table) => [table, shapeOf(db, table).columns.length] as const),
  ]);
  const empty = TABLES.map((table) => db.prepare(`DELETE FROM ${table}`));

  async function copy(): Promise<void> {
    for (const statement of empty) statement.run();
    for (const { piece } of copies) {
      for (let last: string | undefined = ''; last !== undefined; last = piece(last)) {
        await nextTurn();
      }
    }
    // The copies made sequences of their own.
    sql.forgetSequences.run();
    sql.sequences.run();
    const dangling = sql.dangling.get()?.[0];
    if (dangling !== undefined) throw storeUnavailable(`rows of ${dangling} refer to nothing`);
    sql.clear.run();
  }

  return {
    clear: () => void sql.clear.run(),
    put: (ops) => {
      for (const [table, , columns] of ops) {
        if (columns !== null && columns.length !== widths.get(table)) {
          throw storeUnavailable(`a row of ${table} has not the columns of this version`);
        }
      }
      sql.begin.run();
      for (const [table, key, columns] of ops) {
        if (columns === null) sql.remove.run(table, key);
        else sql.put.run(table, key, JSON.stringify(columns));
      }
      sql.commit.run();
    },
    copy,
    rows: () => sql.count.get()?.[0] ?? 0,
  };
}
