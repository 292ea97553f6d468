/** Where a bulk revocation goes on with its next request. It says nothing that the caller does not know. */
import { createHash } from 'node:crypto';
import { REVOCABLE_KINDS, type RevocableKind } from './bulk-criteria.ts';

export interface Position {
  readonly kind: RevocableKind;
  /** Ids up to this one are done. */
  readonly after: number;
}

export interface Cursor {
  /** Of the whole revocation: the same in all its requests. */
  readonly run: string;
  readonly position: Position;
  /** Of what was asked for, so that a cursor is not taken for another question's. */
  readonly digest: string;
}

const SHAPE = /^([0-9a-f-]{36})\.([0-4])\.(\d{1,15})\.([0-9a-f]{16})$/;

export const digestOf = (asked: unknown): string =>
  createHash('sha256').update(JSON.stringify(asked)).digest('hex').slice(0, 16);

export function writeCursor({ run, position, digest }: Cursor): string {
  return [run, REVOCABLE_KINDS.indexOf(position.kind), position.after, digest].join('.');
}

/** null: it is none. */
export function readCursor(text: string): Cursor | null {
  const [, run, index, after, digest] = SHAPE.exec(text) ?? [];
  const kind = REVOCABLE_KINDS[Number(index)];
  if (run === undefined || kind === undefined || digest === undefined) return null;
  return { run, position: { kind, after: Number(after) }, digest };
}
