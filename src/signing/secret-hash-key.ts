import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { AppError } from '../errors.ts';
import type { KeyFolder } from './key-folder.ts';

export const SECRET_HASH_KEY = 'secret-hash.key';
const BYTES = 32;

/**
 * The 32-byte key under which the store keeps hashes of secrets; null where there is none. The file has it as 64
 * hexadecimal digits.
 */
export async function loadSecretHashKey(folder: KeyFolder): Promise<Buffer | null> {
  const text = await folder.read(SECRET_HASH_KEY);
  return text === null ? null : parse(folder, text);
}

/** A new key makes every secret in a store that was filled under the old one useless. */
export async function loadOrMakeSecretHashKey(folder: KeyFolder): Promise<Buffer> {
  const existing = await loadSecretHashKey(folder);
  if (existing !== null) return existing;
  const made = randomBytes(BYTES);
  if (await folder.publish(SECRET_HASH_KEY, `${made.toString('hex')}\n`)) return made;
  return parse(folder, (await folder.read(SECRET_HASH_KEY)) ?? '');
}

function parse(folder: KeyFolder, text: string): Buffer {
  if (/^[0-9a-f]{64}\n?$/.test(text)) return Buffer.from(text.slice(0, BYTES * 2), 'hex');
  const path = join(folder.path, SECRET_HASH_KEY);
  throw new AppError('internal', `${path} does not hold ${BYTES * 2} hexadecimal digits.`);
}
