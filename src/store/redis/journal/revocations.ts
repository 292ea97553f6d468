/**
 * Revocation that outlives what Redis may lose: noted on this instance's disk and denied by it first, then done in the
 * store, and done again until the store has it.
 */
import { AppError } from '../../../errors.ts';
import type { Logger } from '../../../log.ts';
import type { DeployTokens, PersonalAccessTokens } from '../../ports.ts';
import { withDenials, type Revoked, type TokenStores } from './denied-tokens.ts';
import type { Revocation } from './entries.ts';
import type { Journal } from './journal.ts';
import { createRetry, type Retry } from './retry.ts';

/** Where revocations are done again. */
export interface Revokers {
  readonly deployTokens: Pick<DeployTokens, 'revoke'>;
  readonly personalAccessTokens: Pick<PersonalAccessTokens, 'revoke'>;
}

export interface GuardedTokens extends TokenStores {
  /**
   * Does every revocation of the journal again, for a store that may have lost some. Rejects where one failed.
   * @param through default: the stores themselves
   */
  replay(through?: Revokers): Promise<void>;
  /** The same, soon, and until it is done. */
  replayLater(): void;
  /** One more try for what is not acknowledged; then no more. */
  close(): Promise<void>;
}

function notedOnly(tokenId: number, cause: unknown): AppError {
  const message =
    `The revocation of token ${tokenId} is noted here and will be applied, but the token server ` +
    'cannot reach its data just now. Ask again until it is confirmed.';
  const detail = 'a revocation is noted and not acknowledged';
  return new AppError('store_unavailable', message, { detail, cause, retryAfter: 1 });
}

const isUnavailable = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'store_unavailable';

async function revokeIn(
  { deployTokens, personalAccessTokens }: Revokers,
  { holder, tokenId, at }: Revocation,
): Promise<Revoked | null> {
  return holder === null
    ? personalAccessTokens.revoke(tokenId, at)
    : deployTokens.revoke(holder, tokenId, at);
}

/** As many as the store takes in one write. */
const AT_ONCE = 100;

/** All of them, several at a time. Rejects once one has failed, with nothing under way any more. */
async function forEach(
  revocations: readonly Revocation[],
  work: (revocation: Revocation) => Promise<unknown>,
): Promise<void> {
  for (let from = 0; from < revocations.length; from += AT_ONCE) {
    const done = await Promise.allSettled(revocations.slice(from, from + AT_ONCE).map(work));
    const failed = done.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }
}

type Verb<T extends Revoked> = () => Promise<T | null>;

function createRevoke(journal: Journal, retry: () => Retry) {
  /** Null, and no other fault than that of a store that cannot answer, means: there is no such token. */
  async function settle<T extends Revoked>(revocation: Revocation, verb: Verb<T>) {
    const record = await verb();
    if (record === null) await journal.forgetRevocation(revocation);
    else journal.confirmRevocation(revocation);
    return record;
  }

  async function revoke<T extends Revoked>(revocation: Revocation, verb: Verb<T>) {
    // A disk that fails must not keep the token alive: it is revoked all the same, and not acknowledged.
    const fault = await journal.recordRevocation(revocation).then(
      () => null,
      (error: unknown) => ({ error }),
    );
    try {
      const record = await settle(revocation, verb);
      if (record !== null && fault !== null) throw fault.error;
      return record;
    } catch (error) {
      if (!isUnavailable(error)) {
        await journal.forgetRevocation(revocation);
        throw error;
      }
      retry().kick();
      throw notedOnly(revocation.tokenId, error);
    }
  }

  return { settle, revoke };
}

export function guardTokens(stores: TokenStores, journal: Journal, log: Logger): GuardedTokens {
  const { deployTokens, personalAccessTokens } = stores;
  const known = withDenials(stores, journal);
  const { settle, revoke } = createRevoke(journal, () => retry);

  /** What is missing may have been lost, and be brought back by another instance: nothing is forgotten here. */
  async function replay(through: Revokers = stores): Promise<void> {
    await forEach(journal.revocations(), (revocation) => revokeIn(through, revocation));
  }

  let replayWanted = false;
  const retry = createRetry(
    async () => {
      if (replayWanted) await replay();
      replayWanted = false;
      await forEach(journal.pendingRevocations(), (revocation) =>
        settle<Revoked>(revocation, () => revokeIn(stores, revocation)),
      );
      return journal.pendingRevocations().length === 0;
    },
    'revocations',
    log,
  );
  if (journal.pendingRevocations().length > 0) retry.kick();

  return {
    deployTokens: {
      ...known.deployTokens,
      revoke: (holder, tokenId, at) =>
        revoke({ kind: 'deploy', holder, tokenId, at }, () =>
          deployTokens.revoke(holder, tokenId, at),
        ),
    },
    personalAccessTokens: {
      ...known.personalAccessTokens,
      revoke: (tokenId, at) =>
        revoke({ kind: 'personal', holder: null, tokenId, at }, () =>
          personalAccessTokens.revoke(tokenId, at),
        ),
    },
    replay,
    replayLater: () => {
      replayWanted = true;
      retry.kick();
    },
    close: async () => {
      if (journal.pendingRevocations().length > 0) await retry.flush();
      await retry.close();
    },
  };
}
