/** Whether everything that was noted here is known to be stored. */
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../../errors.ts';
import type { Journal } from './journal.ts';

/** Milliseconds. */
const PATIENCE = 400;
const LOOK_EVERY = 10;

type Pending = Pick<Journal, 'pendingEnds' | 'pendingRevocations'>;

/**
 * Waits for what is pending now; what comes later is not waited for.
 *
 * @throws AppError `store_unavailable` where it takes too long
 */
export async function whenSettled(journal: Pending): Promise<void> {
  const pending = (): readonly object[] => [
    ...journal.pendingEnds(),
    ...journal.pendingRevocations(),
  ];
  let waiting = pending();
  for (let waited = 0; waiting.length > 0 && waited < PATIENCE; waited += LOOK_EVERY) {
    await sleep(LOOK_EVERY);
    const still = new Set(pending());
    waiting = waiting.filter((entry) => still.has(entry));
  }
  if (waiting.length === 0) return;
  const message =
    `${waiting.length} ends of jobs and revocations are noted here and will be applied, but the token server cannot ` +
    'reach its data just now. Ask again until they are confirmed.';
  const detail = 'ends or revocations are noted and not acknowledged';
  throw new AppError('store_unavailable', message, { detail, retryAfter: 1 });
}
