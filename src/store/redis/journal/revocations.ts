/**
 * Revocation that outlives what Redis may lose: noted on this instance's disk and denied by it first, then done in the
 * store, and done again until the store has it.
 */
import type { Logger } from '../../../log.ts';
import { withDenials, type Revoked, type TokenStores } from './denied-tokens.ts';
import {
  createNoteDone,
  guardConverted,
  guardPersonal,
  guardRefresh,
  personal,
  type RefreshStores,
} from './guards.ts';
import type { Journal } from './journal.ts';
import { createRetry } from './retry.ts';
import { createRevoke, forEach, revokeIn, type Revokers } from './revoke.ts';

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

export function guardTokens(
  stores: TokenStores & RefreshStores,
  journal: Journal,
  log: Logger,
): GuardedTokens {
  const { deployTokens, personalAccessTokens, convertedTokens } = stores;
  const known = withDenials(stores, journal);
  const { settle, revoke } = createRevoke(journal, () => retry);
  const noteDone = createNoteDone(journal, () => retry);

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
        revoke({ ...personal(tokenId), at }, () => personalAccessTokens.revoke(tokenId, at)),
      ...guardPersonal(known.personalAccessTokens, journal, noteDone),
    },
    convertedTokens: {
      ...known.convertedTokens,
      ...guardConverted(known.convertedTokens, noteDone),
      revoke: (projectId, id, at) =>
        revoke(
          { kind: 'converted', holder: { kind: 'project', id: projectId }, tokenId: id, at },
          () => convertedTokens.revoke(projectId, id, at),
        ),
    },
    refreshTokens: {
      ...known.refreshTokens,
      revoke: guardRefresh(stores, revoke, noteDone),
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
