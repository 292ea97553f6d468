/** Refresh tokens: made with a login, ended by whoever holds them, forgotten. */
import type { Asked } from '../audit.ts';
import type { Changes } from '../audit/changes.ts';
import type { Target } from '../audit/events.ts';
import type { UserPrincipal } from '../credential/principal.ts';
import type { Secret } from '../credential/secret.ts';
import { mintToken } from '../credential/token-format.ts';
import type { Logger } from '../log.ts';
import type { RefreshTokenBacking, RefreshTokenRecord } from '../store/records.ts';
import type { LifecycleDependencies } from './dependencies.ts';
import { createSweep, type Sweep } from './sweep.ts';

/** Live ones of one user at one service: a login beyond ends the oldest, since nobody tells us of a logout. */
export const MAX_REFRESH_TOKENS = 100;
const SECOND = 1000;
/** Milliseconds for which an ended one is kept, so that its holder is told why it is refused. */
const KEPT = 7 * 86_400_000;

export interface RefreshLogin {
  readonly user: UserPrincipal;
  readonly backing: RefreshTokenBacking;
  readonly service: string;
  readonly asked: Asked;
}

export interface RefreshTokenIssueDeps extends Pick<
  LifecycleDependencies,
  'store' | 'secretHash' | 'settings'
> {
  readonly changes: Changes;
  readonly log: Logger;
}

export const refreshTokenTarget = ({ id }: RefreshTokenRecord): Target => ({
  kind: 'refresh_token',
  id,
  path: null,
});

/** Makes the refresh token of a login; resolves to null where its user is gone. Rejects with the store's faults. */
export function createIssueRefreshToken(deps: RefreshTokenIssueDeps) {
  const { store, secretHash, settings, changes, log } = deps;
  const maxAge = settings.token.refresh.max_age * SECOND;
  const prefix = settings.credentials.prefixes.refresh_token[0] ?? '';
  return async (
    { user, backing, service, asked }: RefreshLogin,
    now: number,
  ): Promise<Secret | null> => {
    const secret = mintToken(prefix);
    const { id: userId, username: name } = user.actor;
    // What the credential ends is the admission's to see; this keeps the list of what lives true.
    const expiresAt = Math.min(now + maxAge, user.expiresAt ?? Infinity);
    const made = { userId, service, hash: secretHash(secret), backing, expiresAt };
    const token = await store.refreshTokens.create(made, MAX_REFRESH_TOKENS, now);
    if (token === null) return null;
    const author = { kind: 'user', id: userId, name, token_id: user.tokenId } as const;
    const record = changes.by({ author, ip: asked.ip, requestId: asked.id });
    const about = { user_id: userId, service, via: user.via, expires_at: iso(expiresAt) };
    record('refresh_token.created', refreshTokenTarget(token), about);
    const line = { request_id: asked.id, ip: asked.ip, refresh_token_id: token.id, user: name };
    log.info({ ...line, ...about }, 'refresh token issued');
    return secret;
  };
}

const iso = (time: number): string => new Date(time).toISOString();

/** Forgets refresh tokens that ended a week ago. */
export function createRefreshTokenSweep(
  deps: Pick<LifecycleDependencies, 'store' | 'clock'> & { readonly log: Logger },
): Sweep {
  const { store, clock, log } = deps;
  return createSweep({
    forget: () => store.refreshTokens.sweep(clock.now() - KEPT),
    log,
    what: 'refresh tokens that ended long ago',
  });
}
