/** The machinery below the ports: the file, what follows Redis, and what writes to it. */
import { performance } from 'node:perf_hooks';
import type { Logger } from '../../../log.ts';
import { createVersion, type Version } from '../../embedded/version.ts';
import { createBatch } from './batch.ts';
import { createExchange, type LogLimits } from './exchange.ts';
import { openReplicaFile, type ReplicaFile } from './file.ts';
import { createFollower, type Follower } from './follower.ts';
import { load } from './load.ts';
import { lockFolder } from './lock.ts';
import type { ReplicaOptions } from './options.ts';
import { reconcile, type Reconciled, type ReconcileOptions } from './reconcile.ts';
import type { ReconcileParts } from './reconcile.ts';
import { createRemovals } from './removals.ts';
import { createReplica, type Replica } from './replica.ts';
import { createStaging } from './staging.ts';
import { createSubmit } from './submit.ts';
import { createReplicaWriter, type ReplicaWriter } from './writer.ts';

const LOG_LIMITS: LogLimits = { commits: 10_000, bytes: 32_000_000 };

export interface Core {
  readonly file: ReplicaFile;
  readonly version: Version;
  readonly replica: Replica;
  readonly follower: Follower;
  readonly writer: ReplicaWriter;
  readonly parts: ReconcileParts;
  /** One at a time, whoever asks. */
  bringTogether(options: ReconcileOptions): Promise<Reconciled>;
  close(): void;
}

/** One `reconcile` after the other. */
function createTurns({ onReloaded, journalStore }: ReplicaOptions, parts: ReconcileParts) {
  let last: Promise<unknown> = Promise.resolve();

  async function run(options: ReconcileOptions): Promise<Reconciled> {
    const known = parts.replica.identity() !== null;
    if (!known && journalStore !== null) await load(parts, journalStore, options.whileClosed);
    const result = await reconcile(parts, options);
    if (result === 'reloaded') onReloaded();
    return known ? result : 'reloaded';
  }

  return (options: ReconcileOptions): Promise<Reconciled> => {
    const next = last.then(() => run(options));
    last = next.catch(() => null);
    return next;
  };
}

function close(file: ReplicaFile, unlock: () => void, log: Logger): void {
  try {
    file.close();
  } catch (error) {
    log.warn({ err: error }, 'the replica closes without a last checkpoint');
  } finally {
    unlock();
  }
}

function build(options: ReplicaOptions, file: ReplicaFile, unlock: () => void): Core {
  const { redis, keys, clock, log, replicas, newId, onRemoved } = options;
  const { monotonic = () => performance.now(), logLimits = LOG_LIMITS } = options;
  const vetted = options.vetted ?? redis;
  const exchange = createExchange({ redis, vetted, keys, limits: logLimits, who: newId() });
  const removals = createRemovals(log, onRemoved);
  const version = createVersion(file.db);
  const replica = createReplica(file.applier, clock, (commits) => {
    version.noteCommit();
    removals.applied(commits);
  });
  const parts = { exchange, replica, staging: createStaging(file.applier), log, replicas };
  const bringTogether = createTurns(options, parts);
  const channel = keys.changedChannel;
  const mend = async () => void (await bringTogether({ whileClosed: false, replid: null }));
  const follower = createFollower({ ...parts, redis, channel, monotonic, mend });
  const batch = createBatch(file.db, version, log);
  const submit = createSubmit({ ...parts, batch, follower, removals, monotonic, newId });
  return {
    file,
    version: batch.version,
    replica,
    follower,
    writer: createReplicaWriter(submit, log),
    parts,
    bringTogether,
    close: () => close(file, unlock, log),
  };
}

/** @throws AppError if another process has the folder */
export async function createCore(options: ReplicaOptions): Promise<Core> {
  const unlock = await lockFolder(options.dataDir);
  try {
    return build(options, openReplicaFile(options.dataDir, options.log), unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}
