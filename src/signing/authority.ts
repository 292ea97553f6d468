/** The certificate authority that registries trust: `ca.key` and `ca.crt`. */
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

/** How far notBefore lies in the past: registries check it with no leeway against a clock of their own. */
export const BACKDATE = 3_600_000;

export interface Authority {
  readonly certificate: X509Certificate;
  /** One CERTIFICATE block: what a registry's `rootcertbundle` needs. */
  readonly pem: string;
  readonly keyId: string;
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/** Null where there is no `ca.crt`. Rejects if it is no CA certificate. */
export async function loadAuthority(folder: KeyFolder): Promise<Authority | null> {
  const text = await folder.read(CA_CERTIFICATE);
  if (text === null) return null;
  const path = join(folder.path, CA_CERTIFICATE);
  const certificate = parseCertificate(text);
  if (certificate === null) throw new AppError('internal', `${path} holds no certificate in PEM.`);
  if (!certificate.ca) throw new AppError('internal', `${path} is no CA certificate (CA:TRUE).`);
  return {
    certificate,
    pem: certificate.toString(),
    keyId: jwkThumbprint(certificate.publicKey.export({ format: 'jwk' })),
    notBefore: Date.parse(certificate.validFrom),
    notAfter: Date.parse(certificate.validTo),
  };
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
  const keyId = jwkThumbprint(privateKey.export({ format: 'jwk' }));
  const pem = await makeCaCertificate({
    commonName: `wharfpass CA ${keyId.slice(0, 8)}`,
    privateKey,
    notBefore: now - BACKDATE,
    notAfter: now + lifetime,
  });
  await folder.publish(CA_CERTIFICATE, pem);
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

/** The authority with its private key, which stays in memory only while a certificate is made. */
export async function loadIssuer(folder: KeyFolder, authority: Authority): Promise<Issuer> {
  const privateKey = await loadPrivateKey(folder, CA_KEY);
  const path = join(folder.path, CA_KEY);
  if (privateKey === null) {
    throw new AppError(
      'internal',
      `${path} is missing, so no signing certificate can be made. Put it back from a backup, or remove ` +
        `${CA_CERTIFICATE} too for a new authority, which every registry must then be given.`,
    );
  }
  if (!belongTogether(authority.certificate, privateKey)) {
    throw new AppError('internal', `${path} is not the key of ${CA_CERTIFICATE} beside it.`);
  }
  return { certificate: authority.certificate, privateKey };
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
