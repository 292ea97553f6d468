import type { Logger } from '../../../log.ts';

/** Milliseconds between two tries. */
const FIRST = 250;
const LONGEST = 2_000;

export interface Retry {
  /** There is something to do: tries soon, and again until all is done. */
  kick(): void;
  /** One try now; for the end of the process. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/**
 * @param work resolves to whether all is done; a rejection counts as no
 * @param what for the log
 */
export function createRetry(work: () => Promise<boolean>, what: string, log: Logger): Retry {
  let timer: NodeJS.Timeout | undefined;
  let last: Promise<boolean> = Promise.resolve(true);
  let pause = FIRST;
  let closed = false;

  async function attempt(): Promise<boolean> {
    try {
      return await work();
    } catch (error) {
      log.warn({ err: error }, `${what}: not done yet, will be tried again`);
      return false;
    }
  }

  /** One after the other: two at once would only do each other's work. */
  const once = (): Promise<boolean> => (last = last.then(attempt));

  async function tick(): Promise<void> {
    timer = undefined;
    const done = await once();
    pause = done ? FIRST : Math.min(LONGEST, pause * 2);
    if (!done) schedule(pause);
  }

  function schedule(wait: number): void {
    if (!closed) timer ??= setTimeout(() => void tick(), wait).unref();
  }

  return {
    kick: () => schedule(pause),
    flush: async () => void (await once()),
    close: async () => {
      closed = true;
      clearTimeout(timer);
      await last;
    },
  };
}
