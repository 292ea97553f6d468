import { AppError } from '../errors.ts';
import { rawSignature } from './ecdsa-signature.ts';
import type { KeyRing } from './key-ring.ts';
import type { Leaf } from './leaf.ts';
import { REGISTRY_LEEWAY } from './leaf-schedule.ts';
import type { RegistryClaims, RegistrySigner } from './ports.ts';
import { createBurstSigner, signInPool, type SignBytes } from './sign-bytes.ts';

/**
 * Signs registry tokens as compact JWS (RFC 7515). This is the path of every token, so the header is encoded once per
 * leaf, not here.
 *
 * Rejects with `store_unavailable` when no certificate is valid long enough for the token.
 *
 * @param signInBursts shared by several rings, so that tokens for all of them wake their readers together
 */
export function createRegistrySigner(
  ring: Pick<KeyRing, 'active' | 'revived'>,
  signInBursts: SignBytes = createBurstSigner(),
): RegistrySigner {
  return {
    async sign(claims, form) {
      const leaf = ring.active() ?? (await ring.revived());
      if (leaf === null) throw unavailable('there is no valid signing certificate');
      if (outlives(claims, leaf)) throw unavailable(`the token would outlive ${leaf.file}`);
      const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
      const input = `${leaf.headers[form]}.${payload}`;
      const { algorithm, signingKey } = leaf;
      const signature =
        algorithm === 'ES256'
          ? rawSignature(await signInBursts(input, signingKey))
          : await (algorithm === 'EdDSA' ? signInBursts : signInPool)(input, signingKey);
      return `${input}.${signature.toString('base64url')}`;
    },
  };
}

function outlives(claims: RegistryClaims, leaf: Leaf): boolean {
  return claims.exp * 1000 + REGISTRY_LEEWAY > leaf.notAfter;
}

function unavailable(detail: string): AppError {
  return new AppError(
    'store_unavailable',
    'The token server has no valid signing certificate just now. Try again.',
    { detail, retryAfter: 30 },
  );
}
