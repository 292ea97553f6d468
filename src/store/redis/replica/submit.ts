/** Runs verbs on the replica and has Redis take what they did, or finds that it was out of date and runs them again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, storeUnavailable } from '../../../errors.ts';
import type { Batch, Outcome, Trial } from './batch.ts';
import type { Commit, Identity } from './commit.ts';
import type { Exchange } from './exchange.ts';
import type { Follower } from './follower.ts';
import type { Removals } from './removals.ts';
import type { Replica } from './replica.ts';

/** Milliseconds after which verbs are not run again. */
const RETRY_FOR = 300;
/** Milliseconds for which others wait for an instance that was beaten to the head twice. */
const TURN = 100;
/** Rows of one commit and bytes in them, so that no script holds Redis up for long. */
const ROWS = 10_000;
const BYTES = 4_000_000;

export interface SubmitParts {
  readonly batch: Batch;
  readonly replica: Replica;
  readonly exchange: Exchange;
  readonly follower: Follower;
  readonly removals: Removals;
  /** Replicas that must have a commit before anybody is told of it. */
  readonly replicas: number;
  readonly monotonic: () => number;
  readonly newId: () => string;
}

/** The verbs are more than one commit takes; fewer may do. */
export class TooLarge extends AppError {
  constructor(rows: number) {
    const limit = `With Redis one change may touch ${ROWS} rows and ${BYTES / 1e6} MB, and this one touches ${rows} rows.`;
    super(
      'bad_request',
      `${limit} Make it in parts, or fill the store with "wharfpass store copy".`,
    );
  }
}

function refuseTooLarge({ ops }: Trial): void {
  const bytes = ops.reduce((sum, [, , columns]) => sum + JSON.stringify(columns).length, 0);
  if (ops.length > ROWS || bytes > BYTES) throw new TooLarge(ops.length);
}

export interface SubmitOptions {
  readonly whileClosed: boolean;
  /** Called each time the verbs have run here. */
  readonly onTried: () => void;
}

interface Sending {
  readonly whileClosed: boolean;
  readonly turn: number;
}

export type Submit = (
  verbs: readonly (() => unknown)[],
  options: SubmitOptions,
) => Promise<readonly Outcome[]>;

export function createSubmit(parts: SubmitParts): Submit {
  const { batch, replica, exchange, follower, removals, replicas, monotonic, newId } = parts;

  /** The commit is in Redis: it is in this replica when this resolves. */
  async function take(commit: Commit, whileClosed: boolean): Promise<void> {
    const { version, id } = commit;
    if ((replica.identity()?.position.version ?? 0) === version - 1) replica.apply([commit]);
    else await follower.catchUp(whileClosed);
    if (replica.idAt(version) !== id) {
      throw storeUnavailable('the replica was loaded while the commit was made');
    }
    await removals.settled(id);
  }

  async function send(at: Identity, trial: Trial, { whileClosed, turn }: Sending) {
    const { store, position } = at;
    const { ops, quiet } = trial;
    const commit = { version: position.version + 1, id: newId(), quiet, ops };
    removals.sent(commit.id);
    const answer = await exchange.commit(store, position, commit, whileClosed, turn);
    if (!answer.done) return false;
    await take(commit, whileClosed);
    if (answer.replicas >= replicas) return true;
    const reached = `${answer.replicas} replicas of the ${replicas} that it needs`;
    throw storeUnavailable(`the change is in place, but reached ${reached}, so it may be lost`);
  }

  /** True: the outcomes are those of the store as it is. */
  async function settle(at: Identity, trial: Trial, sending: Sending): Promise<boolean> {
    // What was to be done may be in place, and not yet on enough replicas: an empty commit takes it there.
    const changes = trial.ops.length > 0 || !trial.quiet;
    if (changes && (await send(at, trial, sending))) return true;
    await follower.catchUp(sending.whileClosed);
    return !changes && replica.identity()?.position.id === at.position.id;
  }

  return async (verbs, { whileClosed, onTried }) => {
    const began = monotonic();
    for (let attempt = 1; ; attempt += 1) {
      const at = replica.identity();
      if (at === null) throw storeUnavailable('the replica is being loaded');
      const misfit = follower.misfit();
      if (misfit !== null) throw storeUnavailable(misfit.message);
      const trial = batch.tryOut(verbs);
      onTried();
      refuseTooLarge(trial);
      const turn = attempt > 1 ? TURN : 0;
      if (await settle(at, trial, { whileClosed, turn })) return trial.outcomes;
      if (monotonic() - began > RETRY_FOR) {
        throw storeUnavailable('other instances write faster than this one can');
      }
      if (attempt > 1) await sleep(Math.random() * 2 * attempt);
    }
  };
}
