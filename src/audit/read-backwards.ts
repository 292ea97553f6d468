/** Reads the files of the audit stream from the newest line to the oldest, a piece at a time. */
import { open, type FileHandle } from 'node:fs/promises';
import { fileOf, listFiles, timeOf } from './files.ts';

/** The lines before `offset` of the file with this stamp are next. */
export interface Position {
  readonly stamp: string;
  readonly offset: number;
}

export interface Line {
  readonly text: string;
  /** Where it begins: reading on from there finds what is older. */
  readonly at: Position;
}

/** All whole lines of one piece, newest first. */
export interface Piece {
  readonly lines: readonly Line[];
  /** Bytes that were read for it. */
  readonly bytes: number;
}

/** Small enough that taking it apart holds nobody else up. */
const PIECE = 65_536;
const NEWLINE = 10;

/** Splits into lines, newest first; what stands before the first line break may have a beginning in an earlier piece. */
function linesOf(bytes: Buffer, start: number, stamp: string, whole: boolean) {
  const lines: Line[] = [];
  let end = bytes.length;
  while (end > 0) {
    const before = end < 2 ? -1 : bytes.lastIndexOf(NEWLINE, end - 2);
    if (before === -1 && !whole) break;
    const from = before + 1;
    const text = bytes.toString('utf8', from, end - 1);
    if (text !== '') lines.push({ text, at: { stamp, offset: start + from } });
    end = from;
  }
  return { lines, rest: bytes.subarray(0, end) };
}

async function readAt(handle: FileHandle, from: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  let got = 0;
  while (got < length) {
    const { bytesRead } = await handle.read(bytes, got, length - got, from + got);
    // The file has become shorter: somebody cut it. What is left is what there is.
    if (bytesRead === 0) break;
    got += bytesRead;
  }
  return bytes.subarray(0, got);
}

async function* piecesOf(handle: FileHandle, stamp: string, end: number): AsyncGenerator<Piece> {
  let rest: Buffer = Buffer.alloc(0);
  let first = true;
  for (let to = end; to > 0;) {
    const from = Math.max(0, to - PIECE);
    const read = await readAt(handle, from, to - from);
    let bytes = rest.length === 0 ? read : Buffer.concat([read, rest]);
    if (first) {
      // After the last line break stands nothing, or a line that is not whole.
      const last = bytes.lastIndexOf(NEWLINE);
      bytes = bytes.subarray(0, last + 1);
      first = bytes.length === 0;
    }
    const split = linesOf(bytes, from, stamp, from === 0);
    rest = split.rest;
    yield { lines: split.lines, bytes: to - from };
    to = from;
  }
}

/**
 * @param from where to go on; null: at the end
 * @param before ms; files that begin later hold nothing that is asked for
 */
export async function* readBackwards(
  folder: string,
  from: Position | null,
  before: number,
): AsyncGenerator<Piece> {
  const stamps = (await listFiles(folder)).toReversed();
  for (const stamp of stamps) {
    if (timeOf(stamp) > before || (from !== null && stamp > from.stamp)) continue;
    const handle = await open(fileOf(folder, stamp), 'r').catch((error: unknown) => {
      // Let go of since it was listed: so is all that is older.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    });
    if (handle === null) return;
    try {
      const { size } = await handle.stat();
      yield* piecesOf(handle, stamp, from?.stamp === stamp ? Math.min(from.offset, size) : size);
    } finally {
      await handle.close();
    }
  }
}
