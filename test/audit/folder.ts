/** A folder for the files of an audit stream, and what is in them. */
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** `audit` in a folder of its own, which the test removes. */
export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), 'wharfpass-audit-'));

export interface WrittenEvent {
  readonly id: string;
  readonly type: string;
  readonly [field: string]: unknown;
}

export const filesOf = (folder: string): string[] => readdirSync(folder).sort();

/** Whole lines of all files, oldest first; lines that are no event are left out, as readers do. */
export function eventsOf(folder: string): WrittenEvent[] {
  return filesOf(folder).flatMap((name) =>
    readFileSync(join(folder, name), 'utf8')
      .split('\n')
      .slice(0, -1)
      .flatMap((line) => {
        try {
          return [JSON.parse(line) as WrittenEvent];
        } catch {
          return [];
        }
      }),
  );
}
