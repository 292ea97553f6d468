/** How often a caller of the REST API may ask: each token for itself, and whoever guesses by the address. */
import type { Response } from 'express';
import type { Clock } from '../../clock.ts';
import { AppError } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import type { CountRateLimited } from '../../metrics/ports.ts';
import type { Settings } from '../../settings/schema.ts';
import { addressKey } from './address-key.ts';
import type { Caller } from './caller.ts';
import { createRateLimit, type RateLimit, type Standing } from './rate-limit.ts';

/** Of one request. `id` is the number of the request, for the log. */
export interface Asking {
  readonly ip: string | null;
  readonly id: string;
  /** Gets the headers. */
  readonly res: Pick<Response, 'set'>;
}

export interface RateLimits {
  /**
   * Before a credential is looked at.
   *
   * @throws AppError `too_many_requests` where too many from this address proved nothing
   */
  mayTry(asking: Asking): Promise<void>;
  /** The credential proved nothing. */
  failed(asking: Asking): Promise<void>;
  /**
   * Counts a request of a caller who is known.
   *
   * @throws AppError `too_many_requests`
   */
  mayAsk(caller: Caller, asking: Asking): Promise<void>;
}

export interface RateLimitsOptions {
  readonly settings: Settings['api']['rate_limit'];
  readonly clock: Clock;
  readonly log: Logger;
  readonly onRefused: CountRateLimited;
}

const keyOf = (caller: Caller): string =>
  caller.kind === 'job' ? `job ${caller.job.id}` : `token ${caller.token.id}`;

/** GitLab's headers; `RateLimit-Reset` is in seconds since the epoch. */
function headersOf({ limit, observed, resetIn }: Standing, now: number): Record<string, string> {
  return {
    'RateLimit-Limit': String(limit),
    'RateLimit-Observed': String(observed),
    'RateLimit-Remaining': String(Math.max(0, limit - observed)),
    'RateLimit-Reset': String(Math.ceil((now + resetIn) / 1000)),
  };
}

function tooMany({ resetIn }: Standing): AppError {
  const retryAfter = Math.max(1, Math.ceil(resetIn / 1000));
  return new AppError('too_many_requests', '429 Too Many Requests - retry later', { retryAfter });
}

/** 0 in the settings: there is no such limit. */
export function createRateLimits(options: RateLimitsOptions): RateLimits {
  const { settings, clock, log, onRefused } = options;
  const { requests, failures, window } = settings;
  const limitOf = (limit: number): RateLimit | null =>
    limit === 0 ? null : createRateLimit({ limit, window });
  const byCaller = limitOf(requests);
  const byAddress = limitOf(failures);

  return {
    async mayTry({ ip, res }) {
      const standing = (await byAddress?.look(addressKey(ip))) ?? null;
      if (standing === null || standing.observed < failures) return;
      onRefused('failures');
      res.set(headersOf(standing, clock.now()));
      throw tooMany(standing);
    },
    async failed({ ip, id }) {
      const standing = await byAddress?.count(addressKey(ip));
      if (standing?.observed !== failures) return;
      log.warn({ ip, request_id: id, failures, window }, 'api: too many bad credentials');
    },
    async mayAsk(caller, { ip, id, res }) {
      if (byCaller === null) return;
      const key = keyOf(caller);
      const standing = await byCaller.count(key);
      res.set(headersOf(standing, clock.now()));
      if (standing.observed <= requests) return;
      onRefused('requests');
      // Once a window: whoever is refused may come very often.
      if (standing.observed === requests + 1) {
        log.warn({ by: key, ip, request_id: id, requests, window }, 'api: too many requests');
      }
      throw tooMany(standing);
    },
  };
}
