/** The directory and the tokens of all instances, answered from a copy of one's own. */
import type { AppError } from '../../../errors.ts';
import { createConvertedTokens } from '../../embedded/converted-tokens.ts';
import { createDeployTokens } from '../../embedded/deploy-tokens.ts';
import { createDirectory } from '../../embedded/directory.ts';
import { createJobTokenUses } from '../../embedded/job-token-uses.ts';
import { createLastUse } from '../../embedded/last-use.ts';
import { createPersonalAccessTokens } from '../../embedded/personal-access-tokens.ts';
import { createRead } from '../../embedded/reader.ts';
import { createTransfer } from '../../embedded/transfer.ts';
import type { Writer } from '../../embedded/writer.ts';
import type {
  ConvertedTokens,
  DeployTokens,
  Directory,
  JobTokenUses,
  PersonalAccessTokens,
} from '../../ports.ts';
import type { Transfer } from '../../transfer.ts';
import { createCore, type Core } from './core.ts';
import type { ReplicaOptions } from './options.ts';
import { createOwnersOf, type OwnersOf } from './owners.ts';
import { createReads, type Reads } from './reads.ts';
import type { Reconciled } from './reconcile.ts';
import { startReplica } from './start.ts';

/** Milliseconds for which uses of tokens are gathered: each gathering is a commit that every instance applies. */
const GATHER_USES = 5_000;

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
  readonly jobTokenUses: JobTokenUses;
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

function openTokens({ file, writer, version }: Core, { exact }: Reads, options: ReplicaOptions) {
  const { db } = file;
  const { clock, log } = options;
  const useOf = (table: Parameters<typeof createLastUse>[3]) =>
    createLastUse(db, writer, log, table, GATHER_USES);
  const secretUse = useOf('deploy_token_secrets');
  const tokenUse = useOf('personal_access_tokens');
  const convertedUse = useOf('converted_tokens');
  const uses = createJobTokenUses({ db, read: exact, writer, log });

  function tokensThrough(way: Writer) {
    const parts = { db, read: exact, version, clock, writer: way };
    return {
      deployTokens: createDeployTokens({ ...parts, lastUse: secretUse }),
      personalAccessTokens: createPersonalAccessTokens({ ...parts, lastUse: tokenUse }),
      convertedTokens: createConvertedTokens({ ...parts, lastUse: convertedUse }),
    };
  }

  return {
    ...tokensThrough(writer),
    jobTokenUses: uses.jobTokenUses,
    duringRepair: tokensThrough({ write: writer.writeWhileClosed, close: writer.close }),
    flush: async () => {
      const gatherers = [secretUse, tokenUse, convertedUse, uses];
      await Promise.all(gatherers.map((each) => each.flush()));
    },
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
  const reads = createReads({ ...options, follower, local: createRead(file.db) });
  const { flush, ...tokens } = openTokens(core, reads, options);
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
