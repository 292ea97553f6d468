import { createPrivateKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { SigningAlgorithm } from './ports.ts';

const generate = promisify(generateKeyPair);

/**
 * Distribution 3.1 drops leading zero bytes of a point before it hashes it, so it knows such a key under a wrong
 * thumbprint. About one key in 128 is of that sort.
 */
export function hasLeadingZero(key: KeyObject): boolean {
  const { x, y } = key.export({ format: 'jwk' });
  return [x, y].some((coordinate) => Buffer.from(coordinate ?? '', 'base64url')[0] === 0);
}

async function anyEcKey(): Promise<KeyObject> {
  return (await generate('ec', { namedCurve: 'P-256' })).privateKey;
}

/** A P-256 key whose coordinates both start with a byte that is not zero. */
export async function generateEcKey(
  source: () => Promise<KeyObject> = anyEcKey,
): Promise<KeyObject> {
  for (;;) {
    const key = await source();
    if (!hasLeadingZero(key)) return key;
  }
}

export async function generateSigningKey(algorithm: SigningAlgorithm): Promise<KeyObject> {
  if (algorithm === 'ES256') return await generateEcKey();
  if (algorithm === 'EdDSA') return (await generate('ed25519')).privateKey;
  return (await generate('rsa', { modulusLength: 2048 })).privateKey;
}

export function toPem(privateKey: KeyObject): string {
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** Null for text that is no private key in PEM. */
export function fromPem(pem: string): KeyObject | null {
  try {
    return createPrivateKey(pem);
  } catch {
    return null;
  }
}

/** Stands before a key that signs with PS256: it is an RSA key like any other, since x509 of Go knows no RSASSA-PSS key. */
const PS256_MARK = 'algorithm: PS256\n';

/** The key as a leaf's file has it. */
export function toMarkedPem(privateKey: KeyObject, algorithm: SigningAlgorithm): string {
  return (algorithm === 'PS256' ? PS256_MARK : '') + toPem(privateKey);
}

/** The algorithm of a key that `toMarkedPem` wrote; null as for `algorithmOf`. */
export function markedAlgorithm(text: string, key: KeyObject): SigningAlgorithm | null {
  const algorithm = algorithmOf(key);
  return algorithm === 'RS256' && text.startsWith(PS256_MARK) ? 'PS256' : algorithm;
}

/** The JWS algorithm a key is good for; null for a key that no registry of ours takes. */
export function algorithmOf(key: KeyObject): SigningAlgorithm | null {
  if (key.asymmetricKeyType === 'ed25519') return 'EdDSA';
  if (key.asymmetricKeyType === 'rsa') {
    return (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048 ? 'RS256' : null;
  }
  return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? 'ES256' : null;
}
