/** One at a time: who asks while a turn is under way shares the next one. */
export interface Turns {
  /** Resolves when a turn that began after this call has ended. */
  fresh(): Promise<void>;
  /** No further turns; resolves when the last one has ended. */
  stop(): Promise<void>;
}

/** @param turn must not reject */
export function createTurns(turn: () => Promise<void>): Turns {
  let stopped = false;
  let current: Promise<void> | null = null;
  let next: Promise<void> | null = null;

  function fresh(): Promise<void> {
    if (stopped) return Promise.resolve();
    if (current === null) {
      current = turn().finally(() => (current = null));
      return current;
    }
    next ??= current.then(() => {
      next = null;
      return fresh();
    });
    return next;
  }

  return {
    fresh,
    async stop() {
      stopped = true;
      await current;
    },
  };
}
