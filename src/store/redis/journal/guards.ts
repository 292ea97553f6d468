/** Verbs that revoke, each kind of token in its own way. */
import { AppError } from '../../../errors.ts';
import type { ConvertedTokens, PersonalAccessTokens, RefreshTokens } from '../../ports.ts';
import type { TokenName } from './entries.ts';
import type { Journal } from './journal.ts';
import type { Retry } from './retry.ts';
import type { Revoke } from './revoke.ts';

/**
 * What the store has revoked along with something else. It is done once more, since the history that it was done in may
 * be lost before the note is on the disk.
 */
export type NoteDone = (tokens: readonly TokenName[], at: number) => Promise<void>;

export function createNoteDone(journal: Journal, retry: () => Retry): NoteDone {
  return async (tokens, at) => {
    if (tokens.length === 0) return;
    retry().kick();
    await Promise.all(tokens.map((token) => journal.recordRevocation({ ...token, at })));
  };
}

export const personal = (tokenId: number) => ({ kind: 'personal', holder: null, tokenId }) as const;

export function guardPersonal(
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

export function guardConverted(
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

export interface RefreshStores {
  readonly refreshTokens: Pick<RefreshTokens, 'revoke'>;
  /** Whether this instance has seen a refresh token with the hash. */
  isRefreshTokenHere(hash: string): Promise<boolean>;
}

/** Whoever holds any text may ask to have it revoked: what was never seen here is noted only once it has been found. */
export function guardRefresh(
  { refreshTokens, isRefreshTokenHere }: RefreshStores,
  revoke: Revoke,
  noteDone: NoteDone,
): RefreshTokens['revoke'] {
  return async (tokenHash, at) => {
    const inStore = () => refreshTokens.revoke(tokenHash, at);
    if (await isRefreshTokenHere(tokenHash)) {
      return revoke({ kind: 'refresh', tokenHash, at }, inStore);
    }
    const done = await inStore();
    if (done !== null) await noteDone([{ kind: 'refresh', tokenHash }], done.revokedAt ?? at);
    return done;
  };
}
