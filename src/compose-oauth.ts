/** OAuth 2.0 beside the token endpoint: revocation, introspection, metadata. */
import type { Parts } from './compose-parts.ts';
import { createClientIp } from './http/client-ip.ts';
import { createOAuthRouter } from './http/oauth/router.ts';
import { createRevokeToken } from './lifecycle/revoke-token.ts';
import { createRegistryTokenVerifier } from './signing/registry-token-verifier.ts';
import { createInspectToken } from './token/inspect-token.ts';

export function composeOAuth(parts: Parts) {
  const { settings, log, clock, store, keys, secretHash, authenticate, refreshRules, audit } =
    parts;
  const { changes } = audit;
  return createOAuthRouter({
    revoke: createRevokeToken({ store, clock, secretHash, settings, changes }),
    inspect: createInspectToken({
      store,
      authenticate,
      verifier: createRegistryTokenVerifier({
        jwks: keys.jwks,
        services: Object.keys(settings.services),
        issuer: settings.issuer,
      }),
      secretHash,
      prefixes: settings.credentials.prefixes,
      refreshRules,
      clock,
    }),
    personalAccessTokens: store.personalAccessTokens,
    clock,
    settings,
    log,
    clientIp: createClientIp(settings.trusted_proxies),
  });
}
