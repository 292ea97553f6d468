import { existsSync, mkdtempSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MEMORY = '/dev/shm';
/** Containers often have 64 MB there, which a suite of kills would fill. */
const ENOUGH = 2_000_000_000;

function isRoomy(folder: string): boolean {
  if (!existsSync(folder)) return false;
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize > ENOUGH;
}

/**
 * A new folder where a synchronous write costs nothing: what these tests kill is processes, and the memory of the
 * machine outlives them. With all suites on one disk the time limits of the store would be those of the disk.
 */
export function fastFolder(name: string): string {
  return mkdtempSync(join(isRoomy(MEMORY) ? MEMORY : tmpdir(), `${name}-`));
}
