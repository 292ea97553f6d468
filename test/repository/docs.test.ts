/** The documentation, held to its word: links lead somewhere, and numbers mean something and are kept. */
import { describe, expect, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { namesIn, problemsOf, readPromises, readProofs } from '../../scripts/requirements.mjs';
import { root } from '../support/built.ts';

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
  const promises = readPromises(root);
  const proofs = readProofs(root);

  test('all of them are there', () => {
    expect(promises.size).toBe(18 + 22 + 12 + 30 + 21 + 60 + 52);
    for (const state of promises.values())
      expect(state).toMatch(/^(built|part|planned|not a test)/);
  });

  test('what is built has a test that names it, and no test names what is only planned', () => {
    expect(problemsOf(promises, proofs)).toEqual([]);
  });

  /** A number, in pieces: whole it would count as the name of a test. */
  const no = (digits: string) => `JOB-${digits}`;

  test('a promise without a test, a test without a promise and a test too early are found', () => {
    const states = new Map([
      [no('01'), 'built'],
      [no('02'), 'part (some)'],
      [no('03'), 'planned'],
    ]);
    const places = new Map([
      [no('03'), ['a.test.ts:1  early']],
      [no('99'), ['a.test.ts:2  stray']],
    ]);
    expect(problemsOf(states, places)).toEqual(
      [no('01'), no('03'), no('99')].map((number) => expect.stringContaining(number)),
    );
  });

  test('a number counts in the name of a test, and not in a comment', () => {
    const [one, two, three] = [no('01'), no('02'), no('03')];
    const name = `${three}: it is so`;
    const source = `/** ${one} */\n// '${two}'\ntest('${name}', f); // ${one}`;
    expect(namesIn(source)).toEqual([{ line: 3, name, numbers: [three] }]);
  });
});
