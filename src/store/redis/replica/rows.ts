/** Reads and writes rows of the replicated tables as they travel: all columns, under the rowid. */
import type { Database, Statement, Value } from '../../embedded/database.ts';
import { SEQUENCES, TABLES, type Op, type Replicated, type Table } from './commit.ts';

interface TableRows {
  read(rowid: number): readonly Value[] | null;
  remove(rowid: number): void;
  insert(rowid: number, columns: readonly Value[]): void;
}

export interface TableShape {
  readonly columns: readonly string[];
  /** The name of the rowid in an INSERT, and whether it is a column too. */
  readonly hasId: boolean;
}

export function shapeOf(db: Database, table: Table): TableShape {
  const rows = db.prepare<[string]>(`SELECT name FROM pragma_table_info('${table}') ORDER BY cid`);
  const columns = rows.all().map(([name]) => name);
  return { columns, hasId: columns[0] === 'id' };
}

/** The columns of an INSERT that is given a rowid and then all columns. */
export function insertColumns({ columns, hasId }: TableShape): string {
  return (hasId ? columns : ['rowid', ...columns]).join(', ');
}

function prepareTable(db: Database, table: Table): TableRows {
  const shape = shapeOf(db, table);
  const { columns, hasId } = shape;
  const read: Statement<[string]> = db.prepare(
    `SELECT json_array(${columns.join(', ')}) FROM ${table} WHERE rowid = ?`,
  );
  const remove = db.prepare(`DELETE FROM ${table} WHERE rowid = ?`);
  const marks = insertColumns(shape).replaceAll(/\w+/g, '?');
  const insert = db.prepare(`INSERT INTO ${table} (${insertColumns(shape)}) VALUES (${marks})`);
  return {
    read: (rowid) => {
      const row = read.get(rowid);
      return row === undefined ? null : (JSON.parse(row[0]) as Value[]);
    },
    remove: (rowid) => void remove.run(rowid),
    insert: (rowid, values) => {
      if (values.length !== columns.length || (hasId && values[0] !== rowid)) {
        throw new TypeError(`a row of ${table} has not the columns of this version`);
      }
      insert.run(...(hasId ? values : [rowid, ...values]));
    },
  };
}

export interface Rows {
  read(table: Table, rowid: number): readonly Value[] | null;
  /** Leaves the tables as they were where the commit was made. */
  apply(ops: readonly Op[]): void;
}

export function prepareRows(db: Database): Rows {
  const byName = new Map<Replicated, TableRows>(
    TABLES.map((name) => [name, prepareTable(db, name)]),
  );
  const removeSequence = db.prepare('DELETE FROM sqlite_sequence WHERE name = ?');
  const insertSequence = db.prepare('INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)');

  function tableOf(name: Replicated): TableRows {
    const table = byName.get(name);
    if (table === undefined) throw new TypeError(`no table ${name}`);
    return table;
  }

  return {
    read: (table, rowid) => tableOf(table).read(rowid),
    apply: (ops) => {
      const rows = ops.filter(([name]) => name !== SEQUENCES);
      // All that the commit touches goes first: two rows may have changed places in a unique column.
      for (const [name, key] of rows) tableOf(name).remove(Number(key));
      for (const [name, key, columns] of rows) {
        if (columns !== null) tableOf(name).insert(Number(key), columns);
      }
      for (const [name, key, columns] of ops) {
        if (name !== SEQUENCES) continue;
        removeSequence.run(key);
        if (columns !== null) insertSequence.run(key, columns[0] ?? 0);
      }
    },
  };
}
