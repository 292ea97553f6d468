/** Stops asking a server that does not answer, and finds out when it does again. */
export type BreakerState = 'closed' | 'open' | 'half_open';

/** Milliseconds. */
const WINDOW = 1000;
const PROBE_EVERY = 250;
const FAILURES = 5;

export interface Breaker {
  /** False: answer "unavailable" at once. True: ask the server, and say how it went. */
  admits(): boolean;
  succeeded(): void;
  failed(): void;
  /** There is reason to believe that the server is back: the next call may ask at once. */
  mayBeBack(): void;
  state(): BreakerState;
}

/**
 * @param now a monotonic clock in milliseconds
 * @param onChange called when it opens (`open`) and when it closes again (`closed`)
 */
export function createBreaker(
  now: () => number,
  onChange: (state: 'open' | 'closed') => void,
): Breaker {
  let state: BreakerState = 'closed';
  let failures: number[] = [];
  let nextProbe = 0;

  function open(at: number): void {
    if (state === 'closed') onChange('open');
    state = 'open';
    failures = [];
    nextProbe = at + PROBE_EVERY;
  }

  return {
    admits() {
      if (state === 'closed') return true;
      // A probe that never reported back does not keep the door shut for ever.
      const at = now();
      if (at < nextProbe) return false;
      state = 'half_open';
      nextProbe = at + 2 * PROBE_EVERY;
      return true;
    },
    succeeded() {
      if (state !== 'closed') onChange('closed');
      state = 'closed';
      if (failures.length > 0) failures = [];
    },
    failed() {
      const at = now();
      if (state === 'half_open') return open(at);
      if (state === 'open') return;
      failures = failures.filter((time) => at - time < WINDOW);
      failures.push(at);
      if (failures.length >= FAILURES) open(at);
    },
    mayBeBack() {
      if (state === 'open') nextProbe = 0;
    },
    state: () => state,
  };
}
