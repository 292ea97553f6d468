import { hash } from 'node:crypto';
import type { Secret } from './secret.ts';

/** The form in which the store knows a secret: base64url of HMAC-SHA-256 under a key that the store does not hold. */
export type SecretHash = (secret: Secret) => string;

/** Bytes that SHA-256 takes at once, to which HMAC pads its key (RFC 2104, section 2). */
const BLOCK = 64;
const DIGEST = 32;

function padded(key: Buffer, pad: number, room: number): Buffer {
  const block = Buffer.alloc(BLOCK + room);
  block.fill(pad, 0, BLOCK);
  for (const [index, byte] of key.entries()) block[index] = byte ^ pad;
  return block;
}

/**
 * A plain fast hash is right here: the secrets have 160 random bits, so there is nothing to guess (NIST SP 800-63B,
 * look-up secrets), and the key makes a stolen store useless on its own. HMAC is put together from two one-shot hashes,
 * since `createHmac` makes two objects and a copy of the key for each of the many calls.
 *
 * @param key 32 to 64 bytes, kept in the keys folder
 */
export function createSecretHash(key: Buffer): SecretHash {
  if (key.length < 32) throw new RangeError('the key of the secret hash has less than 32 bytes');
  if (key.length > BLOCK) throw new RangeError('the key of the secret hash has more than 64 bytes');
  const inner = padded(key, 0x36, 0);
  const outer = padded(key, 0x5c, DIGEST);
  return (secret) => {
    const message = Buffer.concat([inner, Buffer.from(secret.reveal(), 'utf8')]);
    hash('sha256', message, 'buffer').copy(outer, BLOCK);
    return hash('sha256', outer, 'base64url');
  };
}
