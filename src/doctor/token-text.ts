/** What a registry token says of itself. Nothing is verified here: that is the registry's to do. */
import { X509Certificate } from 'node:crypto';

export interface TokenText {
  readonly algorithm: string | null;
  readonly kid: string | null;
  /** The certificate of the key that signed it; null without a readable `x5c`. */
  readonly certificate: X509Certificate | null;
  readonly hasChain: boolean;
  readonly issuer: string | null;
  readonly subject: string | null;
  readonly audience: unknown;
  /** Seconds since the epoch; null where missing or no number. */
  readonly issuedAt: number | null;
  readonly notBefore: number | null;
  readonly expiresAt: number | null;
  /** `type:name` → actions. */
  readonly access: ReadonlyMap<string, readonly string[]>;
}

/** Null for a text that is no JWT in compact form. */
export function readToken(token: string): TokenText | null {
  const parts = token.split('.');
  const [header, claims] = parts.slice(0, 2).map(objectOf);
  if (parts.length !== 3 || !header || !claims) return null;
  return {
    algorithm: textOf(header['alg']),
    kid: textOf(header['kid']),
    certificate: firstCertificate(header['x5c']),
    hasChain: Array.isArray(header['x5c']) && header['x5c'].length > 0,
    issuer: textOf(claims['iss']),
    subject: textOf(claims['sub']),
    audience: claims['aud'],
    issuedAt: numberOf(claims['iat']),
    notBefore: numberOf(claims['nbf']),
    expiresAt: numberOf(claims['exp']),
    access: accessOf(claims['access']),
  };
}

function objectOf(part: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const numberOf = (value: unknown): number | null => (typeof value === 'number' ? value : null);

function firstCertificate(chain: unknown): X509Certificate | null {
  if (!Array.isArray(chain) || typeof chain[0] !== 'string') return null;
  try {
    return new X509Certificate(Buffer.from(chain[0], 'base64'));
  } catch {
    return null;
  }
}

function accessOf(entries: unknown): Map<string, readonly string[]> {
  const access = new Map<string, readonly string[]>();
  for (const entry of Array.isArray(entries) ? (entries as unknown[]) : []) {
    if (typeof entry !== 'object' || entry === null) continue;
    const { type, name, actions } = entry as Record<string, unknown>;
    const key = `${String(type)}:${String(name)}`;
    const listed = Array.isArray(actions) ? actions.map(String) : [];
    access.set(key, [...(access.get(key) ?? []), ...listed]);
  }
  return access;
}

export type KidForm = 'libtrust' | 'thumbprint' | 'other';

/** libtrust: twelve groups of four in base32. RFC 7638 with SHA-256: 43 characters of base64url. */
export function kidForm(kid: string): KidForm {
  if (/^[A-Z2-7]{4}(:[A-Z2-7]{4}){11}$/.test(kid)) return 'libtrust';
  return /^[\w-]{43}$/.test(kid) ? 'thumbprint' : 'other';
}
