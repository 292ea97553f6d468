import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { loadSettings, type LoadOptions } from '../../src/settings/load.ts';
import { ConfigurationError, printProblem } from '../../src/settings/problem.ts';

export interface Folder {
  readonly path: string;
  write(name: string, text: string, mode?: number): string;
  remove(): void;
}

export function temporaryFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'wharfpass-settings-'));
  return {
    path,
    write(name, text, mode = 0o600) {
      const file = join(path, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
      chmodSync(file, mode);
      return file;
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** What `loadSettings` finds wrong, a line each; empty where it finds nothing. */
export function problemsOf(options: LoadOptions): string[] {
  try {
    loadSettings(options);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems.map(printProblem);
    throw error;
  }
}
