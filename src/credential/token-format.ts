/**
 * The shape of the secrets that wharfpass makes: a prefix that names the kind (so that a scanner finds a leaked one and
 * a login is routed without a look-up), 27 base-62 digits of 160 random bits, and a checksum that tells a mistyped or
 * made-up secret without asking the store.
 */
import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { Secret } from './secret.ts';

export type TokenKind =
  'personal_access_token' | 'deploy_token' | 'job_token' | 'extended_job_token' | 'refresh_token';
export type TokenPrefixes = Readonly<Record<TokenKind, readonly string[]>>;

/** `jwt` only for a job's tokens: a prefix, then a compact JWS instead of random digits. An extended one has no other. */
export type TokenShape =
  | { readonly kind: Exclude<TokenKind, 'extended_job_token'>; readonly form: 'opaque' }
  | {
      readonly kind: 'job_token' | 'extended_job_token';
      readonly form: 'jwt';
      readonly jwt: string;
    }
  /** It starts like a token and is none: mistyped, cut short or invented. */
  | { readonly kind: TokenKind; readonly form: 'malformed' };

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const RANDOM_BYTES = 20;
/** Digits that hold 160 bits: 62^27 > 2^160. */
const BODY_DIGITS = 27;
/** Digits that hold 32 bits: 62^6 > 2^32. */
const CHECKSUM_DIGITS = 6;
const BASE_62 = /^[0-9A-Za-z]+$/;

/** What a GitLab of old put behind its prefixes, without a checksum: such tokens are moved here by import. */
const MOVED = /^[\w-]{20}$/;
const MOVABLE: ReadonlySet<TokenKind> = new Set(['deploy_token', 'personal_access_token']);

function base62(value: bigint): string {
  let rest = value;
  let text = '';
  for (let i = 0; i < BODY_DIGITS; i++) {
    text = DIGITS.charAt(Number(rest % 62n)) + text;
    rest /= 62n;
  }
  return text;
}

/** Of a crc32, which fits a number; this one is asked for with every login. */
function checksum(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (let i = 0; i < CHECKSUM_DIGITS; i++) {
    digits = DIGITS.charAt(rest % 62) + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}

/** A new secret of at least 160 random bits behind `prefix`. */
export function mintToken(prefix: string): Secret {
  const random = BigInt(`0x${randomBytes(RANDOM_BYTES).toString('hex')}`);
  const text = prefix + base62(random);
  return new Secret(text + checksum(text));
}

function opaqueIsWhole(text: string, prefix: string): boolean {
  if (text.length !== prefix.length + BODY_DIGITS + CHECKSUM_DIGITS) return false;
  if (!BASE_62.test(text.slice(prefix.length))) return false;
  return checksum(text.slice(0, -CHECKSUM_DIGITS)) === text.slice(-CHECKSUM_DIGITS);
}

/** Under any prefix that settings may have: the digits of `mintToken`, or a compact JWS. */
const TOKEN = /^[A-Za-z][A-Za-z0-9]{0,15}[-_](?:[0-9A-Za-z]{33}|ey[\w-]+\.[\w.-]+)$/;

/** For texts that are logged: a token that somebody has put where a name belongs becomes stars. */
export function hideToken(text: string | null): string | null {
  return text !== null && TOKEN.test(text) ? '********' : text;
}

/** Finds the kind, and the prefix that says it, of a text that claims to be a token. */
export function createPrefixFinder(prefixes: TokenPrefixes) {
  const table = (Object.keys(prefixes) as TokenKind[]).flatMap((kind) =>
    prefixes[kind].map((prefix) => ({ kind, prefix })),
  );
  return (text: string) => table.find(({ prefix }) => text.startsWith(prefix));
}

/**
 * Which kind of token a secret claims to be, by its prefix; null for a secret that is none, which alone may be a
 * password. Costs no look-up.
 */
export function createTokenClassifier(
  prefixes: TokenPrefixes,
): (secret: Secret) => TokenShape | null {
  const find = createPrefixFinder(prefixes);
  return (secret) => {
    const text = secret.reveal();
    const entry = find(text);
    if (entry === undefined) return null;
    const { kind, prefix } = entry;
    if (kind === 'extended_job_token' || (kind === 'job_token' && text.includes('.'))) {
      return { kind, form: 'jwt', jwt: text.slice(prefix.length) };
    }
    const known =
      opaqueIsWhole(text, prefix) || (MOVABLE.has(kind) && MOVED.test(text.slice(prefix.length)));
    return { kind, form: known ? 'opaque' : 'malformed' };
  };
}
