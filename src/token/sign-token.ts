import { randomUUID } from 'node:crypto';
import { AppError } from '../errors.ts';
import type { PolicySettings } from '../policy/decision.ts';
import type { AccessEntry, HeaderForm, RegistrySigner } from '../signing/ports.ts';

/** One `auth.token.service`: a registry, or several that share it. */
export interface Service {
  readonly name: string;
  readonly header: HeaderForm;
  readonly policy: PolicySettings;
  /** Whether people who log in may be given a refresh token. */
  readonly refreshTokens: boolean;
}

export interface TokenSignerDeps {
  readonly signer: RegistrySigner;
  readonly issuer: string;
  /** Seconds that `iat` and `nbf` lie in the past, for registries whose clocks are slow. */
  readonly clockSkew: number;
  /** Bytes beyond which a token would not fit through common proxies. */
  readonly maxTokenSize: number;
}

/**
 * Makes the claims of a registry token (Distribution, "Docker Registry v2 Bearer token specification") and signs them.
 *
 * @throws AppError `bad_request` where the token would be too long to be carried in a header
 */
export function createTokenSigner({ signer, issuer, clockSkew, maxTokenSize }: TokenSignerDeps) {
  return async (
    service: Service,
    sub: string,
    access: readonly AccessEntry[],
    now: number,
    expiresIn: number,
  ): Promise<{ readonly token: string; readonly jti: string }> => {
    const seconds = Math.floor(now / 1000);
    const past = seconds - clockSkew;
    const jti = randomUUID();
    const times = { exp: seconds + expiresIn, nbf: past, iat: past };
    const claims = { iss: issuer, sub, aud: service.name, ...times, jti, access };
    const token = await signer.sign(claims, service.header);
    if (token.length > maxTokenSize) {
      throw new AppError(
        'bad_request',
        `The token for these scopes would have ${token.length} bytes, and at most ${maxTokenSize} are allowed (token.max_size). Ask for fewer repositories at once.`,
      );
    }
    return { token, jti };
  };
}
