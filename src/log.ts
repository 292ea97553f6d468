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
  close(): void;
}

/** Writes to standard output, gathered so that a busy server does not make one system call a line. */
export function openLog(options: LogOptions): LogHandle {
  const destination = pino.destination({ dest: 1, sync: false, minLength: 8192 });
  const timer = setInterval(() => destination.flush(), FLUSH_EVERY).unref();
  const close = (): void => {
    clearInterval(timer);
    destination.flushSync();
  };
  return { log: createLog(options, destination), close };
}

export function createLog(options: LogOptions, destination: DestinationStream): Logger {
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
}
