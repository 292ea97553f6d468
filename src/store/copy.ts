/** Everything from one store into another, empty one, and the proof that it is all there. */
import { createHash } from 'node:crypto';
import { AppError } from '../errors.ts';
import { KINDS, type Kind, type Row, type Transfer } from './transfer.ts';

export interface Progress {
  readonly kind: Kind;
  readonly phase: 'copy' | 'check';
  readonly rows: number;
  readonly done: boolean;
}

/** A number of rows, and a sum over them in which their order does not matter. */
interface Digest {
  readonly rows: number;
  readonly sum: bigint;
}

const MODULUS = 1n << 256n;

function rowHash(row: Row): bigint {
  return BigInt(`0x${createHash('sha256').update(JSON.stringify(row)).digest('hex')}`);
}

/** Grows with each row, so that a row that stands twice is not one that does not stand at all. */
function adding({ rows, sum }: Digest, piece: readonly Row[]): Digest {
  const added = piece.reduce((total, row) => total + rowHash(row), sum);
  return { rows: rows + piece.length, sum: added % MODULUS };
}

const NONE: Digest = { rows: 0, sum: 0n };

/** What is there before anything was stored: counters and sequences say nothing. */
const CONTENT = KINDS.filter((kind) => kind !== 'job_ids' && kind !== 'sqlite_sequence');

async function refuseFull(to: Transfer): Promise<void> {
  for (const kind of CONTENT) {
    for await (const piece of to.rows(kind)) {
      if (piece.length === 0) continue;
      throw new AppError(
        'conflict',
        `The store to copy to is not empty: it has ${kind}. Give it a new folder, or another redis.prefix.`,
      );
    }
  }
}

type Tell = (progress: Progress) => void;

async function copyKind(from: Transfer, to: Transfer, kind: Kind, tell: Tell): Promise<Digest> {
  let digest = NONE;
  for await (const piece of from.rows(kind)) {
    await to.put(kind, piece);
    digest = adding(digest, piece);
    tell({ kind, phase: 'copy', rows: digest.rows, done: false });
  }
  tell({ kind, phase: 'copy', rows: digest.rows, done: true });
  return digest;
}

async function digestOf(store: Transfer, kind: Kind, tell: Tell): Promise<Digest> {
  let digest = NONE;
  for await (const piece of store.rows(kind)) {
    digest = adding(digest, piece);
    tell({ kind, phase: 'check', rows: digest.rows, done: false });
  }
  tell({ kind, phase: 'check', rows: digest.rows, done: true });
  return digest;
}

const same = (a: Digest, b: Digest): boolean => a.rows === b.rows && a.sum === b.sum;

/** Both are read once more: neither may have changed meanwhile, and the copy must hold what the source does. */
async function check(from: Transfer, to: Transfer, copied: ReadonlyMap<Kind, Digest>, tell: Tell) {
  for (const [kind, expected] of copied) {
    const found = await digestOf(to, kind, tell);
    const still = await digestOf(from, kind, () => undefined);
    if (!same(still, expected)) {
      throw new AppError(
        'conflict',
        `The ${kind} of the source changed during the copy. Stop all servers on it, give the copy a new folder or prefix, and run it again.`,
      );
    }
    if (same(found, expected)) continue;
    const rows = `${expected.rows} rows were copied, ${found.rows} are there`;
    throw new AppError(
      'internal',
      `The ${kind} of the copy are not those of the source: ${rows}. Do not use the copy.`,
    );
  }
}

/**
 * @returns rows by kind
 * @throws AppError `conflict` where `to` holds something or `from` changes meanwhile, `internal` where the copy is wrong
 */
export async function copyStore(
  from: Transfer,
  to: Transfer,
  tell: Tell,
): Promise<ReadonlyMap<Kind, number>> {
  await refuseFull(to);
  const copied = new Map<Kind, Digest>();
  for (const kind of KINDS) copied.set(kind, await copyKind(from, to, kind, tell));
  await check(from, to, copied, tell);
  return new Map([...copied].map(([kind, { rows }]) => [kind, rows]));
}
