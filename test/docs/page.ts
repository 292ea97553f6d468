import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A page of docs/. */
export function readPage(name: string): string {
  return readFileSync(join(import.meta.dirname, '../../docs', name), 'utf8');
}

/** Every table row of a text, as its cells without the white space around them; rules and headings as well. */
export function tableRows(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
}
