/**
 * Brings the replica and Redis together where they are on different histories: what Redis lost in a failover is given
 * back; where both went on by themselves, Redis is right.
 */
import { storeUnavailable } from '../../../errors.ts';
import type { Commit, Identity, Position } from './commit.ts';
import { load, type LoadParts } from './load.ts';
import { misfitError } from './misfit.ts';

/** Steps before it gives up for now. Each of several instances that give back at once takes others a step on. */
const STEPS = 10_000;

export interface ReconcileOptions {
  /** For repair, before the partition's history is trusted. */
  readonly whileClosed: boolean;
  /** The history that is to be repaired; null: whichever it is. */
  readonly replid: string | null;
}

export interface ReconcileParts extends LoadParts {
  /** Replicas that must have each commit that is given back. */
  readonly replicas: number;
}

/** `reloaded`: what only this replica knew is gone from it. */
export type Reconciled = 'kept' | 'reloaded';

/** What Redis lost, if it is on the replica's own history; null if it is not, or if that is not kept. */
function lostCommits({ replica }: LoadParts, head: Position): readonly Commit[] | null {
  return replica.idAt(head.version) === head.id ? replica.commitsAfter(head.version) : null;
}

async function giveBack(
  { exchange, replicas, log }: ReconcileParts,
  store: string,
  head: Position,
  commits: readonly Commit[],
  whileClosed: boolean,
): Promise<void> {
  log.warn(
    { from: head.version, commits: commits.length },
    'commits that Redis lost are given back',
  );
  let at = head;
  for (const commit of commits) {
    const answer = await exchange.commit(store, at, commit, whileClosed);
    // Another instance was faster: the next look at the head shows how far.
    if (!answer.done) return;
    if (answer.replicas < replicas) {
      throw storeUnavailable(`a commit was given back to ${answer.replicas} replicas only`);
    }
    at = commit;
  }
}

/** One step; null: another is needed. */
async function step(
  parts: ReconcileParts,
  { store, position }: Identity,
  { whileClosed, replid }: ReconcileOptions,
): Promise<Reconciled | null> {
  const { exchange, replica, log } = parts;
  const answer = await exchange.sync(store, position, whileClosed);
  if (replid !== null && answer.replid !== replid) {
    throw storeUnavailable('the history changed during its repair');
  }
  const misfit = misfitError(answer, store);
  if (misfit !== null) throw misfit;
  if (answer.kind === 'same') return 'kept';
  if (answer.kind === 'behind') {
    replica.apply(answer.commits);
    return null;
  }
  const lost = answer.kind === 'diverged' ? lostCommits(parts, answer.head) : null;
  if (answer.kind === 'diverged' && lost !== null && lost.length > 0) {
    await giveBack(parts, store, answer.head, lost, whileClosed);
    return null;
  }
  log.warn({ version: position.version, found: answer }, 'the replica is loaded anew');
  await load(parts, store, whileClosed);
  return 'reloaded';
}

/** @throws AppError with `store_unavailable` to try again, else a sentence for the operator */
export async function reconcile(
  parts: ReconcileParts,
  options: ReconcileOptions,
): Promise<Reconciled> {
  for (let steps = 0; steps < STEPS; steps += 1) {
    const identity = parts.replica.identity();
    if (identity === null) return 'kept';
    const done = await step(parts, identity, options);
    if (done !== null) return done;
  }
  throw storeUnavailable('the replica and Redis do not come together');
}
