/** Learns which rows a transaction changes, those that foreign keys take along included, and reads them. */
import type { Database, Value } from '../../embedded/database.ts';
import { SEQUENCES, TABLES, type Op } from './commit.ts';
import { prepareRows } from './rows.ts';

const EVENTS = [
  ['INSERT', 'new'],
  ['UPDATE', 'new'],
  ['DELETE', 'old'],
] as const;

/** Triggers of this connection only. The session extension would not do: it passes over tables without primary key. */
function addTriggers(db: Database): void {
  db.exec('CREATE TEMP TABLE touched (place INTEGER NOT NULL, row INTEGER NOT NULL)');
  for (const [place, table] of TABLES.entries()) {
    for (const [event, row] of EVENTS) {
      db.exec(`CREATE TEMP TRIGGER ${table}_${event} AFTER ${event} ON main.${table}
        BEGIN INSERT INTO touched VALUES (${place}, ${row}.rowid); END`);
    }
  }
}

export interface Capture {
  /** To be called within the transaction: before its verbs, and after them. */
  begin(): void;
  collect(): readonly Op[];
}

export function createCapture(db: Database): Capture {
  addTriggers(db);
  const rows = prepareRows(db);
  const clear = db.prepare('DELETE FROM temp.touched');
  const touched = db.prepare<[place: number, row: number]>(
    'SELECT DISTINCT place, row FROM temp.touched ORDER BY place, row',
  );
  const sequences = db.prepare<[name: string, highest: number]>(
    'SELECT name, seq FROM sqlite_sequence ORDER BY name',
  );
  let before = new Map<string, number>();

  return {
    begin: () => {
      clear.run();
      before = new Map(sequences.all());
    },
    collect: () => {
      const ops: Op[] = touched.all().flatMap(([place, row]): Op[] => {
        const table = TABLES[place];
        return table === undefined ? [] : [[table, String(row), rows.read(table, row)]];
      });
      for (const [name, highest] of sequences.all()) {
        const columns: Value[] = [highest];
        if (before.get(name) !== highest) ops.push([SEQUENCES, name, columns]);
      }
      return ops;
    },
  };
}
