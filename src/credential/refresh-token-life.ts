/** How long a refresh token is good: with the credential behind it dead it is dead, and it has ends of its own. */
import { hash as digest } from 'node:crypto';
import type { Settings } from '../settings/schema.ts';
import type { RefreshTokenAdmission } from '../store/ports.ts';
import type { RefreshTokenRecord, UserRecord } from '../store/records.ts';

export interface RefreshTokenRules {
  /** Milliseconds from its making to its end. */
  readonly maxAge: number;
  /** Milliseconds without a use that end it. */
  readonly maxIdle: number;
  /** The services that have refresh tokens at all. */
  readonly services: ReadonlySet<string>;
  /** Whether passwords log in at all. */
  readonly passwords: boolean;
}

/** Milliseconds in a second of the settings. */
const SECOND = 1000;

export function refreshTokenRules({ token, services, credentials }: Settings): RefreshTokenRules {
  const having = Object.entries(services).filter(([, service]) => service.refresh_tokens);
  return {
    maxAge: token.refresh.max_age * SECOND,
    maxIdle: token.refresh.max_idle * SECOND,
    services: new Set(having.map(([name]) => name)),
    passwords: credentials.password,
  };
}

/** Tells whether a password is still the one it was; says nothing about it. */
export const passwordMark = (passwordHash: string): string =>
  digest('sha256', `refresh_token:${passwordHash}`, 'base64url');

/** When a refresh token ends however much it is used, in milliseconds: settings that are stricter now count at once. */
export const refreshTokenEnd = (token: RefreshTokenRecord, { maxAge }: RefreshTokenRules): number =>
  Math.min(token.expiresAt, token.createdAt + maxAge);

function passwordFault(user: UserRecord, mark: string, rules: RefreshTokenRules): string | null {
  if (!rules.passwords) return 'Passwords are switched off, and one is behind this refresh token.';
  if (user.passwordHash === null || passwordMark(user.passwordHash) !== mark) {
    return 'The password has been changed since this refresh token was given out.';
  }
  if (!user.twoFactor) return null;
  return 'This user has two-factor authentication now, so a password does not log in here.';
}

function backingFault(
  { token, user, personalAccessToken: behind }: RefreshTokenAdmission,
  rules: RefreshTokenRules,
  now: number,
): string | null {
  const { backing } = token;
  if (user === null) return 'The user of this refresh token no longer exists.';
  if (user.state !== 'active') return 'The user of this refresh token is blocked.';
  if (backing.kind === 'password') return passwordFault(user, backing.mark, rules);
  const name = 'The personal access token behind this refresh token';
  if (behind === null || behind.id !== backing.tokenId || behind.userId !== user.id) {
    return `${name} no longer exists.`;
  }
  if (behind.revokedAt !== null) return `${name} has been revoked.`;
  return behind.expiresAt !== null && behind.expiresAt <= now ? `${name} has expired.` : null;
}

/** null if the refresh token is good at `now`, at the service that it is for; else why not, in words for its holder. */
export function refreshTokenFault(
  admission: RefreshTokenAdmission,
  rules: RefreshTokenRules,
  now: number,
): string | null {
  const { token } = admission;
  if (token.revokedAt !== null) return 'This refresh token has been revoked.';
  if (refreshTokenEnd(token, rules) <= now) return 'This refresh token has expired.';
  if ((token.lastUsedAt ?? token.createdAt) + rules.maxIdle <= now) {
    return 'This refresh token has not been used for too long.';
  }
  return backingFault(admission, rules, now);
}
