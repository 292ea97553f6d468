/** How the token endpoint tells what became of a request. */
import { performance } from 'node:perf_hooks';
import { createCredentialKind } from '../credential/credential-kind.ts';
import type { Credential } from '../credential/credential.ts';
import type { TokenPrefixes } from '../credential/token-format.ts';
import type { ErrorCode } from '../errors.ts';
import type { CountedCredential, CountTokenRequest, TokenOutcome } from '../metrics/ports.ts';
import type { IssuedToken } from '../token/token-request.ts';

/** One request, from its start to its one end. */
export interface TokenMeter {
  brought(credential: Credential): void;
  issued(token: IssuedToken): void;
  refused(code: ErrorCode): void;
}

const REFUSALS: Readonly<Record<ErrorCode, TokenOutcome>> = {
  bad_request: 'bad_request',
  unknown_service: 'bad_request',
  unsupported_grant_type: 'bad_request',
  unsupported_token_type: 'bad_request',
  method_not_allowed: 'bad_request',
  payload_too_large: 'bad_request',
  headers_too_large: 'bad_request',
  not_found: 'bad_request',
  conflict: 'bad_request',
  unauthorized: 'unauthorized',
  login_required: 'unauthorized',
  forbidden: 'unauthorized',
  too_many_requests: 'too_many_requests',
  store_unavailable: 'unavailable',
  internal: 'failed',
};

function outcomeOf({ access, narrowed }: IssuedToken): TokenOutcome {
  if (!narrowed) return 'granted';
  return access.length === 0 ? 'empty' : 'narrowed';
}

/** Gives a meter for each request; its time runs from then on. */
export function createTokenMeters(
  count: CountTokenRequest,
  prefixes: TokenPrefixes,
): () => TokenMeter {
  const kindOf = createCredentialKind(prefixes);
  return () => {
    const begun = performance.now();
    let kind: CountedCredential = 'unknown';
    return {
      brought: (credential) => {
        kind = kindOf(credential);
      },
      issued: (token) => count(outcomeOf(token), kind, performance.now() - begun),
      refused: (code) => count(REFUSALS[code], kind, performance.now() - begun),
    };
  };
}

const BLIND: TokenMeter = {
  brought: () => undefined,
  issued: () => undefined,
  refused: () => undefined,
};

/** Where nobody wants to know. */
export const noMeters = (): TokenMeter => BLIND;
