/** The documentation, held to its word: links lead somewhere, and numbers mean something and are kept. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { root } from '../support/built.ts';

const NUMBER = /\b(?:(?:CD|AUTO|EXT|JOB|LOW)-\d\d|T\d{1,2})\b/g;

async function filesOf(folder: string, ending: string): Promise<string[]> {
  const files = await readdir(join(root, folder), { recursive: true });
  return files.filter((file) => file.endsWith(ending)).map((file) => join(folder, file));
}

const read = (file: string): Promise<string> => readFile(join(root, file), 'utf8');

async function pages(): Promise<string[]> {
  const top = (await readdir(root)).filter((file) => file.endsWith('.md'));
  return [...top, ...(await filesOf('docs', '.md')), 'bench/README.md', 'keys/README.md'];
}

/** As GitHub makes an anchor of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');

test('every link between the pages leads to a file, and to a heading where it names one', async () => {
  const broken: string[] = [];
  for (const page of await pages()) {
    const text = (await read(page)).replace(/^```[^]*?^```/gm, '');
    for (const [, link = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(link)) continue;
      const [path = '', anchor] = link.split('#');
      const file = path === '' ? page : join(dirname(page), path);
      if (!existsSync(join(root, file))) broken.push(`${page}: ${link}`);
      else if (anchor !== undefined) {
        const headings = [...(await read(file)).matchAll(/^#+ (.*)$/gm)].map(([, one = '']) => one);
        if (!headings.map(anchorOf).includes(anchor)) broken.push(`${page}: ${link}`);
      }
    }
  }
  expect(broken).toEqual([]);
});

test('every page of docs is in its index', async () => {
  const index = await read('docs/README.md');
  const names = (await readdir(join(root, 'docs'))).filter((name) => name.endsWith('.md'));
  const missing = names.filter((name) => name !== 'README.md' && !index.includes(`(${name})`));
  expect(missing).toEqual([]);
});

test('JOB-17: what a job token can and cannot do is written down', async () => {
  const page = await read('docs/rules.md');
  expect(page).toContain('## Job tokens: what works and what does not');
});

describe('promises', () => {
  /** Number → state. */
  let promises: Map<string, string>;
  let named: Set<string>;

  beforeAll(async () => {
    const rows = (await read('docs/promises.md')).matchAll(
      /^\| ([A-Z]+-?\d+) .*\| ([^|]+?) *\|$/gm,
    );
    promises = new Map([...rows].map(([, number = '', state = '']) => [number, state]));
    const tests = await Promise.all((await filesOf('test', '.ts')).map(read));
    named = new Set(tests.flatMap((text) => text.match(NUMBER) ?? []));
  });

  test('all of them are there', () => {
    expect(promises.size).toBe(18 + 22 + 12 + 30 + 21 + 52);
    for (const state of promises.values())
      expect(state).toMatch(/^(built|part|planned|not a test)/);
  });

  test('a number in a test leads to a sentence, and not to one that is only planned', () => {
    const stray = [...named].filter((number) =>
      (promises.get(number) ?? 'planned').startsWith('planned'),
    );
    expect(stray).toEqual([]);
  });

  test('what is said to be built has a test that names it', () => {
    const built = [...promises].filter(([, state]) => state.startsWith('built'));
    expect(built.filter(([number]) => !named.has(number))).toEqual([]);
  });
});
