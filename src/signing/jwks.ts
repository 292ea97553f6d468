/** What is published of the keys: public members only. */
import type { JsonWebKey } from 'node:crypto';
import type { Authority } from './authority.ts';
import type { Leaf } from './leaf.ts';

export interface PublicJwk extends JsonWebKey {
  readonly kid: string;
  readonly use: 'sig';
  readonly alg: string;
}

/** RFC 7517 section 5. */
export interface Jwks {
  readonly keys: readonly PublicJwk[];
}

/**
 * The keys of all leaves that sign, will sign, or have signed tokens that are still good. Two certificates of one key
 * make one entry, for a registry takes the last of two entries with one `kid`.
 */
export function jwksOf(leaves: readonly Leaf[]): Jwks {
  const keys = new Map<string, PublicJwk>();
  for (const { jwk, keyId, algorithm } of leaves.toReversed()) {
    keys.set(keyId, { ...jwk, kid: keyId, use: 'sig', alg: algorithm });
  }
  return { keys: [...keys.values()] };
}

/**
 * CERTIFICATE blocks for a registry's `rootcertbundle`: the CA, and the leaves too where a registry finds keys by
 * libtrust id, since it knows only the keys of certificates in the bundle.
 */
export function bundleOf(authority: Authority, leaves: readonly Leaf[]): string {
  return [authority.certificate, ...leaves.map((leaf) => leaf.certificate)]
    .map((certificate) => certificate.toString())
    .join('');
}
