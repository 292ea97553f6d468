/**
 * How the bytes get signed. RSA takes half a millisecond, so it goes to the thread pool. ES256 and EdDSA take about 40 µs,
 * less than the way there and back: it is done here, for all requests of one turn of the event loop together and at most
 * `LARGEST_BURST` at a time, so that the loop is never held for longer than about half a millisecond, and answers that
 * are written one after another wake their readers once. docs/adr/0003-signing-in-bursts.md has the measurements.
 */
import { constants, sign, type KeyObject, type SignKeyObjectInput } from 'node:crypto';
import { AppError } from '../errors.ts';
import type { SigningAlgorithm } from './ports.ts';

/** How node:crypto is to sign with a key. */
export interface SigningKey {
  /** null: Ed25519 hashes by itself (RFC 8032). */
  readonly digest: 'sha256' | null;
  readonly key: KeyObject | SignKeyObjectInput;
}

/** Resolves to the signature as node:crypto makes it: DER for ES256, and what JWS wants for the others. */
export type SignBytes = (input: string, key: SigningKey) => Promise<Buffer>;

/** PS256 has a salt as long as the hash (RFC 7518 section 3.5). */
const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } as const;

/** Made once for each key, not for each token. */
export function signingKeyOf(algorithm: SigningAlgorithm, key: KeyObject): SigningKey {
  if (algorithm === 'EdDSA') return { digest: null, key };
  return { digest: 'sha256', key: algorithm === 'PS256' ? { key, ...PSS } : key };
}

const LARGEST_BURST = 16;

interface Waiting {
  readonly input: string;
  readonly key: SigningKey;
  resolve(signature: Buffer): void;
  reject(error: AppError): void;
}

const failed = (cause: unknown): AppError =>
  new AppError('internal', 'The token could not be signed.', { cause });

/** In bursts on this thread. */
export function createBurstSigner(): SignBytes {
  const waiting: Waiting[] = [];

  /** Signs, and returns what remains to be done when the whole burst is signed. */
  function attempt({ input, key, resolve, reject }: Waiting): () => void {
    try {
      const signature = sign(key.digest, Buffer.from(input, 'latin1'), key.key);
      return () => resolve(signature);
    } catch (error) {
      return () => reject(failed(error));
    }
  }

  function run(): void {
    const settlements = waiting.splice(0, LARGEST_BURST).map(attempt);
    for (const settle of settlements) settle();
    if (waiting.length > 0) setImmediate(run);
  }

  return (input, key) =>
    new Promise((resolve, reject) => {
      if (waiting.push({ input, key, resolve, reject }) === 1) setImmediate(run);
    });
}

/** In libuv's thread pool. */
export const signInPool: SignBytes = (input, key) =>
  new Promise((resolve, reject) => {
    sign(key.digest, Buffer.from(input, 'latin1'), key.key, (error, signature) => {
      if (error === null) resolve(signature);
      else reject(failed(error));
    });
  });
