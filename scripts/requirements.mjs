/**
 * `npm run requirements`: every promise of docs/promises.md with the tests that carry its number in their names. Fails
 * if a promise that is said to be built has none, or a test carries a number that means nothing.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NUMBER = /\b(?:(?:CD|AUTO|EXT|JOB|LOW|P)-\d\d|T\d{1,2})\b/g;
const COMMENT = /^\s*(?:\/\/|\/?\*)/;
const TEXT = /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`[^`]*`?/g;

/** Number → state, in the order of the page. */
export function readPromises(root) {
  const page = readFileSync(join(root, 'docs/promises.md'), 'utf8');
  const rows = page.matchAll(/^\| ([A-Z]+-?\d+) .*\| ([^|]+?) *\|$/gm);
  return new Map([...rows].map(([, number, state]) => [number, state]));
}

/** The texts of a test file in which numbers stand: the names of its tests. Comments do not count. */
export function namesIn(source) {
  return source.split('\n').flatMap((line, index) => {
    if (COMMENT.test(line)) return [];
    return (line.match(TEXT) ?? []).flatMap((text) => {
      const numbers = text.match(NUMBER);
      return numbers === null ? [] : [{ line: index + 1, name: text.slice(1, -1), numbers }];
    });
  });
}

/** Number → the places that carry it: `test/a/b.test.ts:12  the name`. */
export function readProofs(root) {
  const proofs = new Map();
  const files = readdirSync(join(root, 'test'), { recursive: true }).sort();
  for (const file of files.filter((each) => each.endsWith('.ts'))) {
    for (const { line, name, numbers } of namesIn(readFileSync(join(root, 'test', file), 'utf8'))) {
      for (const number of new Set(numbers)) {
        const known = proofs.get(number) ?? [];
        proofs.set(number, [...known, `test/${file}:${line}  ${name}`]);
      }
    }
  }
  return proofs;
}

/** What does not fit together, one sentence each. */
export function problemsOf(promises, proofs) {
  const unproved = [...promises]
    .filter(([number, state]) => state.startsWith('built') && !proofs.has(number))
    .map(([number]) => `${number} is said to be built, and no test has its number in its name.`);
  const stray = [...proofs].flatMap(([number, places]) => {
    const state = promises.get(number);
    if (state === undefined) return [`${number} means nothing: ${places[0]}`];
    return state.startsWith('planned')
      ? [`${number} is only planned, and a test carries it: ${places[0]}`]
      : [];
  });
  return [...unproved, ...stray];
}

function main() {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const promises = readPromises(root);
  const proofs = readProofs(root);
  for (const [number, state] of promises) {
    console.log(`${number.padEnd(8)}${state}`);
    for (const place of proofs.get(number) ?? []) console.log(`          ${place}`);
  }
  const problems = problemsOf(promises, proofs);
  for (const problem of problems) console.error(problem);
  console.log(`${promises.size} promises, ${proofs.size} with tests, ${problems.length} problems`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
