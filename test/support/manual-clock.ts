import type { Clock } from '../../src/clock.ts';

export interface ManualClock extends Clock {
  /** Milliseconds. */
  advance(by: number): void;
}

/** A clock that stands still until a test moves it; starts at the real time, since registries check certificates. */
export function manualClock(start = Date.now()): ManualClock {
  let now = start;
  return {
    now: () => now,
    advance: (by) => {
      now += by;
    },
  };
}
