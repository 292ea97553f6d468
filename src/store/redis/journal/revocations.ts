/**
 * Revocation that outlives what Redis may lose: noted on this instance's disk and denied by it first, then done in the
 * store, and done again until the store has it.
 */
import { AppError } from '../../../errors.ts';
import type { Logger } from '../../../log.ts';
import type { ConvertedTokens, PersonalAccessTokens } from '../../ports.ts';
import { withDenials, type Revoked, type TokenStores } from './denied-tokens.ts';
import type { Revocation } from './entries.ts';
import type { Journal } from './journal.ts';
import { createRetry, type Retry } from './retry.ts';
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

/**
 * What the store has revoked along with something else. It is done once more, since the history that it was done in may
 * be lost before the note is on the disk.
 */
type NoteDone = (tokens: readonly Omit<Revocation, 'at'>[], at: number) => Promise<void>;

function createNoteDone(journal: Journal, retry: () => Retry): NoteDone {
  return async (tokens, at) => {
    if (tokens.length === 0) return;
    retry().kick();
    await Promise.all(tokens.map((token) => journal.recordRevocation({ ...token, at })));
  };
}

const personal = (tokenId: number) => ({ kind: 'personal', holder: null, tokenId }) as const;

function guardPersonal(
  stored: PersonalAccessTokens,
  journal: Journal,
  noteDone: NoteDone,
): Pick<PersonalAccessTokens, 'rotate' | 'revokeFamily'> {
  return {
    rotate: async (tokenId, successor, now) => {
      if (journal.denialOfToken(personal(tokenId)) !== null) {
        throw new AppError('conflict', `Token ${tokenId} is revoked and cannot be rotated.`);
      }
      const made = await stored.rotate(tokenId, successor, now);
      if (made !== null) await noteDone([personal(tokenId)], now);
      return made;
    },
    revokeFamily: async (familyId, now) => {
      const ids = await stored.revokeFamily(familyId, now);
      await noteDone(ids.map(personal), now);
      return ids;
    },
  };
}

function guardConverted(
  stored: ConvertedTokens,
  noteDone: NoteDone,
): Pick<ConvertedTokens, 'countWrite'> {
  return {
    countWrite: async (id, limits, now) => {
      const counted = await stored.countWrite(id, limits, now);
      if (counted?.revoked !== true) return counted;
      const holder = { kind: 'project', id: counted.token.projectId } as const;
      await noteDone([{ kind: 'converted', holder, tokenId: id }], now);
      return counted;
    },
  };
}

export function guardTokens(stores: TokenStores, journal: Journal, log: Logger): GuardedTokens {
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
