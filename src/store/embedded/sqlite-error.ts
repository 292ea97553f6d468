/** What SQLite's result codes mean to a caller (https://sqlite.org/rescode.html). */
import { isNativeError } from 'node:util/types';
import { AppError, storeUnavailable } from '../../errors.ts';

interface SqliteError extends Error {
  /** The extended result code; its low byte is the primary one. */
  readonly errcode: number;
}

const BUSY = 5;
const CORRUPT = 11;
const CONSTRAINT = 19;
const NOTADB = 26;
const CONSTRAINT_FOREIGNKEY = 787;
const CONSTRAINT_PRIMARYKEY = 1555;
const CONSTRAINT_UNIQUE = 2067;

/** The texts of sqlite3_errstr for the codes on which we act. */
const CODE_OF_MESSAGE = new Map([
  ['database is locked', BUSY],
  ['database disk image is malformed', CORRUPT],
  ['file is not a database', NOTADB],
]);
const UNSPECIFIC = 1;

/** `StatementSync.all` of @photostructure/sqlite 1.2.1 leaves the result code out of its errors: puts it back. */
export function withResultCode(error: unknown): unknown {
  if (isNativeError(error) && 'code' in error && error.code === 'ERR_SQLITE_ERROR') {
    const errcode = CODE_OF_MESSAGE.get(error.message) ?? UNSPECIFIC;
    if (!isSqliteError(error)) return Object.assign(error, { errcode });
  }
  return error;
}

export function isSqliteError(error: unknown): error is SqliteError {
  return (
    isNativeError(error) &&
    'code' in error &&
    error.code === 'ERR_SQLITE_ERROR' &&
    'errcode' in error &&
    typeof error.errcode === 'number'
  );
}

const primaryCode = (error: SqliteError): number => error.errcode & 0xff;

/** Another connection holds the lock; a second try may work. */
export function isBusy(error: unknown): boolean {
  return isSqliteError(error) && primaryCode(error) === BUSY;
}

export function isCorrupt(error: unknown): boolean {
  return isSqliteError(error) && [CORRUPT, NOTADB].includes(primaryCode(error));
}

/** The statement broke a rule of the schema: the fault is in its values, and the transaction is sound. */
export function isConstraint(error: unknown): boolean {
  return isSqliteError(error) && primaryCode(error) === CONSTRAINT;
}

function constraintError(error: SqliteError): AppError {
  const options = { detail: error.message, cause: error };
  switch (error.errcode) {
    case CONSTRAINT_UNIQUE:
    case CONSTRAINT_PRIMARYKEY:
      return new AppError('conflict', 'Something with this name or id exists already.', options);
    case CONSTRAINT_FOREIGNKEY:
      return new AppError('not_found', 'Something that this refers to does not exist.', options);
    default:
      return new AppError('bad_request', 'A value is not one of those allowed.', options);
  }
}

/** Every error that leaves the store goes through here. Faults in our own code pass unchanged. */
export function toAppError(error: unknown): unknown {
  if (!isSqliteError(error)) return error;
  if (isConstraint(error)) return constraintError(error);
  const advice = isCorrupt(error) ? '; the file is damaged, see docs/backup.md' : '';
  return storeUnavailable(`sqlite ${error.errcode}: ${error.message}${advice}`, error);
}
