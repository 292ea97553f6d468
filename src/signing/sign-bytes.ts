/**
 * How the bytes get signed. RS256 takes half a millisecond, so it goes to the thread pool. ES256 takes 36 µs, less than
 * the way there and back: it is done here, for all requests of one turn of the event loop together and at most
 * `LARGEST_BURST` at a time, so that the loop is never held for longer than about half a millisecond, and answers that
 * are written one after another wake their readers once. docs/adr/0003-signing-in-bursts.md has the measurements.
 */
import { sign, type KeyObject } from 'node:crypto';
import { AppError } from '../errors.ts';

/** Resolves to the signature as node:crypto makes it: DER for an EC key, PKCS #1 v1.5 for an RSA key. */
export type SignBytes = (input: string, key: KeyObject) => Promise<Buffer>;

const LARGEST_BURST = 16;

interface Waiting {
  readonly input: string;
  readonly key: KeyObject;
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
      const signature = sign('sha256', Buffer.from(input, 'latin1'), key);
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
    sign('sha256', Buffer.from(input, 'latin1'), key, (error, signature) => {
      if (error === null) resolve(signature);
      else reject(failed(error));
    });
  });
