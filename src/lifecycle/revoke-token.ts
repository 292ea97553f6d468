/** Whoever holds a token may end it (RFC 7009): by possession, with no other proof of who they are. */
import { revocationOf } from '../audit/change-of.ts';
import type { Changes } from '../audit/changes.ts';
import type { Author } from '../audit/events.ts';
import type { Secret } from '../credential/secret.ts';
import { createTokenClassifier, type TokenKind } from '../credential/token-format.ts';
import type { UserRecord } from '../store/records.ts';
import type { LifecycleDependencies } from './dependencies.ts';
import { refreshTokenTarget } from './refresh-tokens.ts';

/** `unknown` may be anything, and RFC 7009 section 2.2 takes it for revoked. `unsupported`: it cannot be ended so. */
export type Revocation =
  | { readonly kind: 'revoked'; readonly what: TokenKind; readonly id: number }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'unsupported'; readonly why: string };

export interface RevokeTokenDeps extends Pick<
  LifecycleDependencies,
  'store' | 'clock' | 'secretHash' | 'settings'
> {
  readonly changes: Changes;
}

export interface RevocationRequest {
  readonly secret: Secret;
  readonly ip: string | null;
  readonly requestId: string;
}

const UNKNOWN: Revocation = { kind: 'unknown' };
const JWT = /^ey[\w-]*\.[\w-]+\.[\w-]*$/;

const unsupported = (why: string): Revocation => ({ kind: 'unsupported', why });

const ACCESS_TOKEN = unsupported(
  'This looks like an access token. Registries check those by themselves and ask nobody, so it cannot be revoked: it ' +
    'ends by itself, within minutes. Revoke the refresh token or personal access token that it was given for.',
);
const JOB_TOKEN = unsupported('A job token ends with its job. Report the job as finished.');
const DEPLOY_TOKEN = unsupported(
  'A deploy token is revoked over the REST API: DELETE /projects/:id/deploy_tokens/:token_id.',
);

const authorOf = (user: UserRecord | null, tokenId: number | null): Author =>
  user === null
    ? { kind: 'unknown' }
    : { kind: 'user', id: user.id, name: user.username, token_id: tokenId };

/** Rejects with the store's faults: where it cannot tell, nothing is said to be revoked. */
export function createRevokeToken(deps: RevokeTokenDeps) {
  const { store, clock, secretHash, changes } = deps;
  const classify = createTokenClassifier(deps.settings.credentials.prefixes);

  async function refreshToken({ secret, ...from }: RevocationRequest): Promise<Revocation> {
    const now = clock.now();
    const token = await store.refreshTokens.revoke(secretHash(secret), now);
    if (token === null) return UNKNOWN;
    const { id, userId, service, backing } = token;
    if (token.revokedAt === now) {
      const tokenId = backing.kind === 'personal_access_token' ? backing.tokenId : null;
      const author = authorOf(await store.directory.user(userId), tokenId);
      const about = { user_id: userId, service, reason: 'revocation_endpoint' };
      changes.by({ author, ...from })('refresh_token.revoked', refreshTokenTarget(token), about);
    }
    return { kind: 'revoked', what: 'refresh_token', id };
  }

  async function personalAccessToken({ secret, ...from }: RevocationRequest): Promise<Revocation> {
    const admission = await store.personalAccessTokens.admit(secretHash(secret));
    if (admission === null) return UNKNOWN;
    const { token, user } = admission;
    const { id, name } = token;
    if (token.revokedAt === null) {
      const ended = await store.personalAccessTokens.revoke(id, clock.now());
      const target = { kind: 'personal_access_token', id, path: name } as const;
      const told = ended === null ? {} : revocationOf(ended);
      const about = { user_id: token.userId, reason: 'revocation_endpoint', ...told };
      const author = authorOf(user, id);
      changes.by({ author, ...from })('personal_access_token.revoked', target, about);
    }
    return { kind: 'revoked', what: 'personal_access_token', id };
  }

  return async (request: RevocationRequest): Promise<Revocation> => {
    const kind = classify(request.secret)?.kind;
    switch (kind) {
      case 'refresh_token':
        return refreshToken(request);
      case 'job_token':
      case 'extended_job_token':
        return JOB_TOKEN;
      case 'deploy_token':
        return DEPLOY_TOKEN;
      case undefined:
        if (JWT.test(request.secret.reveal())) return ACCESS_TOKEN;
        // The administrator's token as an operator configured it may have no prefix.
        return personalAccessToken(request);
      case 'personal_access_token':
        return personalAccessToken(request);
    }
  };
}
