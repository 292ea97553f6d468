import { createHmac } from 'node:crypto';
import type { Secret } from './secret.ts';

/** The form in which the store knows a secret: base64url of HMAC-SHA-256 under a key that the store does not hold. */
export type SecretHash = (secret: Secret) => string;

/**
 * A plain fast hash is right here: the secrets have 160 random bits, so there is nothing to guess (NIST SP 800-63B,
 * look-up secrets), and the key makes a stolen store useless on its own.
 *
 * @param key at least 32 bytes, kept in the keys folder
 */
export function createSecretHash(key: Buffer): SecretHash {
  if (key.length < 32) throw new RangeError('the key of the secret hash has less than 32 bytes');
  return (secret) => createHmac('sha256', key).update(secret.reveal(), 'utf8').digest('base64url');
}
