/**
 * X.509 certificates (RFC 5280). node-forge's own builder knows RSA and Ed25519 only, so its ASN.1 writes the
 * certificate and node:crypto holds the keys and signs. node-forge is loaded when a certificate is made, which is
 * once in days.
 */
import {
  X509Certificate,
  createHash,
  createPublicKey,
  randomBytes,
  sign,
  type KeyObject,
} from 'node:crypto';
import type forge from 'node-forge';
import { createDer, type Der, type Node } from './der.ts';

export interface Issuer {
  readonly certificate: X509Certificate;
  readonly privateKey: KeyObject;
}

interface Validity {
  /** Milliseconds since the epoch; certificates keep whole seconds. */
  readonly notBefore: number;
  readonly notAfter: number;
}

export type CaRequest = Validity & { readonly commonName: string; readonly privateKey: KeyObject };
export type LeafRequest = Validity & {
  readonly commonName: string;
  readonly publicKey: KeyObject;
  readonly issuer: Issuer;
};

const OID = {
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  sha256WithRsa: '1.2.840.113549.1.1.11',
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  basicConstraints: '2.5.29.19',
  authorityKeyId: '2.5.29.35',
} as const;

/** keyUsage BIT STRINGs (RFC 5280 section 4.2.1.3): the count of unused bits, then the bits. */
const KEY_USAGE = { digitalSignature: '\u0007\u0080', certAndCrlSign: '\u0001\u0006' } as const;

/** A self-signed root that may sign leaves and nothing longer. Resolves to PEM. */
export async function makeCaCertificate(request: CaRequest): Promise<string> {
  const der = await createDer();
  const publicKey = createPublicKey(request.privateKey);
  const name = der.name(request.commonName);
  const extensions = [
    der.extension(OID.basicConstraints, true, der.sequence([der.boolean(true), der.integer('\0')])),
    der.extension(OID.keyUsage, true, der.bitString(KEY_USAGE.certAndCrlSign)),
    der.extension(OID.subjectKeyId, false, der.octets(keyIdentifier(publicKey))),
  ];
  const parts = { issuer: name, subject: name, publicKey, extensions, ...validityOf(request) };
  return assemble(der, parts, request.privateKey);
}

/** A certificate for one signing key. Resolves to PEM. */
export async function makeLeafCertificate(request: LeafRequest): Promise<string> {
  const der = await createDer();
  const { issuer, publicKey } = request;
  const ca = der.parse(issuer.certificate.raw);
  const caId =
    der.extensionValue(ca, OID.subjectKeyId) ?? keyIdentifier(issuer.certificate.publicKey);
  const extensions = [
    der.extension(OID.basicConstraints, true, der.sequence([])),
    der.extension(OID.keyUsage, true, der.bitString(KEY_USAGE.digitalSignature)),
    der.extension(OID.subjectKeyId, false, der.octets(keyIdentifier(publicKey))),
    der.extension(OID.authorityKeyId, false, der.sequence([der.tagged(0, caId)])),
  ];
  const names = { issuer: der.subjectOf(ca), subject: der.name(request.commonName) };
  const parts = { ...names, publicKey, extensions, ...validityOf(request) };
  return assemble(der, parts, issuer.privateKey);
}

function validityOf({ notBefore, notAfter }: Validity): Validity {
  return { notBefore, notAfter };
}

/** As a binary string. RFC 5280 section 4.2.1.2 leaves the method open; this is 160 bits of SHA-256. */
function keyIdentifier(publicKey: KeyObject): string {
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(spki).digest().subarray(0, 20).toString('latin1');
}

/** Sixteen bytes, positive and never short: the two highest bits are 01. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes.writeUInt8((bytes.readUInt8(0) & 0x3f) | 0x40, 0);
  return bytes.toString('latin1');
}

interface Parts extends Validity {
  readonly issuer: Node;
  readonly subject: Node;
  readonly publicKey: KeyObject;
  readonly extensions: readonly Node[];
}

function assemble(der: Der, parts: Parts, signingKey: KeyObject): string {
  const rsa = signingKey.asymmetricKeyType === 'rsa';
  const algorithm = (): forge.asn1.Asn1 =>
    rsa
      ? der.sequence([der.oid(OID.sha256WithRsa), der.null()])
      : der.sequence([der.oid(OID.ecdsaWithSha256)]);
  const toBeSigned = der.sequence([
    der.tagged(0, [der.integer('\u0002')]),
    der.integer(serialNumber()),
    algorithm(),
    parts.issuer,
    der.sequence([der.time(parts.notBefore), der.time(parts.notAfter)]),
    parts.subject,
    der.parse(parts.publicKey.export({ type: 'spki', format: 'der' })),
    der.tagged(3, [der.sequence(parts.extensions)]),
  ]);
  const signature = sign('sha256', der.bytes(toBeSigned), signingKey).toString('latin1');
  const whole = der.bytes(der.sequence([toBeSigned, algorithm(), der.bitString(`\0${signature}`)]));
  const certificate = new X509Certificate(whole);
  if (!certificate.publicKey.equals(parts.publicKey)) {
    throw new Error('the certificate that was made holds another key than was asked for');
  }
  return der.pem(whole);
}
