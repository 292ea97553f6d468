/** Files that hold one secret each, as container platforms mount them. */
import { readFileSync, statSync } from 'node:fs';

const LARGEST = 65_536;
const OTHERS_READ = 0o004;

/** True if any user of the machine can read the file; false also where there is none. */
export function readableByAll(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat !== undefined && (stat.mode & OTHERS_READ) !== 0;
}

/**
 * The secret without the newline that ends the file. The path is never in the answer: people put the secret itself
 * there by mistake.
 */
export function readSecretFile(
  path: string,
): { readonly text: string } | { readonly trouble: string } {
  try {
    const stat = statSync(path);
    if (!stat.isFile()) return { trouble: 'must name a file' };
    if ((stat.mode & OTHERS_READ) !== 0) {
      return { trouble: 'names a file that everybody can read; make its mode 0600 (chmod 600)' };
    }
    if (stat.size > LARGEST) return { trouble: 'names a file too large to be a secret' };
    const text = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
    return text === '' ? { trouble: 'names an empty file' } : { text };
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
    return { trouble: `names a file that cannot be read (${code})` };
  }
}
