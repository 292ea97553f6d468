import type { RefreshTokenBacking } from '../store/records.ts';
import type { Principal } from './principal.ts';

/**
 * What came of looking at a credential. `message` is for the person who sent it; it says why only where the secret
 * itself was right, since then it tells its holder nothing about others. `reason` is for the log.
 */
export type AuthenticationOutcome =
  | {
      readonly kind: 'authenticated';
      readonly principal: Principal;
      /** What a refresh token may stand for; absent where none may be given out for this credential. */
      readonly backing?: RefreshTokenBacking;
    }
  | { readonly kind: 'rejected'; readonly reason: string; readonly message: string };

/** One answer for everything that matches nothing: it does not tell a wrong secret from an unknown name. */
export function unknownCredential(reason: string): AuthenticationOutcome {
  return {
    kind: 'rejected',
    reason,
    message: 'The username or the secret is wrong, or the secret is no longer known here.',
  };
}

/** The secret is known, but no longer (or not yet, or not this way) good; its holder may know why. */
export function refused(reason: string, message: string): AuthenticationOutcome {
  return { kind: 'rejected', reason, message };
}
