/**
 * A person's refresh token (RFC 6749, section 1.5): what docker keeps in place of the password. It stands for the one
 * credential that it was given for, at one service, and for no more.
 */
import type { Clock } from '../clock.ts';
import type { PersonalAccessTokens, RefreshTokenAdmission, RefreshTokens } from '../store/ports.ts';
import type { UserRecord } from '../store/records.ts';
import { abilitiesOfScopes, PASSWORD_ABILITIES } from './abilities.ts';
import type { Credential } from './credential.ts';
import { refused, unknownCredential, type AuthenticationOutcome } from './outcome.ts';
import { actorOf } from './personal-access-token.ts';
import type { UserPrincipal } from './principal.ts';
import {
  refreshTokenEnd,
  refreshTokenFault,
  type RefreshTokenRules,
} from './refresh-token-life.ts';
import type { SecretHash } from './secret-hash.ts';
import type { TokenShape } from './token-format.ts';

/** What clients write where a name belongs, when they send a refresh token by Basic. */
const USERNAMES: ReadonlySet<string> = new Set(['', '<token>']);

const SWITCHED_OFF =
  'This token server gives out no refresh tokens for this service. Log in again with a username and a token or password.';

/** What the credential behind it would be, with the earlier of the two ends. */
function principalOf(
  { token, personalAccessToken: behind }: RefreshTokenAdmission,
  user: UserRecord,
  end: number,
): UserPrincipal {
  const common = { kind: 'user', actor: actorOf(user), refreshTokenId: token.id } as const;
  if (behind === null) {
    const abilities = PASSWORD_ABILITIES;
    return { ...common, via: 'password', abilities, tokenId: null, expiresAt: end };
  }
  return {
    ...common,
    via: 'personal_access_token',
    abilities: abilitiesOfScopes(behind.scopes),
    tokenId: behind.id,
    expiresAt: Math.min(behind.expiresAt ?? end, end),
  };
}

export interface RefreshTokenDeps {
  readonly refreshTokens: Pick<RefreshTokens, 'admit' | 'touch'>;
  readonly personalAccessTokens: Pick<PersonalAccessTokens, 'touch'>;
  readonly secretHash: SecretHash;
  readonly refreshRules: RefreshTokenRules;
  readonly clock: Clock;
}

export type RefreshTokenLogin = Exclude<Credential, { kind: 'anonymous' }>;

/** What is wrong before anybody has looked for the token; null for nothing. */
function shapeFault(login: RefreshTokenLogin, shape: TokenShape | null) {
  if (shape?.kind !== 'refresh_token') {
    return unknownCredential(`the refresh token is none, but a ${shape?.kind ?? 'text'}`);
  }
  if (shape.form === 'malformed') {
    return unknownCredential('the checksum of the refresh_token is wrong');
  }
  if (login.kind === 'refresh_token' || USERNAMES.has(login.username)) return null;
  return unknownCredential('a refresh token came with a username');
}

/** Everything is asked of the store each time, so that what has ended is refused with its next use. */
export function createRefreshTokenAuthenticator(deps: RefreshTokenDeps) {
  const { refreshTokens, personalAccessTokens, refreshRules: rules } = deps;

  async function look(hash: string, service: string): Promise<AuthenticationOutcome> {
    const now = deps.clock.now();
    const admission = await refreshTokens.admit(hash);
    if (admission === null) return unknownCredential('no refresh token has this hash');
    const { token, user } = admission;
    const fault =
      token.service === service
        ? refreshTokenFault(admission, rules, now)
        : 'This refresh token is for another service.';
    if (fault !== null || user === null) {
      return refused(`refresh token ${token.id}: ${fault}`, `${fault} Log in again.`);
    }
    refreshTokens.touch(token.id, now);
    if (token.backing.kind === 'personal_access_token') {
      personalAccessTokens.touch(token.backing.tokenId, now);
    }
    const principal = principalOf(admission, user, refreshTokenEnd(token, rules));
    return { kind: 'authenticated', principal };
  }

  /** @param shape of the login's secret. Only a refresh token may come here, or what was sent as one. */
  return async (
    login: RefreshTokenLogin,
    shape: TokenShape | null,
    service: string | undefined,
  ): Promise<AuthenticationOutcome> => {
    if (service === undefined || !rules.services.has(service)) {
      return refused('refresh tokens are switched off', SWITCHED_OFF);
    }
    return shapeFault(login, shape) ?? look(deps.secretHash(login.secret), service);
  };
}
