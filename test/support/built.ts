/** Where the repository is, and the built program in it, for tests that run it in a process of its own. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '../..');

/** The folder of the built program. Throws where nothing has been built. */
export function distDir(): string {
  const dist = join(root, 'dist');
  if (existsSync(join(dist, 'main.js'))) return dist;
  throw new Error(`${dist} holds no built program: run \`npm run build\` first`);
}
