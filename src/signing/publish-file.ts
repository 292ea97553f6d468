import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { link, lstat, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { kindOf } from './key-file-safety.ts';

const TEMPORARY = '.tmp-';
const LEFT_OVER_AFTER = 3_600_000;

/** `ENOENT` and the like; undefined for an error that is not the system's. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/**
 * Writes a durable file that appears whole or not at all, and never replaces one that is there. Resolves to whether
 * it is ours.
 */
export async function publishFile(folder: string, name: string, text: string): Promise<boolean> {
  try {
    // Unlike rename, link never replaces a file that somebody else put there first.
    await write(folder, name, text, link);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Writes a durable file that takes the place of the one that is there, if any. A reader sees the one or the other. */
export async function replaceFile(folder: string, name: string, text: string): Promise<void> {
  await write(folder, name, text, rename);
}

/** Gives a file another name, durably; a file that has the name is gone. */
export async function renameFile(folder: string, from: string, to: string): Promise<void> {
  await rename(join(folder, from), join(folder, to));
  await syncFolder(folder);
}

async function write(
  folder: string,
  name: string,
  text: string,
  put: (from: string, to: string) => Promise<void>,
): Promise<void> {
  const temporary = join(folder, `${TEMPORARY}${randomBytes(9).toString('base64url')}`);
  const handle = await open(temporary, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    if (kindOf(name) === 'public') await handle.chmod(0o644);
    await handle.sync();
    await put(temporary, join(folder, name));
  } finally {
    const written = await handle.stat();
    await handle.close();
    await rm(temporary, { force: true });
    await removeLeftOvers(folder, written.mtimeMs);
    await syncFolder(folder);
  }
}

/** Temporary files of makers that were killed. Ages are by the file system's own clock. */
async function removeLeftOvers(folder: string, nowThere: number): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(TEMPORARY)) continue;
    const stats = await lstat(join(folder, name)).catch(() => null);
    if (stats !== null && nowThere - stats.mtimeMs > LEFT_OVER_AFTER) {
      await rm(join(folder, name), { force: true });
    }
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
