import type { KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { AppError } from '../errors.ts';
import type { KeyFolder } from './key-folder.ts';
import { fromPem, toPem } from './key-pair.ts';

/** Null where there is no such file. Rejects if it holds no private key in PEM. */
export async function loadPrivateKey(folder: KeyFolder, name: string): Promise<KeyObject | null> {
  const text = await folder.read(name);
  if (text === null) return null;
  const key = fromPem(text);
  if (key !== null) return key;
  const path = join(folder.path, name);
  throw new AppError('internal', `${path} holds no unencrypted private key in PEM (PKCS#8).`);
}

/** Of several makers at once, all get the key of the first. */
export async function loadOrMakeKey(
  folder: KeyFolder,
  name: string,
  make: () => Promise<KeyObject>,
): Promise<KeyObject> {
  const existing = await loadPrivateKey(folder, name);
  if (existing !== null) return existing;
  const made = await make();
  if (await folder.publish(name, toPem(made))) return made;
  const first = await loadPrivateKey(folder, name);
  if (first === null) throw new AppError('internal', `${name} vanished while it was made.`);
  return first;
}
