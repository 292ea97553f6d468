/** What the scripts of the partition `d` answer, checked: what does not look right is no answer. */
import { storeUnavailable } from '../../../errors.ts';
import type { Value } from '../../embedded/database.ts';
import type { ScriptReply } from '../connection/redis.ts';
import { isColumns, parseOps, type Commit, type Position } from './commit.ts';

/** What is wrong with the store as a whole: waiting does not mend it. */
export type Misfit =
  | { readonly kind: 'empty' }
  | { readonly kind: 'foreign'; readonly store: string }
  | { readonly kind: 'format'; readonly format: string };

export type Synced =
  | Misfit
  | { readonly kind: 'same' }
  | { readonly kind: 'behind'; readonly head: number; readonly commits: readonly Commit[] }
  /** The log does not go back to where the replica stands. */
  | { readonly kind: 'reload' }
  /** The replica stands where this store never was. */
  | { readonly kind: 'diverged'; readonly head: Position };

export interface Piece {
  readonly kind: 'piece';
  /** The head when the piece was read. */
  readonly head: Position;
  /** 0: this was the last piece of the table. */
  readonly cursor: string;
  readonly rows: readonly Row[];
}

export type Row = readonly [key: string, columns: readonly Value[]];

export interface Found {
  readonly store: string;
  readonly format: string;
  readonly keys: string;
  readonly made: boolean;
}

export function wrong(script: string, reply: ScriptReply): never {
  throw storeUnavailable(`the script ${script} answered ${JSON.stringify(reply.status)} wrongly`);
}

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);

function version(value: unknown): number | null {
  const found = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof found === 'number' && Number.isSafeInteger(found) && found >= 0 ? found : null;
}

function readHead([at, id]: readonly unknown[]): Position | null {
  const [number, name] = [version(at), text(id)];
  return number === null || name === null ? null : { version: number, id: name };
}

function readMisfit(reply: ScriptReply): Misfit | null {
  const value = text(reply.values[0]);
  if (reply.status === 'empty') return { kind: 'empty' };
  if (reply.status === 'foreign' && value !== null) return { kind: 'foreign', store: value };
  if (reply.status === 'format' && value !== null) return { kind: 'format', format: value };
  return null;
}

function readCommit(entry: unknown): Commit {
  const [at, id, quiet, ops] = Array.isArray(entry) ? (entry as unknown[]) : [];
  const [position, rows] = [readHead([at, id]), text(ops)];
  if (position === null || rows === null) throw new TypeError('not a commit');
  return { ...position, quiet: quiet === '1', ops: parseOps(rows) };
}

function readBehind(reply: ScriptReply): Synced {
  const [head, entries] = [version(reply.values[0]), reply.values[1]];
  if (head === null || !Array.isArray(entries)) return wrong('sync', reply);
  try {
    return { kind: 'behind', head, commits: entries.map(readCommit) };
  } catch (error) {
    throw storeUnavailable('the log holds what is no commit', error);
  }
}

export function readSynced(reply: ScriptReply): Synced {
  const misfit = readMisfit(reply);
  if (misfit !== null) return misfit;
  if (reply.status === 'same') return { kind: 'same' };
  if (reply.status === 'reload') return { kind: 'reload' };
  if (reply.status === 'behind') return readBehind(reply);
  const head = reply.status === 'diverged' ? readHead(reply.values) : null;
  return head === null ? wrong('sync', reply) : { kind: 'diverged', head };
}

function readRow(key: unknown, columns: unknown): Row {
  const [name, row] = [text(key), text(columns)];
  const values: unknown = row === null ? null : JSON.parse(row);
  if (name === null || !isColumns(values)) throw new TypeError('not a row');
  return [name, values];
}

export function readPiece(reply: ScriptReply): Misfit | Piece {
  const misfit = readMisfit(reply);
  if (misfit !== null) return misfit;
  const [, , next, flat] = reply.values;
  const [head, cursor] = [readHead(reply.values), text(next)];
  if (reply.status !== 'piece' || head === null || cursor === null || !Array.isArray(flat)) {
    return wrong('load', reply);
  }
  try {
    const rows = Array.from({ length: flat.length / 2 }, (_, index) =>
      readRow(flat[index * 2], flat[index * 2 + 1]),
    );
    return { kind: 'piece', head, cursor, rows };
  } catch (error) {
    throw storeUnavailable('a row in Redis is damaged', error);
  }
}

export function readFound(reply: ScriptReply): Found | null {
  const [store, format, keys] = reply.values.map(text);
  if (reply.status === 'empty') return null;
  if (!store || !format || keys === undefined || keys === null) return wrong('find', reply);
  if (reply.status !== 'found' && reply.status !== 'made') return wrong('find', reply);
  return { store, format, keys, made: reply.status === 'made' };
}
