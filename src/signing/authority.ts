/**
 * The certificate authority that registries trust: `ca.key` and `ca.crt`. While it is being replaced, `ca.crt` has two
 * certificates; the first is the one that signing certificates are made under.
 */
import { X509Certificate, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { AppError } from '../errors.ts';
import { makeCaCertificate, type Issuer } from './certificate.ts';
import { jwkThumbprint } from './fingerprint.ts';
import type { KeyFolder } from './key-folder.ts';
import { generateEcKey } from './key-pair.ts';
import { loadOrMakeKey, loadPrivateKey } from './private-key-file.ts';

export const CA_CERTIFICATE = 'ca.crt';
export const CA_KEY = 'ca.key';
/** The key of the CA that is to come, until the old one is retired. */
export const CA_NEXT_KEY = 'ca-next.key';

/** How far notBefore lies in the past: registries check it with no leeway against a clock of their own. */
export const BACKDATE = 3_600_000;

export interface CaCertificate {
  readonly certificate: X509Certificate;
  readonly keyId: string;
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/** The certificate that new leaves are made under, and what else of `ca.crt` counts. */
export interface Authority extends CaCertificate {
  /** CERTIFICATE blocks, one for each of `trusted`: what a registry's `rootcertbundle` needs. */
  readonly pem: string;
  /** That certificate first, then those of `ca.crt` that are coming or going. */
  readonly trusted: readonly CaCertificate[];
}

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** Null where there is no `ca.crt`. Rejects if it holds anything but CA certificates. */
export async function loadAuthority(folder: KeyFolder): Promise<Authority | null> {
  const text = await folder.read(CA_CERTIFICATE);
  return text === null ? null : parseAuthority(text, join(folder.path, CA_CERTIFICATE));
}

function parseAuthority(text: string, path: string): Authority {
  const trusted = (text.match(BLOCK) ?? []).map((block) => {
    const certificate = parseCertificate(block);
    if (certificate === null) throw new AppError('internal', `${path} holds a broken certificate.`);
    if (!certificate.ca) throw new AppError('internal', `${path} is no CA certificate (CA:TRUE).`);
    return caCertificate(certificate);
  });
  const [first] = trusted;
  if (first === undefined) {
    throw new AppError('internal', `${path} holds no certificate in PEM.`);
  }
  return { ...first, pem: pemOf(trusted), trusted };
}

function caCertificate(certificate: X509Certificate): CaCertificate {
  return {
    certificate,
    keyId: jwkThumbprint(certificate.publicKey.export({ format: 'jwk' })),
    notBefore: Date.parse(certificate.validFrom),
    notAfter: Date.parse(certificate.validTo),
  };
}

export function pemOf(certificates: readonly Pick<CaCertificate, 'certificate'>[]): string {
  return certificates.map(({ certificate }) => certificate.toString()).join('');
}

/** A self-signed certificate for the key. Resolves to PEM. @param lifetime milliseconds */
export async function selfSigned(key: KeyObject, now: number, lifetime: number): Promise<string> {
  const keyId = jwkThumbprint(key.export({ format: 'jwk' }));
  return await makeCaCertificate({
    commonName: `wharfpass CA ${keyId.slice(0, 8)}`,
    privateKey: key,
    notBefore: now - BACKDATE,
    notAfter: now + lifetime,
  });
}

/**
 * Loads the authority, or makes what is missing of it. A lone `ca.key` gets a new certificate of the same name, which
 * is also how an operator renews one.
 *
 * @param lifetime of a new certificate, in milliseconds
 */
export async function loadOrMakeAuthority(
  folder: KeyFolder,
  now: number,
  lifetime: number,
): Promise<Authority> {
  const existing = await loadAuthority(folder);
  if (existing !== null) return await checked(folder, existing, now);
  const privateKey = await loadOrMakeKey(folder, CA_KEY, generateEcKey);
  await folder.publish(CA_CERTIFICATE, await selfSigned(privateKey, now, lifetime));
  const made = await loadAuthority(folder);
  if (made === null)
    throw new AppError('internal', `${CA_CERTIFICATE} vanished while it was made.`);
  return await checked(folder, made, now);
}

async function checked(folder: KeyFolder, authority: Authority, now: number): Promise<Authority> {
  const path = join(folder.path, CA_CERTIFICATE);
  if (authority.notAfter <= now) {
    throw new AppError(
      'internal',
      `${path} ended on ${new Date(authority.notAfter).toISOString()}. Remove it, start again to have a new one ` +
        'made from the same ca.key, and give that to every registry.',
    );
  }
  if ((await folder.names()).includes(CA_KEY)) await loadIssuer(folder, authority);
  return authority;
}

/**
 * The authority with its private key, which stays in memory only while a certificate is made. In the middle of a
 * replacement the key may still have the name of the coming one, so it is found by what it fits.
 */
export async function loadIssuer(folder: KeyFolder, authority: Authority): Promise<Issuer> {
  const { certificate } = authority;
  // In this order, so that a key which is given its final name just now is seen under one of the two.
  const next = await loadPrivateKey(folder, CA_NEXT_KEY);
  const key = await loadPrivateKey(folder, CA_KEY);
  for (const privateKey of [key, next]) {
    if (privateKey !== null && belongTogether(certificate, privateKey)) {
      return { certificate, privateKey };
    }
  }
  const path = join(folder.path, CA_KEY);
  if (key !== null) {
    throw new AppError('internal', `${path} is not the key of ${CA_CERTIFICATE} beside it.`);
  }
  throw new AppError(
    'internal',
    `${path} is missing, so no signing certificate can be made. Put it back from a backup, or remove ` +
      `${CA_CERTIFICATE} too for a new authority, which every registry must then be given.`,
  );
}

export function belongTogether(certificate: X509Certificate, privateKey: KeyObject): boolean {
  try {
    return certificate.checkPrivateKey(privateKey);
  } catch {
    return false;
  }
}

export function parseCertificate(pem: string): X509Certificate | null {
  try {
    return new X509Certificate(pem);
  } catch {
    return null;
  }
}
