/** Keys that are nothing but random bytes. A file has its 32 bytes as 64 hexadecimal digits. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { AppError } from '../errors.ts';
import type { KeyFolder } from './key-folder.ts';

/** Under this one the store keeps hashes of secrets. A new one makes every secret of a filled store useless. */
export const SECRET_HASH_KEY = 'secret-hash.key';
/** Seals the secrets that jobs are shown again. With a new one they are not, until their token is rotated. */
export const DEPLOY_TOKEN_SEAL_KEY = 'deploy-token-seal.key';

const BYTES = 32;

/** null where there is no such file. */
export async function loadRandomKey(folder: KeyFolder, name: string): Promise<Buffer | null> {
  const text = await folder.read(name);
  return text === null ? null : parse(folder, name, text);
}

/** Of several makers at once, all get the key of the first. */
export async function loadOrMakeRandomKey(folder: KeyFolder, name: string): Promise<Buffer> {
  const existing = await loadRandomKey(folder, name);
  if (existing !== null) return existing;
  const made = randomBytes(BYTES);
  if (await folder.publish(name, `${made.toString('hex')}\n`)) return made;
  return parse(folder, name, (await folder.read(name)) ?? '');
}

function parse(folder: KeyFolder, name: string, text: string): Buffer {
  if (/^[0-9a-f]{64}\n?$/.test(text)) return Buffer.from(text.slice(0, BYTES * 2), 'hex');
  const path = join(folder.path, name);
  throw new AppError('internal', `${path} does not hold ${BYTES * 2} hexadecimal digits.`);
}
