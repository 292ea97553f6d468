/** One revocation: noted on this instance's disk and denied by it first, then done in the store. */
import { AppError, isStoreUnavailable } from '../../../errors.ts';
import type {
  ConvertedTokens,
  DeployTokens,
  PersonalAccessTokens,
  RefreshTokens,
} from '../../ports.ts';
import type { Revoked } from './denied-tokens.ts';
import type { Revocation } from './entries.ts';
import type { Journal } from './journal.ts';
import type { Retry } from './retry.ts';

/** Where revocations are done again. */
export interface Revokers {
  readonly deployTokens: Pick<DeployTokens, 'revoke'>;
  readonly personalAccessTokens: Pick<PersonalAccessTokens, 'revoke'>;
  readonly convertedTokens: Pick<ConvertedTokens, 'revoke'>;
  readonly refreshTokens: Pick<RefreshTokens, 'revoke'>;
}

function notedOnly(token: Revocation, cause: unknown): AppError {
  const which = token.kind === 'refresh' ? 'this refresh token' : `token ${token.tokenId}`;
  const message =
    `The revocation of ${which} is noted here and will be applied, but the token server ` +
    'cannot reach its data just now. Ask again until it is confirmed.';
  const detail = 'a revocation is noted and not acknowledged';
  return new AppError('store_unavailable', message, { detail, cause, retryAfter: 1 });
}

/** null: there is no such token. */
export async function revokeIn(
  { deployTokens, personalAccessTokens, convertedTokens, refreshTokens }: Revokers,
  revocation: Revocation,
): Promise<Revoked | null> {
  const { at } = revocation;
  if (revocation.kind === 'refresh') return refreshTokens.revoke(revocation.tokenHash, at);
  const { kind, holder, tokenId } = revocation;
  if (holder === null) return personalAccessTokens.revoke(tokenId, at);
  if (kind === 'converted') return convertedTokens.revoke(holder.id, tokenId, at);
  return deployTokens.revoke(holder, tokenId, at);
}

/** As many as the store takes in one write. */
const AT_ONCE = 100;

/** All of them, several at a time. Rejects once one has failed, with nothing under way any more. */
export async function forEach(
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

/** Notes and denies, then runs `verb`; rejects with `store_unavailable` where it is noted and not acknowledged. */
export type Revoke = <T extends Revoked>(
  revocation: Revocation,
  verb: Verb<T>,
) => Promise<T | null>;

export function createRevoke(journal: Journal, retry: () => Retry) {
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
      if (!isStoreUnavailable(error)) {
        await journal.forgetRevocation(revocation);
        throw error;
      }
      retry().kick();
      throw notedOnly(revocation, error);
    }
  }

  return { settle, revoke };
}
