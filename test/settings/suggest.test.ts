import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { editDistance, suggest } from '../../src/settings/suggest.ts';

describe('editDistance', () => {
  test.each([
    ['', '', 0],
    ['abc', 'abc', 0],
    ['abc', 'abd', 1],
    ['abc', 'acb', 1],
    ['abc', 'ab', 1],
    ['listen', 'silent', 4],
    ['', 'abc', 3],
  ])('%j to %j is %i', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
  });

  test('is symmetric, and 0 only for equal words', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b) === 0).toBe(a === b);
      }),
    );
  });

  test('a limit stops the work early', () => {
    expect(editDistance('aaaaaaaa', 'bbbbbbbb', 3)).toBe(3);
    expect(editDistance('a'.repeat(100_000), 'b', 4)).toBe(4);
  });
});

describe('suggest', () => {
  const known = ['pull_ttl', 'push_ttl', 'clock_skew', 'warn', 'service', 'services'];

  test.each([
    ['pul_ttl', 'pull_ttl'],
    ['PUSH_TTL', 'push_ttl'],
    ['clockskew', 'clock_skew'],
    ['warning', 'warn'],
    ['servicesx', 'services'],
    ['frobnicate', null],
    ['x', null],
    ['', null],
  ])('%j: did you mean %j?', (word, meant) => {
    expect(suggest(word, known)).toBe(meant);
  });
});
