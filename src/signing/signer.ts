import { sign, type KeyObject } from 'node:crypto';
import { AppError } from '../errors.ts';
import { rawSignature } from './ecdsa-signature.ts';
import type { KeyRing } from './key-ring.ts';
import type { Leaf } from './leaf.ts';
import { REGISTRY_LEEWAY } from './leaf-schedule.ts';
import type { RegistryClaims, RegistrySigner } from './ports.ts';

/**
 * Signs registry tokens as compact JWS (RFC 7515). The work is done by `crypto.sign` in the thread pool; this is the
 * path of every token, so the header is encoded once per leaf, not here.
 *
 * Rejects with `store_unavailable` when no certificate is valid long enough for the token.
 */
export function createRegistrySigner(ring: Pick<KeyRing, 'active' | 'revived'>): RegistrySigner {
  return {
    async sign(claims, form) {
      const leaf = ring.active() ?? (await ring.revived());
      if (leaf === null) throw unavailable('there is no valid signing certificate');
      if (outlives(claims, leaf)) throw unavailable(`the token would outlive ${leaf.file}`);
      const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
      const input = `${leaf.headers[form]}.${payload}`;
      const signature = await signed(input, leaf.privateKey);
      const value = leaf.algorithm === 'ES256' ? rawSignature(signature) : signature;
      return `${input}.${value.toString('base64url')}`;
    },
  };
}

function outlives(claims: RegistryClaims, leaf: Leaf): boolean {
  return claims.exp * 1000 + REGISTRY_LEEWAY > leaf.notAfter;
}

/** DER for an EC key, PKCS #1 v1.5 for an RSA key, which is what RS256 wants (RFC 7518 section 3.3). */
function signed(input: string, key: KeyObject): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    sign('sha256', Buffer.from(input, 'latin1'), key, (error, signature) => {
      if (error === null) resolve(signature);
      else reject(new AppError('internal', 'The token could not be signed.', { cause: error }));
    });
  });
}

function unavailable(detail: string): AppError {
  return new AppError(
    'store_unavailable',
    'The token server has no valid signing certificate just now. Try again.',
    { detail, retryAfter: 30 },
  );
}
