import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isRepositoryName } from '../../src/policy/repository-name.ts';

/** Distribution's grammar with its one ambiguity taken out, so that it cannot explode. */
const REFERENCE =
  /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)+$/;

describe('isRepositoryName', () => {
  test.each(['acme/app', 'a/b', 'a/b/c/d', 'a.b/c_d', 'a__b/c--d', 'a---b/c0', '0/1'])(
    '%j is one',
    (name) => {
      expect(isRepositoryName(name)).toBe(true);
    },
  );

  test.each([
    '',
    'acme',
    '/acme/app',
    'acme/app/',
    'acme//app',
    'acme/../app',
    'acme/.app',
    'acme/app.',
    'acme/a..b',
    'acme/a___b',
    'acme/-a',
    'acme/a-',
    'Acme/app',
    'acme/äpp',
    'acme/app\0',
    'acme/app ',
    'acme/app\n',
    'ａcme/app',
    'host:5000/acme/app',
    'acme/%61pp',
    'acme/app:tag',
    'acme/app@sha256',
    '__proto__/app',
  ])('T9, T11: %j is none', (name) => expect(isRepositoryName(name)).toBe(false));

  test('at most nineteen components and 255 characters', () => {
    expect(isRepositoryName(Array(19).fill('a').join('/'))).toBe(true);
    expect(isRepositoryName(Array(20).fill('a').join('/'))).toBe(false);
    expect(isRepositoryName(`a/${'b'.repeat(253)}`)).toBe(true);
    expect(isRepositoryName(`a/${'b'.repeat(254)}`)).toBe(false);
  });

  test('agrees with the grammar', () => {
    const text = fc.string({ unit: fc.constantFrom(...'ab0._-/A:'), maxLength: 24 });
    fc.assert(
      fc.property(text, (name) => isRepositoryName(name) === REFERENCE.test(name)),
      { numRuns: 50_000 },
    );
  });
});
