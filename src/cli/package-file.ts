/** Files that come with the package, next to the code. */
import { readFileSync } from 'node:fs';

/** @param path from the package's root; this file lies two folders below it, built or not */
export function packageFile(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}
