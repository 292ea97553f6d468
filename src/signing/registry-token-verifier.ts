import { createLocalJWKSet } from 'jose/jwks/local';
import { decodeJwt } from 'jose/jwt/decode';
import { jwtVerify } from 'jose/jwt/verify';
import type { Jwks } from './jwks.ts';
import type { AccessEntry, RegistryTokenVerifier } from './ports.ts';

const ALGORITHMS = ['ES256', 'RS256', 'PS256', 'EdDSA'];

export interface RegistryTokenVerifierOptions {
  /** Of every key whose tokens for the service are still good. */
  readonly jwks: (service: string) => Jwks;
  readonly services: readonly string[];
  readonly issuer: string;
}

/**
 * Reads back what we signed for registries. The audience says whose keys count, so that the key of one service vouches
 * for no other; `none` and the keys of a token's own header (RFC 8725, section 3) get nowhere.
 */
export function createRegistryTokenVerifier({
  jwks,
  services,
  issuer,
}: RegistryTokenVerifierOptions): RegistryTokenVerifier {
  return {
    async verify(jwt, now) {
      try {
        const service = services.find((name) => name === decodeJwt(jwt).aud);
        if (service === undefined) return null;
        const keys = createLocalJWKSet({ keys: [...jwks(service).keys] });
        const { payload } = await jwtVerify(jwt, keys, {
          algorithms: ALGORITHMS,
          typ: 'JWT',
          issuer,
          audience: service,
          requiredClaims: ['sub', 'exp', 'nbf', 'iat', 'jti', 'access'],
          currentDate: new Date(now),
        });
        const { iss, sub, aud, exp, nbf, iat, jti, access } = payload as Record<string, unknown>;
        const claims = { iss, sub, aud, exp, nbf, iat, jti, access: access as AccessEntry[] };
        return claims as Awaited<ReturnType<RegistryTokenVerifier['verify']>>;
      } catch {
        return null;
      }
    },
  };
}
