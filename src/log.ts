/** Structured logs, one JSON object a line. A `Secret` prints stars here as everywhere. */
import { pino, type DestinationStream, type Logger } from 'pino';

export type { Logger } from 'pino';

export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
}

/** How long a line may wait in memory before it is written, in milliseconds. */
const FLUSH_EVERY = 100;

export interface LogHandle {
  readonly log: Logger;
  /** Writes what is still in memory. */
  close(): Promise<void>;
}

/** Writes to standard output, gathered so that a busy server does not make one system call a line. */
export function openLog(options: LogOptions): LogHandle {
  const destination = pino.destination({
    dest: 1,
    sync: false,
    minLength: 8192,
    maxWrite: 131_072,
  });
  const timer = setInterval(() => destination.flush(), FLUSH_EVERY).unref();
  const close = async (): Promise<void> => {
    clearInterval(timer);
    // A reader that went away is noticed by this write only; a synchronous one would be tried for ever.
    await new Promise<void>((resolve) => destination.flush(() => resolve()));
    destination.flushSync();
  };
  return { log: createLog(options, destination), close };
}

/** pino's ISO time, made once a millisecond: a busy server logs many lines in each. */
function createTimestamp(): () => string {
  let last = 0;
  let text = '';
  return () => {
    const now = Date.now();
    if (now !== last) {
      last = now;
      text = `,"time":"${new Date(now).toISOString()}"`;
    }
    return text;
  };
}

export function createLog(options: LogOptions, destination: DestinationStream): Logger {
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: createTimestamp(),
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
}
