import { describe } from '@jest/globals';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

function onPath(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** A suite that needs real programs. Without them it is skipped, which `npm test` says aloud and refuses in CI. */
export function describeWith(programs: readonly string[], name: string, suite: () => void): void {
  const here = programs.every(onPath);
  (here ? describe : describe.skip)(name, suite);
}
