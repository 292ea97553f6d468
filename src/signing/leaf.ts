/** A leaf: one signing key with the certificate that the CA gave it, in one file `leaf-<n>.pem`. */
import {
  createPublicKey,
  type JsonWebKey,
  type KeyObject,
  type X509Certificate,
} from 'node:crypto';
import { BACKDATE, belongTogether, parseCertificate, type Authority } from './authority.ts';
import { jwkThumbprint, libtrustKeyId } from './fingerprint.ts';
import { fromPem, markedAlgorithm } from './key-pair.ts';
import type { HeaderForm, SigningAlgorithm } from './ports.ts';
import { signingKeyOf, type SigningKey } from './sign-bytes.ts';

/** Times are milliseconds since the epoch. */
export interface Leaf {
  readonly file: string;
  readonly number: number;
  readonly algorithm: SigningAlgorithm;
  readonly privateKey: KeyObject;
  readonly signingKey: SigningKey;
  readonly certificate: X509Certificate;
  /** Public members only. */
  readonly jwk: JsonWebKey;
  /** RFC 7638 thumbprint. */
  readonly keyId: string;
  /** The key id of the CA that vouches for it. */
  readonly issuer: string;
  readonly notBefore: number;
  /** When signing with it begins: later than notBefore, so registries with slow clocks take it at once. */
  readonly activeFrom: number;
  readonly notAfter: number;
  /** The protected header of a token as it is sent: base64url of JSON. */
  readonly headers: Readonly<Record<HeaderForm, string>>;
}

const LEAF_FILE = /^leaf-([1-9]\d{0,8})\.pem$/;

export function leafFile(number: number): string {
  return `leaf-${number}.pem`;
}

/** Null for names of other files. */
export function leafNumber(name: string): number | null {
  const digits = LEAF_FILE.exec(name)?.[1];
  return digits === undefined ? null : Number(digits);
}

/** The text of a leaf file as a leaf of this authority; else a sentence that says what is wrong with it. */
export function parseLeaf(file: string, text: string, authority: Authority): Leaf | string {
  const privateKey = fromPem(text);
  const certificate = parseCertificate(text);
  if (privateKey === null || certificate === null) {
    return `${file} does not hold a private key and a certificate in PEM.`;
  }
  const algorithm = markedAlgorithm(text, privateKey);
  if (algorithm === null) {
    return `${file} holds neither a P-256 key nor an Ed25519 key nor an RSA key of 2048 bits.`;
  }
  if (!belongTogether(certificate, privateKey)) return `${file}: key and certificate differ.`;
  const ca = authority.trusted.find(
    (each) =>
      certificate.checkIssued(each.certificate) && certificate.verify(each.certificate.publicKey),
  );
  if (ca === undefined) {
    return `${file} was not issued by ca.crt beside it. Remove it: a new one is made.`;
  }
  const publicKey = createPublicKey(privateKey);
  const jwk = publicKey.export({ format: 'jwk' });
  const keyId = jwkThumbprint(jwk);
  const notBefore = Date.parse(certificate.validFrom);
  return {
    file,
    number: leafNumber(file) ?? 0,
    algorithm,
    privateKey,
    signingKey: signingKeyOf(algorithm, privateKey),
    certificate,
    jwk,
    keyId,
    issuer: ca.keyId,
    notBefore,
    activeFrom: notBefore + BACKDATE,
    notAfter: Date.parse(certificate.validTo),
    headers: protectedHeaders(algorithm, keyId, libtrustKeyId(publicKey), certificate),
  };
}

/**
 * RFC 7515 section 4.1. Distribution takes x5c before any kid and does not fall back, so the kid forms leave it out.
 * The kid beside x5c is for other verifiers.
 */
function protectedHeaders(
  alg: SigningAlgorithm,
  keyId: string,
  libtrustId: string,
  certificate: X509Certificate,
): Record<HeaderForm, string> {
  const encode = (members: object): string =>
    Buffer.from(JSON.stringify({ typ: 'JWT', alg, ...members })).toString('base64url');
  return {
    x5c: encode({ kid: keyId, x5c: [certificate.raw.toString('base64')] }),
    'kid-jwks': encode({ kid: keyId }),
    'kid-libtrust': encode({ kid: libtrustId }),
  };
}
