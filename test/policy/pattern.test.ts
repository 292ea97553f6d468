import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { globToRegex, matchesGlob } from '../../src/policy/pattern.ts';

describe('matchesGlob', () => {
  test.each([
    ['acme/app', 'acme/app', true],
    ['acme/app', 'acme/app2', false],
    ['acme/*', 'acme/app/x', true],
    ['acme/*-prod', 'acme/app-prod', true],
    ['acme/*-prod', 'acme/app-prod-2', false],
    ['ACME/App', 'acme/app', true],
    ['*', '', true],
    ['', 'a', false],
    ['a.c', 'abc', false],
    ['**a*', 'bba', true],
  ])('%j on %j: %s', (pattern, text, expected) =>
    expect(matchesGlob(pattern, text)).toBe(expected),
  );

  test('agrees with the regular expression that registries are sent', () => {
    const letters = (max: number) =>
      fc.string({ unit: fc.constantFrom(...'ab*.'), maxLength: max });
    fc.assert(
      fc.property(letters(8), letters(12), (pattern, text) => {
        const input = text.replaceAll('*', 'a');
        return matchesGlob(pattern, input) === new RegExp(globToRegex(pattern), 's').test(input);
      }),
      { numRuns: 20_000 },
    );
  });

  test('T35: a hostile pattern and text take no time', () => {
    const started = performance.now();
    expect(matchesGlob(`${'a*'.repeat(50)}b`, 'a'.repeat(255))).toBe(false);
    expect(performance.now() - started).toBeLessThan(50);
  });
});
