/** The two names by which registries know a public key. */
import { createHash, type KeyObject } from 'node:crypto';
import type { JsonWebKey } from 'node:crypto';

/** RFC 7638 section 3.2 and, for OKP, RFC 8037 section 2: the members that count, in lexicographic order. */
const REQUIRED_MEMBERS: Readonly<Record<string, readonly string[]>> = {
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
  RSA: ['e', 'kty', 'n'],
};

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const LIBTRUST_BYTES = 30;

/** RFC 7638: base64url of the SHA-256 of the key's required members. `jwk` is an EC, Ed25519 or RSA key. */
export function jwkThumbprint(jwk: JsonWebKey): string {
  const members = REQUIRED_MEMBERS[jwk.kty ?? ''];
  if (members === undefined) throw new TypeError(`no thumbprint for key type ${jwk.kty}`);
  const text = JSON.stringify(Object.fromEntries(members.map((name) => [name, jwk[name]])));
  return createHash('sha256').update(text, 'utf8').digest('base64url');
}

/**
 * Docker's libtrust key id, the `kid` of Distribution 2: SHA-256 of the DER SubjectPublicKeyInfo, its first 240 bits
 * in base32 (RFC 4648), twelve groups of four joined by colons.
 */
export function libtrustKeyId(publicKey: KeyObject): string {
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const digest = createHash('sha256').update(spki).digest().subarray(0, LIBTRUST_BYTES);
  return (base32(digest).match(/.{4}/g) ?? []).join(':');
}

/** RFC 4648 section 6, for lengths that are a multiple of 5 bytes and so need no padding. */
function base32(bytes: Buffer): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 5) {
    const group = BigInt(`0x${bytes.toString('hex', at, at + 5)}`);
    for (let shift = 35n; shift >= 0n; shift -= 5n) {
      text += BASE32.charAt(Number((group >> shift) & 31n));
    }
  }
  return text;
}
