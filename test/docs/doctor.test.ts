/** docs/doctor.md: it has every finding that there is, with how bad it is, and every option. */
import { expect, test } from '@jest/globals';
import { VERDICTS } from '../../src/doctor/finding.ts';
import { wharfpass } from '../cli/harness.ts';
import { readPage, tableRows } from './page.ts';

const page = readPage('doctor.md');

test('it has each finding once, and no other', () => {
  const found = tableRows(page.slice(page.indexOf('## What it finds'))).slice(2);
  const named = found.map(([, name = '']) => name);
  const expected = Object.entries(VERDICTS).map(([code, verdict]) =>
    verdict === 'warning' ? `(\`${code}\`)` : `\`${code}\``,
  );
  expect(named.toSorted()).toEqual(expected.toSorted());
});

test('it has each option of the command', async () => {
  const { stdout } = await wharfpass(['doctor', '--help']);
  const options = Array.from(stdout.matchAll(/^ {2}(--[a-z-]+)/gm), ([, option = '']) => option);
  expect(options).toContain('--repository');
  for (const option of options) expect(page).toContain(`\`${option}`);
});
