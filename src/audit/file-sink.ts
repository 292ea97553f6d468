/**
 * Keeps the audit stream in files: JSON lines, appended with one write call for all that is waiting. A line that a kill
 * cut short is ended by the next start, and skipped by whoever reads. Written means handed to the operating system.
 */
import { constants } from 'node:fs';
import { mkdir, open, unlink, type FileHandle } from 'node:fs/promises';
import type { Clock } from '../clock.ts';
import type { Logger } from '../log.ts';
import { fileOf, listFiles, nextStamp } from './files.ts';
import { createQueue } from './queue.ts';
import type { Sink } from './trail.ts';

export interface FileSinkOptions {
  readonly folder: string;
  /** Bytes of one file at most. */
  readonly maxSize: number;
  /** Files that are kept. */
  readonly keep: number;
  readonly clock: Clock;
  readonly log: Logger;
  /** Told how many events were lost. */
  readonly onLost: (count: number) => void;
}

interface OpenFile {
  readonly stamp: string;
  readonly handle: FileHandle;
  size: number;
  /** The file may end in the middle of a line. */
  torn: boolean;
}

const APPEND = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT;
const NEWLINE = 10;

async function openFile(folder: string, stamp: string): Promise<OpenFile> {
  const handle = await open(fileOf(folder, stamp), APPEND, 0o600);
  try {
    const { size } = await handle.stat();
    const last = Buffer.alloc(1);
    if (size > 0) await handle.read(last, 0, 1, size - 1);
    return { stamp, handle, size, torn: size > 0 && last[0] !== NEWLINE };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function append(file: OpenFile, bytes: Buffer): Promise<void> {
  const whole = file.torn ? Buffer.concat([Buffer.of(NEWLINE), bytes]) : bytes;
  for (let at = 0; at < whole.length;) {
    const { bytesWritten } = await file.handle.write(whole, at, whole.length - at);
    at += bytesWritten;
    file.size += bytesWritten;
    file.torn = whole[at - 1] !== NEWLINE;
  }
}

/** Finds the file to go on with, starts the next one when it is full, and lets go of the oldest. */
function createFiles({ folder, maxSize, keep, clock }: FileSinkOptions) {
  let file: OpenFile | null = null;

  async function start(stamp: string): Promise<OpenFile> {
    const started = await openFile(folder, stamp);
    file = started;
    const stamps = await listFiles(folder);
    const old = stamps.slice(0, Math.max(0, stamps.length - keep));
    // Another process may have been faster.
    await Promise.all(old.map((each) => unlink(fileOf(folder, each)).catch(() => {})));
    return started;
  }

  async function first(): Promise<OpenFile> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const last = (await listFiles(folder)).at(-1);
    return start(last ?? nextStamp(undefined, clock.now()));
  }

  async function close(): Promise<void> {
    const closing = file;
    file = null;
    await closing?.handle.close();
  }

  return {
    close,
    async write(bytes: Buffer): Promise<void> {
      let to: OpenFile = file ?? (await first());
      // One byte more: the end of a torn line.
      if (to.size > 0 && to.size + bytes.length + 1 > maxSize) {
        await close();
        to = await start(nextStamp(to.stamp, clock.now()));
      }
      await append(to, bytes);
    },
  };
}

export function createFileSink(options: FileSinkOptions): Sink {
  const { log, folder, onLost } = options;
  const files = createFiles(options);
  let lost = 0;
  const fail = (count: number, error?: unknown): void => {
    onLost(count);
    if (lost === 0) {
      log.error({ folder, err: error }, 'audit events are lost: the files cannot be written');
    }
    lost += count;
  };
  const queue = createQueue({
    async write(bytes, count) {
      try {
        await files.write(bytes);
      } catch (error) {
        // The next one opens the file anew: the disk, or the folder, may be another.
        await files.close().catch(() => {});
        fail(count, error);
        return false;
      }
      if (lost > 0) log.warn({ folder, lost }, 'audit events are written again');
      lost = 0;
      return true;
    },
    full: (count) => fail(count, new Error('the disk is too slow: too much is waiting')),
  });
  return {
    write: queue.push,
    settled: queue.settled,
    async close() {
      await queue.settled();
      await files.close().catch(() => {});
    },
  };
}
