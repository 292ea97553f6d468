/** Counts within a fixed window, for each key, in bounded memory. */
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';

/** Where a key stands in its window. */
export interface Standing {
  readonly limit: number;
  /** Of this window, those beyond the limit among them. */
  readonly observed: number;
  /** Milliseconds to the end of the window. */
  readonly resetIn: number;
}

export interface RateLimit {
  /** Counts one more. */
  count(key: string): Promise<Standing>;
  /** null: nothing of the key was counted in this window. */
  look(key: string): Promise<Standing | null>;
}

export interface RateLimitOptions {
  /** How many there may be within the window; at least 1. */
  readonly limit: number;
  /** Seconds. */
  readonly window: number;
  /** Of them all, at most; default 20,000, which take some 10 MB. */
  readonly maxKeys?: number;
}

const MAX_KEYS = 20_000;

/**
 * A key's window begins with its first count. With more keys than there is room for, the one whose window began first is
 * forgotten: nobody who stays below the limit is ever refused for what others do.
 */
export function createRateLimit({ limit, window, maxKeys = MAX_KEYS }: RateLimitOptions) {
  const limiter = new RateLimiterMemory({ points: limit, duration: window });
  /** In the order in which their windows began. */
  const known = new Set<string>();

  const standing = ({ consumedPoints, msBeforeNext }: RateLimiterRes): Standing => ({
    limit,
    observed: consumedPoints,
    resetIn: Math.max(0, msBeforeNext),
  });

  async function remember(key: string): Promise<void> {
    known.delete(key);
    known.add(key);
    if (known.size <= maxKeys) return;
    const [oldest = key] = known;
    known.delete(oldest);
    await limiter.delete(oldest);
  }

  const rateLimit: RateLimit = {
    async count(key) {
      // As `consume`, which throws what is no error.
      const result = await limiter.penalty(key, 1);
      if (result.isFirstInDuration) await remember(key);
      return standing(result);
    },
    async look(key) {
      const result = await limiter.get(key);
      return result === null || result.msBeforeNext <= 0 ? null : standing(result);
    },
  };
  return rateLimit;
}
