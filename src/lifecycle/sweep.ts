/** What is long past its end is forgotten, every hour. */
import type { Logger } from '../log.ts';

export interface Sweep {
  /** Never rejects. */
  sweep(): Promise<void>;
  /** Sweeps in an hour, and then every hour. */
  start(): void;
  stop(): void;
}

/** Milliseconds. */
const EVERY = 3_600_000;

export function createSweep(deps: {
  /** Resolves to how many are forgotten. */
  readonly forget: () => Promise<number>;
  readonly log: Logger;
  /** For the log, in the plural. */
  readonly what: string;
}): Sweep {
  const { forget, log, what } = deps;
  let timer: NodeJS.Timeout | undefined;

  async function sweep(): Promise<void> {
    try {
      const forgotten = await forget();
      if (forgotten > 0) log.info({ forgotten }, `forgot ${what}`);
    } catch (error) {
      log.warn({ err: error }, `${what} are not swept this time`);
    }
  }

  return {
    sweep,
    start: () => {
      timer = setInterval(() => void sweep(), EVERY).unref();
    },
    stop: () => clearInterval(timer),
  };
}
