/** Every row of the truth table, 1 to 100, is asserted under its number: in the table of policy, or by a test's name. */
import { expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TRUTH_TABLE } from '../policy/truth-table.ts';
import { root } from '../support/built.ts';

const ROWS = 100;

function rowsInNames(): number[] {
  const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.test.ts'))
    .flatMap((file) => readFileSync(join(root, 'test', file), 'utf8').split('\n'))
    .filter((line) => !/^\s*(\/\/|\/?\*)/.test(line))
    .flatMap((line) => [...line.matchAll(/\brow (\d{1,3})\b/g)].map(([, row]) => Number(row)));
}

test('no row is without a test', () => {
  const asserted = new Set([...TRUTH_TABLE.map(({ row }) => parseInt(row, 10)), ...rowsInNames()]);
  const all = Array.from({ length: ROWS }, (_, i) => i + 1);
  expect(all.filter((row) => !asserted.has(row))).toEqual([]);
});
