import { expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { problemsOf } from './support.ts';

const FOLDER = 'test/settings';
const fixtures = readdirSync(FOLDER).filter((name) => /^busted_.*\.yml$/.test(name));

/** Each `busted_*.yml` says in its first lines, after `#: `, what must be found wrong with it. */
test.each(fixtures)('%s is refused with exactly the messages it names', (name) => {
  const text = readFileSync(join(FOLDER, name), 'utf8');
  const expected = [...text.matchAll(/^#: (.*)$/gm)].map((match) => `${name}:${match[1]}`);
  expect(expected.length).toBeGreaterThan(0);
  expect(problemsOf({ file: name, env: {}, cwd: FOLDER })).toEqual(expected);
});

test('there are fixtures', () => expect(fixtures.length).toBeGreaterThan(10));
