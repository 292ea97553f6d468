/**
 * JWTs (RFC 7519) that only wharfpass itself reads. Each kind has a `typ` and an audience of its own (RFC 8725 section
 * 3.12), so neither a registry token nor a JWT of another kind can stand in for one.
 */
import { hash, createPublicKey, type KeyObject } from 'node:crypto';
import { decodeJwt } from 'jose/jwt/decode';
import { SignJWT } from 'jose/jwt/sign';
import { jwtVerify } from 'jose/jwt/verify';
import { jwkThumbprint } from './fingerprint.ts';

/** Such a token travels as a Basic password, so it must stay within one header line of common proxies. */
export const MAX_LENGTH = 8192;
const REMEMBERED = 4096;
/** Seconds that another instance's clock may run ahead of ours when it sets `nbf`. */
const CLOCK_SKEW = 60;
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

export interface OwnJwtOptions {
  /** P-256. */
  readonly privateKey: KeyObject;
  readonly issuer: string;
  /** A new `jti`. */
  readonly newId: () => string;
}

/** One kind of JWT: its name, and how its claims are written and read. */
export interface JwtKind<Claims extends { readonly expiresAt: number }> {
  readonly typ: string;
  readonly audience: string;
  toPayload(claims: Claims): Record<string, unknown>;
  /** null where a claim that is needed is missing or of another shape. */
  fromPayload(payload: Readonly<Record<string, unknown>>): Claims | null;
}

export interface OwnJwt<Claims> {
  sign(claims: Claims): Promise<string>;
  /** As JobTokenSigner says (ports.ts). */
  verify(
    jwt: string,
    now: number,
    options?: { readonly expired: 'refuse' | 'allow' },
  ): Promise<Claims | null>;
}

export function createOwnJwt<Claims extends { readonly expiresAt: number }>(
  { privateKey, issuer, newId }: OwnJwtOptions,
  { typ, audience, toPayload, fromPayload }: JwtKind<Claims>,
): OwnJwt<Claims> {
  const publicKey = createPublicKey(privateKey);
  const kid = jwkThumbprint(publicKey.export({ format: 'jwk' }));
  const header = { alg: 'ES256', typ, kid };
  const remembered = createMemory<Claims>(REMEMBERED);

  /** As of its own birth where that is past, so that `exp` is left to be judged by `verify`. */
  const check = async (jwt: string, now: number): Promise<Claims | null> => {
    try {
      const { iat } = decodeJwt(jwt);
      const { payload } = await jwtVerify(jwt, publicKey, {
        algorithms: [header.alg],
        typ,
        issuer,
        audience,
        requiredClaims: ['jti', 'iat', 'nbf', 'exp'],
        clockTolerance: CLOCK_SKEW,
        currentDate: new Date(Math.min(now, (iat ?? Infinity) * 1000)),
      });
      return fromPayload(payload);
    } catch {
      return null;
    }
  };

  return {
    sign: (claims) =>
      new SignJWT({ ...toPayload(claims), jti: newId() })
        .setProtectedHeader(header)
        .setIssuer(issuer)
        .setAudience(audience)
        .sign(privateKey),

    async verify(jwt, now, options) {
      if (jwt.length > MAX_LENGTH) return null;
      // Not latin1, which would take a letter beyond it for the ASCII one of the same low byte.
      const key = hash('sha256', jwt, 'base64url');
      const known = remembered.get(key);
      const claims = known ?? (wellFormed(jwt, header) ? await check(jwt, now) : null);
      if (claims === null) return null;
      if (known === undefined) remembered.set(key, claims);
      return options?.expired === 'allow' || now < claims.expiresAt * 1000 ? claims : null;
    },
  };
}

/**
 * Refuses before any cryptography what cannot be ours: the header has exactly the three members that we write, so
 * there is no room for `jwk`, `jku`, `x5u`, `x5c`, `crit`, `b64` or another algorithm; and each part is base64url in
 * its one canonical spelling, so one token has one text.
 */
function wellFormed(jwt: string, header: Readonly<Record<string, string>>): boolean {
  if (!COMPACT.test(jwt)) return false;
  const parts = jwt.split('.');
  const decoded = parts.map((part) => Buffer.from(part, 'base64url'));
  if (decoded.some((bytes, index) => bytes.toString('base64url') !== parts[index])) return false;
  const members = parseObject(decoded[0]);
  if (members === null || Object.keys(members).length !== Object.keys(header).length) return false;
  return Object.entries(header).every(([name, value]) => members[name] === value);
}

function parseObject(bytes: Buffer | undefined): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(bytes?.toString('utf8') ?? '');
    return typeof value === 'object' && value !== null ? { ...value } : null;
  } catch {
    return null;
  }
}

/**
 * Claims of tokens whose signature was good, so that one that comes often costs one verification. Bounded: the oldest
 * goes first.
 */
function createMemory<Claims>(limit: number) {
  const entries = new Map<string, Claims>();
  return {
    get: (key: string): Claims | undefined => entries.get(key),
    set(key: string, claims: Claims): void {
      if (entries.size >= limit && !entries.has(key)) {
        for (const oldest of entries.keys()) {
          entries.delete(oldest);
          break;
        }
      }
      entries.set(key, claims);
    },
  };
}
