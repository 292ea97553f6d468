/** What a token is and whether it is good now, for whoever may know (RFC 7662). */
import { subjectOf } from '../audit.ts';
import type { Clock } from '../clock.ts';
import type { Authenticate } from '../credential/authenticate.ts';
import { deployTokenFault } from '../credential/deploy-token.ts';
import { JOB_USERNAME } from '../credential/job-token.ts';
import { personalAccessTokenFault } from '../credential/personal-access-token.ts';
import {
  refreshTokenEnd,
  refreshTokenFault,
  type RefreshTokenRules,
} from '../credential/refresh-token-life.ts';
import type { Secret } from '../credential/secret.ts';
import type { SecretHash } from '../credential/secret-hash.ts';
import { createTokenClassifier, type TokenPrefixes } from '../credential/token-format.ts';
import type { RegistryTokenVerifier } from '../signing/ports.ts';
import type { Store } from '../store/ports.ts';
import { printScopes } from './scope.ts';

/** A token that is good now. */
export interface ActiveToken {
  /** The members of an answer besides `active` (RFC 7662, section 2.2). Times are whole seconds. */
  readonly members: Readonly<Record<string, string | number>> & { readonly sub: string };
  /** A personal access token that may read the API; null: it tells of itself alone. */
  readonly reader: { readonly tokenId: number; readonly admin: boolean } | null;
}

export interface InspectTokenDeps {
  readonly store: Pick<Store, 'personalAccessTokens' | 'refreshTokens' | 'deployTokens'>;
  readonly authenticate: Authenticate;
  readonly verifier: RegistryTokenVerifier;
  readonly secretHash: SecretHash;
  readonly prefixes: TokenPrefixes;
  readonly refreshRules: RefreshTokenRules;
  readonly clock: Clock;
}

/** null for whatever is no good token. Rejects where the store cannot tell. */
export type InspectToken = (secret: Secret) => Promise<ActiveToken | null>;

const seconds = (ms: number): number => Math.floor(ms / 1000);
const times = (createdAt: number, expiresAt: number | null): Record<string, number> => ({
  iat: seconds(createdAt),
  ...(expiresAt !== null && { exp: seconds(expiresAt) }),
});
const ofUser = (username: string) => ({ sub: `user:${username}`, username });

function createInspectors({ store, authenticate, verifier, refreshRules }: InspectTokenDeps) {
  return {
    async registryToken(jwt: string, now: number): Promise<ActiveToken | null> {
      const claims = await verifier.verify(jwt, now);
      if (claims === null) return null;
      const { access, ...rest } = claims;
      const scope = printScopes(access);
      return { members: { ...rest, scope, token_type: 'Bearer' }, reader: null };
    },
    async personalAccessToken(hash: string, now: number): Promise<ActiveToken | null> {
      const admission = await store.personalAccessTokens.admit(hash);
      if (admission === null || personalAccessTokenFault(admission, now) !== null) return null;
      const { token, user } = admission;
      if (user === null) return null;
      const reads = token.scopes.includes('api') || token.scopes.includes('read_api');
      const life = times(token.createdAt, token.expiresAt);
      const members = { ...ofUser(user.username), ...life, scope: token.scopes.join(' ') };
      return {
        members: { ...members, token_type: 'Bearer' },
        reader: reads ? { tokenId: token.id, admin: user.admin } : null,
      };
    },
    async refreshToken(hash: string, now: number): Promise<ActiveToken | null> {
      const admission = await store.refreshTokens.admit(hash);
      if (admission === null || refreshTokenFault(admission, refreshRules, now) !== null) {
        return null;
      }
      const { token, user } = admission;
      if (user === null || !refreshRules.services.has(token.service)) return null;
      const life = times(token.createdAt, refreshTokenEnd(token, refreshRules));
      return { members: { ...ofUser(user.username), aud: token.service, ...life }, reader: null };
    },
    async deployToken(hash: string, now: number): Promise<ActiveToken | null> {
      const admission = await store.deployTokens.admit(hash);
      if (admission === null || deployTokenFault(admission, now) !== null) return null;
      const { id, username, scopes, createdAt, expiresAt } = admission.token;
      const life = times(createdAt, expiresAt);
      const sub = `deploy_token:${id}`;
      return { members: { sub, username, ...life, scope: scopes.join(' ') }, reader: null };
    },
    async jobToken(secret: Secret): Promise<ActiveToken | null> {
      const outcome = await authenticate({ kind: 'basic', username: JOB_USERNAME, secret });
      if (outcome.kind === 'rejected' || outcome.principal.kind !== 'job') return null;
      const { actor, expiresAt } = outcome.principal;
      const sub = subjectOf(outcome.principal);
      return {
        members: { sub, username: actor.username, exp: seconds(expiresAt) },
        reader: null,
      };
    },
  };
}

export function createInspectToken(deps: InspectTokenDeps): InspectToken {
  const { secretHash, clock } = deps;
  const classify = createTokenClassifier(deps.prefixes);
  const inspect = createInspectors(deps);
  return async (secret) => {
    const now = clock.now();
    const kind = classify(secret)?.kind;
    switch (kind) {
      case undefined: {
        const claims = await inspect.registryToken(secret.reveal(), now);
        // The administrator's token as an operator configured it may have no prefix.
        return claims ?? inspect.personalAccessToken(secretHash(secret), now);
      }
      case 'personal_access_token':
        return inspect.personalAccessToken(secretHash(secret), now);
      case 'refresh_token':
        return inspect.refreshToken(secretHash(secret), now);
      case 'deploy_token':
        return inspect.deployToken(secretHash(secret), now);
      case 'job_token':
      case 'extended_job_token':
        return inspect.jobToken(secret);
    }
  };
}
