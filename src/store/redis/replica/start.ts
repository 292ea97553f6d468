import type { Logger } from '../../../log.ts';
import type { Follower } from './follower.ts';
import { load } from './load.ts';
import { checkFound } from './misfit.ts';
import type { Reconciled, ReconcileParts } from './reconcile.ts';

export interface StartParts extends ReconcileParts {
  readonly follower: Follower;
  readonly reconcile: () => Promise<Reconciled>;
  readonly fingerprint: string;
  readonly newId: () => string;
  readonly log: Logger;
}

/**
 * Finds out whose store this Redis is, makes one in an empty Redis, and brings the replica to it.
 *
 * @param journalStore the store that the journal belongs to, if any
 * @returns the store's id
 * @throws AppError: `store_unavailable` to try again, else a sentence for the operator
 */
export async function startReplica(
  parts: StartParts,
  journalStore: string | null,
): Promise<string> {
  const { exchange, replica, follower, reconcile, fingerprint, newId, log } = parts;
  const known = journalStore ?? replica.identity()?.store ?? null;
  const answer = await exchange.find(known === null ? newId() : null, fingerprint);
  const found = checkFound(answer, known, fingerprint);
  if (found.made) log.info({ store: found.store }, 'an empty Redis was made a wharfpass store');
  if (replica.identity()?.store === found.store) await reconcile();
  else await load(parts, found.store, false);
  await follower.catchUp(false);
  return found.store;
}
