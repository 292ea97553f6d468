/** Callers who wait, for a bounded time, until something is so. */
export interface Waiters {
  /** Resolves true with the first `tell` for a turn later than `turn`; false after `withinMs` or with `giveUp`. */
  wait(turn: number, withinMs: number): Promise<boolean>;
  tell(turn: number): void;
  giveUp(): void;
}

interface Waiter {
  readonly after: number;
  done(good: boolean): void;
}

export function createWaiters(): Waiters {
  const waiting = new Set<Waiter>();
  return {
    wait: (after, withinMs) =>
      new Promise((resolve) => {
        const done = (good: boolean): void => {
          clearTimeout(limit);
          waiting.delete(waiter);
          resolve(good);
        };
        const limit = setTimeout(done, withinMs, false);
        const waiter = { after, done };
        waiting.add(waiter);
      }),
    tell(turn) {
      for (const waiter of waiting) if (waiter.after < turn) waiter.done(true);
    },
    giveUp() {
      for (const waiter of waiting) waiter.done(false);
    },
  };
}
