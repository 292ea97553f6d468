/**
 * The protocol of revocation on Redis, as a model that is searched to its end: no job is admitted after its end was
 * acknowledged. The model says so, and each model with one rule taken out does not. docs/model.md explains it.
 */
import { describe, expect, jest, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../support/built.ts';
import { describeWith } from '../support/programs.ts';
import { LARGE_WORLDS, MUTANTS, WITNESSES, WORLDS, type Run } from './runs.ts';
import { check } from './spin.ts';

const LONG = process.env['MODEL_LONG'] === '1';
const SEARCH = LONG ? 3_600_000 : 240_000;

jest.setTimeout(SEARCH);

const read = (file: string): Promise<string> => readFile(join(root, file), 'utf8');

async function expectToHold({ sizes }: Run): Promise<void> {
  const verdict = await check(sizes, [], { optimise: '-O1', timeout: SEARCH });
  expect(verdict).toMatchObject({ errors: 0, complete: true });
  expect(verdict.states).toBeGreaterThan(1000);
}

describeWith(['spin', 'gcc'], 'the model of revocation on Redis', () => {
  describe('T27 T28 T29: no job is admitted after its end was acknowledged', () => {
    test.each([...WORLDS, ...(LONG ? LARGE_WORLDS : [])])('$name', expectToHold);
  });

  describe('with one rule taken out it is', () => {
    const rows = Object.entries(MUTANTS).map(([name, mutant]) => ({ name, ...mutant }));
    test.each(rows)('$rule: $name', async ({ name, sizes }) => {
      expect(await check(sizes, [name])).toMatchObject({ errors: 1, violated: true });
    });
  });

  describe('it is no empty promise', () => {
    const rows = WITNESSES.map((name, index) => ({ name, number: index + 1 }));
    test.each(rows)('$name', async ({ number }) => {
      const verdict = await check({ NODES: 3, JOBS: 1, WITNESS: number });
      expect(verdict).toMatchObject({ errors: 1, violated: true });
    });

    test('R3: without the lease a restore that forgets an instance is a gap', async () => {
      const { BOUND_BY_LEASE: _, ...sizes } = WORLDS.at(-1)?.sizes ?? {};
      expect(await check(sizes)).toMatchObject({ errors: 1, violated: true });
    });
  });
});

describe('the page about the model', () => {
  test('has every rule that can be taken out, and the model has no other', async () => {
    const switches = (await read('model/finished-jobs.pml')).match(/\bNO_[A-Z_]+\b/g) ?? [];
    expect(new Set(switches)).toEqual(new Set(Object.keys(MUTANTS)));
    const page = await read('docs/model.md');
    expect(Object.keys(MUTANTS).filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });

  test('names every world that is searched', async () => {
    const page = await read('docs/model.md');
    const missing = [...WORLDS, ...LARGE_WORLDS].filter(({ name }) => !page.includes(name));
    expect(missing).toEqual([]);
  });
});
