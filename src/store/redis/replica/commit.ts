/**
 * What instances send each other: commits, each a list of whole rows. A row's text in Redis is the JSON array of its
 * columns in the order of the schema (store/embedded/schema.ts), under its rowid.
 */
import type { Value } from '../../embedded/database.ts';

/** The tables that are the same in every instance. Jobs are not among them, nor the counters. */
export const TABLES = [
  'users',
  'groups',
  'projects',
  'routes',
  'members',
  'allowlist',
  'protection_rules',
  'deploy_tokens',
  'deploy_token_secrets',
  'personal_access_tokens',
  'converted_tokens',
  'refresh_tokens',
  'job_token_uses',
] as const;
export type Table = (typeof TABLES)[number];

/** SQLite's own table of the highest ids ever given (https://sqlite.org/autoinc.html), by name of table. */
export const SEQUENCES = 'sqlite_sequence';

/** In the order in which scripts get the keys of the rows. */
export const REPLICATED = [...TABLES, SEQUENCES] as const;
export type Replicated = (typeof REPLICATED)[number];

/** `key` is the rowid, or the table's name for a sequence; `columns` is null where the row is gone. */
export type Op = readonly [table: Replicated, key: string, columns: readonly Value[] | null];

/** Where a replica stands. Version 0 has the store's own id for its commit id. */
export interface Position {
  readonly version: number;
  readonly id: string;
}

export interface Identity {
  readonly store: string;
  readonly position: Position;
}

export interface Commit extends Position {
  /** True: nothing that instances remember depends on it (the last use of a token). */
  readonly quiet: boolean;
  readonly ops: readonly Op[];
}

/** The version of all this. An instance that meets another one neither serves nor writes. */
export const FORMAT = 3;

const NAMES: ReadonlySet<unknown> = new Set(REPLICATED);
const isValue = (value: unknown): value is Value =>
  value === null || typeof value === 'string' || Number.isSafeInteger(value);

export function isColumns(value: unknown): value is Value[] {
  return Array.isArray(value) && value.every(isValue);
}

function isOp(value: unknown): value is Op {
  if (!Array.isArray(value) || value.length !== 3) return false;
  const [table, key, columns] = value as unknown[];
  return NAMES.has(table) && typeof key === 'string' && (columns === null || isColumns(columns));
}

/** @throws TypeError for a text that no instance of this format wrote */
export function parseOps(text: string): readonly Op[] {
  const ops: unknown = JSON.parse(text);
  if (!Array.isArray(ops) || !ops.every(isOp)) throw new TypeError('not the rows of a commit');
  return ops;
}
