/**
 * One connection and its prepared statements. Nothing else in the store hands text to SQLite, so every value is
 * bound, and the checks that the driver lacks stand in one place.
 */
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite';
import { AppError } from '../../errors.ts';
import { withResultCode } from './sqlite-error.ts';

export type Value = string | number | null;
export type Bit = 0 | 1;

export const bit = (flag: boolean): Bit => (flag ? 1 : 0);

/** Rows come back as arrays in the order of the selected columns. */
export interface Statement<Row extends readonly unknown[]> {
  get(...values: Value[]): Row | undefined;
  all(...values: Value[]): Row[];
  /** How many rows changed. */
  run(...values: Value[]): number;
}

export interface Database {
  prepare<Row extends readonly unknown[]>(sql: string): Statement<Row>;
  /** Runs fixed text, never one with values in it. */
  exec(sql: string): void;
  /** Everything that `query` reads belongs to one moment. */
  snapshot<T>(query: () => T): T;
  readonly inTransaction: boolean;
  readonly isOpen: boolean;
  close(): void;
}

/**
 * NUL, at which the driver cuts text off, and half surrogate pairs, which UTF-8 cannot hold: either would make two
 * different names one.
 */
const UNSTORABLE = /[\0\p{Surrogate}]/u;

export function storable(text: string): boolean {
  return !UNSTORABLE.test(text);
}

function check(values: readonly Value[]): void {
  for (const value of values) {
    if (typeof value === 'string') {
      if (!storable(value)) {
        throw new AppError('bad_request', 'Text must be valid Unicode without NUL characters.');
      }
    } else if (value !== null && !Number.isSafeInteger(value)) {
      // An object here would bind by name, and leave every other parameter null.
      throw new TypeError(`cannot store a value of type ${typeof value}`);
    }
  }
}

function prepareOn<Row extends readonly unknown[]>(
  sqlite: DatabaseSyncInstance,
  sql: string,
): Statement<Row> {
  const statement = sqlite.prepare(sql, { returnArrays: true });
  return {
    get: (...values) => {
      check(values);
      return statement.get(...values) as Row | undefined;
    },
    all: (...values) => {
      check(values);
      try {
        return statement.all(...values) as Row[];
      } catch (error) {
        throw withResultCode(error);
      }
    },
    run: (...values) => {
      check(values);
      return statement.run(...values).changes;
    },
  };
}

/** Opens the connection as it is; open.ts sets it up. `timeout: 0`: a lock is waited for by timer, never in here. */
export function openDatabase(path: string, options: { readOnly?: boolean } = {}): Database {
  const sqlite = new DatabaseSync(path, {
    timeout: 0,
    enableForeignKeyConstraints: true,
    defensive: true,
    readOnly: options.readOnly ?? false,
  });
  const begin = sqlite.prepare('BEGIN');
  const commit = sqlite.prepare('COMMIT');
  return {
    prepare: (sql) => prepareOn(sqlite, sql),
    exec: (sql) => sqlite.exec(sql),
    snapshot: (query) => {
      begin.run();
      try {
        return query();
      } finally {
        if (sqlite.isTransaction) commit.run();
      }
    },
    get inTransaction() {
      return sqlite.isTransaction;
    },
    get isOpen() {
      return sqlite.isOpen;
    },
    close: () => sqlite.close(),
  };
}
