/** The directory and the tokens of all instances, answered from a copy of one's own. */
import type { AppError } from '../../../errors.ts';
import { createBulk } from '../../embedded/bulk.ts';
import { createDirectory } from '../../embedded/directory.ts';
import { createRead } from '../../embedded/reader.ts';
import { createTransfer } from '../../embedded/transfer.ts';
import type { Bulk } from '../../bulk.ts';
import type {
  ConvertedTokens,
  DeployTokens,
  Directory,
  JobTokenUses,
  PersonalAccessTokens,
  RefreshTokens,
} from '../../ports.ts';
import type { Transfer } from '../../transfer.ts';
import { createCore, type Core } from './core.ts';
import type { ReplicaOptions } from './options.ts';
import { createOwnersOf, type OwnersOf } from './owners.ts';
import { createReads, type Reads } from './reads.ts';
import type { Reconciled } from './reconcile.ts';
import { startReplica } from './start.ts';
import { openTokens } from './tokens.ts';

export interface ReplicaState {
  /** 0 before the first load. */
  readonly version: number;
  /** Since the last good sync was sent; Infinity before the first. */
  readonly ageMs: number;
  readonly fresh: boolean;
  /** Why this instance serves and writes nothing until an operator acts; null: nothing is wrong. */
  readonly misfit: AppError | null;
}

export interface OpenReplica {
  readonly directory: Directory;
  readonly deployTokens: DeployTokens;
  readonly personalAccessTokens: PersonalAccessTokens;
  readonly convertedTokens: ConvertedTokens;
  readonly refreshTokens: RefreshTokens;
  /** Whether this instance's copy, as old as it may be, has a refresh token with the hash. */
  isRefreshTokenHere(hash: string): Promise<boolean>;
  readonly jobTokenUses: JobTokenUses;
  readonly bulk: Bulk;
  /** Of all but the jobs and their ids. */
  readonly transfer: Transfer;
  /** At most a second old. */
  readonly ownersOf: OwnersOf;
  /**
   * To be called once the partition `d` is open, and again where it rejects with `store_unavailable`; any other AppError
   * is a sentence for the operator. Resolves to the store's id. Everything else rejects until then.
   */
  start(): Promise<string>;
  /**
   * Gives back what a failover lost, while the partition `d` is closed. `reloaded`: what only this replica knew is gone.
   *
   * @param replid the history that is to be repaired; rejects if the server has another one by now
   */
  repair(replid: string): Promise<Reconciled>;
  /** The journal's revocations, while the partition `d` is closed. */
  readonly duringRepair: {
    readonly deployTokens: Pick<DeployTokens, 'revoke'>;
    readonly personalAccessTokens: Pick<PersonalAccessTokens, 'revoke'>;
    readonly convertedTokens: Pick<ConvertedTokens, 'revoke'>;
    readonly refreshTokens: Pick<RefreshTokens, 'revoke'>;
  };
  /** Rejects with `store_unavailable` if nothing can be answered exactly now. */
  ping(): Promise<void>;
  state(): ReplicaState;
  close(): Promise<void>;
}

/** Facts may be a second old, and those that concern nobody may outlive Redis for a while; everything else is exact. */
function openDirectory({ file, writer, version }: Core, reads: Reads): Directory {
  const { db } = file;
  const known = createDirectory(db, reads.fresh, writer, version);
  const anonymous = createDirectory(db, reads.anonymous, writer, version);
  return {
    ...createDirectory(db, reads.exact, writer, version),
    facts: (query) =>
      (query.userId === null && query.homeProjectId === null ? anonymous : known).facts(query),
  };
}

function stateOf({ replica, follower }: Core): ReplicaState {
  return {
    version: replica.identity()?.position.version ?? 0,
    ageMs: follower.ageMs(),
    fresh: follower.isFresh(),
    misfit: follower.misfit(),
  };
}

/**
 * Opens or makes `<data dir>/replica.db`. Asks nothing of Redis yet.
 *
 * @throws AppError for the operator if another process has the folder, or the folder is of no use
 */
export async function openReplica(options: ReplicaOptions): Promise<OpenReplica> {
  const core = await createCore(options);
  const { file, writer, follower, bringTogether, version } = core;
  const local = createRead(file.db);
  const reads = createReads({ ...options, follower, local });
  const { flush, ...tokens } = openTokens(core, reads, local, options);
  const reconcile = () => bringTogether({ whileClosed: false, replid: null });
  let following: Promise<void> | undefined;
  let closing: Promise<void> | undefined;

  async function finish(): Promise<void> {
    await flush();
    await writer.close();
    follower.stop();
    core.close();
  }

  return {
    directory: openDirectory(core, reads),
    ...tokens,
    bulk: createBulk({ db: file.db, read: reads.exact, writer, version }),
    transfer: createTransfer({ db: file.db, read: reads.exact, writer, version }),
    ownersOf: createOwnersOf(file.db, reads.fresh, version),
    start: async () => {
      const store = await startReplica(
        { ...options, ...core, ...core.parts, reconcile },
        options.journalStore,
      );
      await (following ??= follower.start());
      return store;
    },
    repair: (replid) => bringTogether({ whileClosed: true, replid }),
    ping: () => follower.upToDate(),
    state: () => stateOf(core),
    close: () => (closing ??= finish()),
  };
}
