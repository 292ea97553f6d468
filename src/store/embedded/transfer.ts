import type { Kind, Row, Transfer } from '../transfer.ts';
import type { Database } from './database.ts';
import type { Read } from './reader.ts';
import type { Version } from './version.ts';
import type { Writer } from './writer.ts';

const PIECE = 1_000;

/** Kinds that are not simply the rows of a table with a rowid. */
const COUNTER = 'job_ids';
const SEQUENCES = 'sqlite_sequence';

export type TableKind = Exclude<Kind, 'job_ids'>;

interface TableRows {
  /** With the rowid as the first value, whatever the columns are. */
  after(rowid: number): Row[];
  put(row: Row): void;
}

function columnsOf(db: Database, table: TableKind): readonly string[] {
  const named = db.prepare<[string]>(`SELECT name FROM pragma_table_info('${table}') ORDER BY cid`);
  const columns = named.all().map(([name]) => name);
  return columns[0] === 'id' ? columns : ['rowid', ...columns];
}

function prepareTable(db: Database, table: TableKind): TableRows {
  const columns = columnsOf(db, table);
  const list = columns.join(', ');
  const after = db.prepare<[string]>(
    `SELECT json_array(${list}) FROM ${table} WHERE rowid > ? ORDER BY rowid LIMIT ${PIECE}`,
  );
  const put = db.prepare(
    `INSERT INTO ${table} (${list}) VALUES (${columns.map(() => '?').join(', ')}) ON CONFLICT DO NOTHING`,
  );
  return {
    after: (rowid) => after.all(rowid).map(([row]) => JSON.parse(row) as Row),
    put: (row) => void put.run(...row),
  };
}

/** SQLite's own table has no unique name. The rowid of its rows means nothing, so it does not travel. */
function prepareSequences(db: Database): TableRows {
  const all = db.prepare<[string, number]>('SELECT name, seq FROM sqlite_sequence ORDER BY name');
  const raise = db.prepare('UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?');
  const insert = db.prepare('INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)');
  return {
    after: (rowid) => (rowid > 0 ? [] : all.all()),
    put: ([name = null, seq = null]) => {
      if (raise.run(seq, name) === 0) insert.run(name, seq);
    },
  };
}

function prepareCounter(db: Database): TableRows {
  const read = db.prepare<[number]>(`SELECT value FROM counters WHERE name = 'job_id'`);
  const raise = db.prepare(`UPDATE counters SET value = max(value, ?) WHERE name = 'job_id'`);
  return {
    after: (rowid) => (rowid > 0 ? [] : read.all()),
    put: ([value = null]) => void raise.run(value),
  };
}

export interface TransferParts {
  readonly db: Database;
  readonly read: Read;
  readonly writer: Pick<Writer, 'write'>;
  readonly version: Pick<Version, 'move'>;
}

export function createTransfer({ db, read, writer, version }: TransferParts): Transfer {
  const tables = new Map<Kind, TableRows>();
  const tableOf = (kind: Kind): TableRows => {
    const known = tables.get(kind);
    if (known !== undefined) return known;
    const made =
      kind === COUNTER
        ? prepareCounter(db)
        : kind === SEQUENCES
          ? prepareSequences(db)
          : prepareTable(db, kind);
    tables.set(kind, made);
    return made;
  };

  async function* rows(kind: Kind): AsyncGenerator<readonly Row[]> {
    let last = 0;
    for (;;) {
      const piece = await read(() => tableOf(kind).after(last));
      if (piece.length > 0) yield piece;
      if (piece.length < PIECE) return;
      last = Number(piece[piece.length - 1]?.[0]);
    }
  }

  return {
    rows,
    put: (kind, piece) =>
      writer.write(() => {
        const { put } = tableOf(kind);
        for (const row of piece) put(row);
        version.move();
      }),
  };
}
