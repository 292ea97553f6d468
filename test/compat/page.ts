/** What docs/compatibility.md says: three tables between two marks; all else on the page is by hand. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tableRows } from '../docs/page.ts';
import { root } from '../support/built.ts';

export interface Page {
  /** Registry → version and the day of its last run. */
  readonly registries: Map<string, { version: string; date: string }>;
  /** Client → version. */
  readonly versions: Map<string, string>;
  /** Client → registry → what was let through. */
  readonly passed: Map<string, Map<string, string>>;
  /** Client → what was tried → registry → what it said. */
  readonly denied: Map<string, Map<string, Map<string, string>>>;
}

export const FILE = join(root, 'docs', 'compatibility.md');
const MARKS = ['<!-- written by the suite -->', '<!-- by hand again -->'] as const;
export const EVERY = 'all';

/** The entry of a map of maps, made where it is missing. */
export function under<Value>(map: Map<string, Map<string, Value>>, key: string) {
  const there = map.get(key) ?? new Map<string, Value>();
  map.set(key, there);
  return there;
}

/** The page before the tables, the tables, and the page after them. */
export function splitPage(text: string): readonly [string, string, string] {
  const [from, to] = MARKS.map((mark) => text.indexOf(mark));
  if (from === undefined || to === undefined || from < 0 || to < from) {
    throw new Error(`docs/compatibility.md has lost its marks: ${MARKS.join(' ')}`);
  }
  const start = from + MARKS[0].length;
  return [text.slice(0, start), text.slice(start, to), text.slice(to)];
}

function triesOf(denied: Page['denied'], client: string): Map<string, Map<string, string>> {
  const there = denied.get(client) ?? new Map<string, Map<string, string>>();
  denied.set(client, there);
  return there;
}

const code = (text: string): string => `\`${text.replaceAll('`', "'").replaceAll('|', '¦')}\``;

export const emptyPage = (): Page => ({
  registries: new Map(),
  versions: new Map(),
  passed: new Map(),
  denied: new Map(),
});

export function readPage(): Page {
  const rows = tableRows(splitPage(readFileSync(FILE, 'utf8'))[1]).filter(
    ([cell = '']) => !/^(-+|:?-+:?)$/.test(cell),
  );
  const page = emptyPage();
  let columns: string[] = [];
  let table = '';
  for (const row of rows) {
    const [first = '', second = '', third = '', fourth = ''] = row;
    if (['Registry', 'Client', 'Denied to'].includes(first)) {
      [table, columns] = [first, row];
    } else if (table === 'Registry') {
      page.registries.set(first, { version: second, date: third });
    } else if (table === 'Client') {
      page.versions.set(first, second);
      for (const [at, name] of columns.entries()) {
        if (at > 1) under(page.passed, first).set(name, row[at] ?? '');
      }
    } else {
      const names = third === EVERY ? [...page.registries.keys()] : third.split(', ');
      const tried = under(triesOf(page.denied, first), second);
      for (const name of names) tried.set(name, fourth.replaceAll(/^`|`$/g, ''));
    }
  }
  return page;
}

export function record(
  page: Page,
  at: { client: string; registry: string; tried: string; text: string },
): void {
  const text = code(at.text).replaceAll(/^`|`$/g, '');
  under(triesOf(page.denied, at.client), at.tried).set(at.registry, text);
}
