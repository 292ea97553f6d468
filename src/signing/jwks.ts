/** What is published of the keys: public members only. */
import type { JsonWebKey } from 'node:crypto';
import { AppError } from '../errors.ts';
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
 * CERTIFICATE blocks for a registry's `rootcertbundle`: the CA, or both while one replaces the other, and the leaves too
 * where a registry finds keys by libtrust id, since it knows only the keys of certificates in the bundle.
 *
 * @param ed25519 `leave out` where a Distribution 2 reads it, which does not start with such a certificate
 * @throws AppError `conflict` where the CA itself would have to be left out
 */
export function bundleOf(
  { trusted }: Pick<Authority, 'trusted'>,
  leaves: readonly Leaf[],
  ed25519: 'leave out' | 'keep' = 'leave out',
): string {
  const isEd25519 = ({ certificate }: Pick<Leaf, 'certificate'>): boolean =>
    certificate.publicKey.asymmetricKeyType === 'ed25519';
  if (ed25519 === 'leave out' && trusted.some(isEd25519)) {
    throw new AppError(
      'conflict',
      'ca.crt has an Ed25519 key, and Distribution 2 does not start with such a certificate. Replace it with one that ' +
        'wharfpass makes (wharfpass keys ca renew), or set services.<name>.registry to distribution-3 everywhere.',
    );
  }
  const wanted = ed25519 === 'keep' ? leaves : leaves.filter((leaf) => !isEd25519(leaf));
  return [...trusted, ...wanted].map(({ certificate }) => certificate.toString()).join('');
}
