import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Expectation, Expectations } from '../http/api/sweep/expectation.ts';
import { casesOf, SECTIONS } from '../http/api/sweep/expectations.ts';
import { readPage, tableRows } from './page.ts';

const PAGE = 'api-permissions.md';
const HEAD = ['route', 'who may', 'scopes of the token', 'job tokens'];

const code = (words: readonly string[]): string => words.map((word) => `\`${word}\``).join(', ');

function scopesOf(route: string, { scopes, jobsOnly = false }: Expectation): string {
  if (jobsOnly) return 'none';
  if (scopes === 'any') return 'any';
  return code(scopes ?? (route.startsWith('GET ') ? ['api', 'read_api'] : ['api']));
}

const rowOf = (route: string, entry: Expectation): string[] => [
  `\`${route}\`${entry.when === undefined ? '' : `, ${entry.when}`}`,
  entry.who.text,
  scopesOf(route, entry),
  entry.jobs?.text ?? 'none',
];

const rowsOf = (entries: Expectations): string[][] =>
  Object.keys(entries).flatMap((route) => casesOf(route).map((entry) => rowOf(route, entry)));

const lineOf = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const tables = Object.entries(SECTIONS).map(([title, entries]) =>
  [
    `## ${title}\n`,
    lineOf(HEAD),
    lineOf(HEAD.map(() => '---')),
    ...rowsOf(entries).map(lineOf),
    '',
  ].join('\n'),
);

/** `UPDATE_PERMISSIONS=1 npx jest test/docs/api-permissions` writes the tables anew; format the page after. */
if (process.env['UPDATE_PERMISSIONS'] === '1') {
  const [introduction = ''] = readPage(PAGE).split('\n## ');
  const path = join(import.meta.dirname, '../../docs', PAGE);
  writeFileSync(path, `${introduction.trimEnd()}\n\n${tables.join('\n')}`);
}

describe(`docs/${PAGE}`, () => {
  const [, ...sections] = readPage(PAGE).split('\n## ');

  test.each(Object.entries(SECTIONS))('%s: says what the sweep expects', (title, entries) => {
    const section = sections.find((text) => text.startsWith(`${title}\n`)) ?? '';
    const [head, , ...rows] = tableRows(section);
    expect(head).toEqual(HEAD);
    expect(rows).toEqual(rowsOf(entries));
  });

  test('has a section for each kind of object, and no other', () => {
    expect(sections.map((text) => text.split('\n')[0])).toEqual(Object.keys(SECTIONS));
  });
});
