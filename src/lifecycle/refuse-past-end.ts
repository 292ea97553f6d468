import { AppError } from '../errors.ts';

/** What is to end must not have ended already. null and undefined: it is given no end. Times are milliseconds. */
export function refusePastEnd(expiresAt: number | null | undefined, now: number): void {
  if (typeof expiresAt !== 'number' || expiresAt > now) return;
  throw new AppError('bad_request', 'expires_at is invalid: it must be in the future');
}
