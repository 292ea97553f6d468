/**
 * Human passwords: scrypt (RFC 7914) in the PHC string form `$scrypt$ln=15,r=8,p=3$<salt>$<hash>`. Slow on purpose, so
 * it runs in libuv's thread pool, at most two at a time: the other threads are for files and RS256.
 */
import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';
import { promisify } from 'node:util';
import { AppError } from '../errors.ts';
import type { Secret } from './secret.ts';

const derive = promisify<Buffer, Buffer, number, ScryptOptions, Buffer>(scrypt);

/** OWASP's setting for 32 MiB: N = 2^15, r = 8, p = 3. */
const COST = { ln: 15, r: 8, p: 3 };
const KEY_BYTES = 32;
const PHC = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

function stretch(secret: Secret, salt: Buffer, cost: typeof COST): Promise<Buffer> {
  const password = Buffer.from(secret.reveal(), 'utf8');
  const maxmem = 256 * 2 ** cost.ln * cost.r + 1024 * 1024;
  return derive(password, salt, KEY_BYTES, { N: 2 ** cost.ln, r: cost.r, p: cost.p, maxmem });
}

const unpadded = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');

/** The PHC string to store for a password. */
export async function hashPassword(secret: Secret): Promise<string> {
  const salt = randomBytes(16);
  const hash = await stretch(secret, salt, COST);
  return `$scrypt$ln=${COST.ln},r=${COST.r},p=${COST.p}$${unpadded(salt)}$${unpadded(hash)}`;
}

/** True if a text is a PHC string that `verifyPassword` can check at a bounded cost. */
export function isPasswordHash(text: string): boolean {
  const match = PHC.exec(text);
  if (match === null) return false;
  const [ln, r, p] = [Number(match[1]), Number(match[2]), Number(match[3])];
  return ln >= 14 && ln <= 18 && r >= 1 && r <= 16 && p >= 1 && p <= 8;
}

/** True if the secret is the password that `phc` was made of; false for a string that is no PHC string of ours. */
export async function verifyPassword(secret: Secret, phc: string): Promise<boolean> {
  const match = PHC.exec(phc);
  if (match === null || !isPasswordHash(phc)) return false;
  const [, ln, r, p, salt = '', hash = ''] = match;
  const cost = { ln: Number(ln), r: Number(r), p: Number(p) };
  const expected = Buffer.from(hash, 'base64');
  if (expected.length !== KEY_BYTES) return false;
  return timingSafeEqual(await stretch(secret, Buffer.from(salt, 'base64'), cost), expected);
}

/** A valid hash that no password matches, so that an unknown user costs as much time as a known one. */
export const DECOY_HASH = `$scrypt$ln=${COST.ln},r=${COST.r},p=${COST.p}$${unpadded(randomBytes(16))}$${unpadded(randomBytes(KEY_BYTES))}`;

export type PasswordVerifier = (secret: Secret, phc: string) => Promise<boolean>;

/**
 * Bounds how much of the machine password checks can take: `running` at once and `waiting` in line; beyond that the
 * answer is `too_many_requests`.
 */
export function createPasswordVerifier(limits = { running: 2, waiting: 32 }): PasswordVerifier {
  let running = 0;
  const line: (() => void)[] = [];
  return async (secret, phc) => {
    if (running < limits.running) running++;
    else {
      if (line.length >= limits.waiting) {
        throw new AppError(
          'too_many_requests',
          'Too many password logins at once. Try again in a few seconds.',
          {
            retryAfter: 2,
          },
        );
      }
      // Whoever finishes hands its place over, so `running` stays as it is.
      await new Promise<void>((resolve) => line.push(resolve));
    }
    try {
      return await verifyPassword(secret, phc);
    } finally {
      const next = line.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
