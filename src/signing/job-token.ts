/**
 * Job tokens in the form of a JWT (RFC 7519). They have a key, a `typ` and an audience of their own (RFC 8725 section
 * 3.12), so neither a registry token nor any other JWT can stand in for one.
 */
import { hash, createPublicKey, type KeyObject } from 'node:crypto';
import { SignJWT } from 'jose/jwt/sign';
import { jwtVerify } from 'jose/jwt/verify';
import { AppError } from '../errors.ts';
import { jwkThumbprint } from './fingerprint.ts';
import { fromPayload, toPayload } from './job-token-claims.ts';
import type { JobTokenClaims, JobTokenSigner } from './ports.ts';

export const JOB_TOKEN_KEY = 'job-token.key';
export const JOB_TOKEN_TYPE = 'job+jwt';
export const JOB_TOKEN_AUDIENCE = 'wharfpass-job-token';

/** A job token travels as a Basic password, so it must stay within one header line of common proxies. */
const MAX_LENGTH = 8192;
const REMEMBERED = 4096;
/** Seconds that another instance's clock may run ahead of ours when it sets `nbf`. */
const CLOCK_SKEW = 60;
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

export interface JobTokenSignerOptions {
  /** P-256. */
  readonly privateKey: KeyObject;
  readonly issuer: string;
  /** A new `jti`. */
  readonly newId: () => string;
}

/** `sign` rejects with `bad_request` for claims that make too long a token. */
export function createJobTokenSigner(options: JobTokenSignerOptions): JobTokenSigner {
  const { privateKey, issuer, newId } = options;
  const publicKey = createPublicKey(privateKey);
  const kid = jwkThumbprint(publicKey.export({ format: 'jwk' }));
  const header = { alg: 'ES256', typ: JOB_TOKEN_TYPE, kid };
  const remembered = createMemory(REMEMBERED);

  const check = async (jwt: string, now: number): Promise<JobTokenClaims | null> => {
    try {
      const { payload } = await jwtVerify(jwt, publicKey, {
        algorithms: [header.alg],
        typ: header.typ,
        issuer,
        audience: JOB_TOKEN_AUDIENCE,
        requiredClaims: ['jti', 'nbf'],
        clockTolerance: CLOCK_SKEW,
        currentDate: new Date(now),
      });
      return fromPayload(payload);
    } catch {
      return null;
    }
  };

  return {
    async sign(claims) {
      const jwt = await new SignJWT({ ...toPayload(claims), jti: newId() })
        .setProtectedHeader(header)
        .setIssuer(issuer)
        .setAudience(JOB_TOKEN_AUDIENCE)
        .sign(privateKey);
      if (jwt.length <= MAX_LENGTH) return jwt;
      throw new AppError('bad_request', 'The job token would be too long. Name fewer projects.');
    },

    async verify(jwt, now) {
      if (jwt.length > MAX_LENGTH) return null;
      // Not latin1, which would take a letter beyond it for the ASCII one of the same low byte.
      const key = hash('sha256', jwt, 'base64url');
      const known = remembered.get(key);
      const claims = known ?? (wellFormed(jwt, header) ? await check(jwt, now) : null);
      // jose's tolerance covers exp as well, and what is remembered may have ended since.
      if (claims === null || claims.expiresAt * 1000 <= now) return null;
      if (known === undefined) remembered.set(key, claims);
      return claims;
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
function createMemory(limit: number) {
  const entries = new Map<string, JobTokenClaims>();
  return {
    get: (key: string): JobTokenClaims | undefined => entries.get(key),
    set(key: string, claims: JobTokenClaims): void {
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
