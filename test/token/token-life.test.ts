import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { longestLife } from '../../src/settings/longest-life.ts';
import { endOf, MINIMUM_LIFE, tokenLife } from '../../src/token/token-life.ts';

const settings = { pull: 300, push: 900, delete: 400 };
const NOW = 1_800_000_000_000;
const inSeconds = (seconds: number) => NOW + seconds * 1000;
const granted = (...actions: string[]) => [{ type: 'repository', name: 'a/b', actions }];
const catalog = [{ type: 'registry', name: 'catalog', actions: ['*'] }];

describe('the life of a token', () => {
  test.each([
    ['reading', granted('pull'), null, 300],
    ['writing', granted('pull', 'push'), null, 900],
    ['deleting', granted('delete'), null, 400],
    ['everything: the longest, in whatever order', granted('push', 'delete', 'pull'), null, 900],
    [
      'several repositories: the longest of any',
      [...granted('pull'), ...granted('push')],
      null,
      900,
    ],
    ['a login, for nothing', [], null, 300],
    ['the catalogue', catalog, null, 300],
    ['reading, a credential that ends later', granted('pull'), inSeconds(301), 300],
    ['writing, a credential that ends first', granted('push'), inSeconds(600), 600],
    ['half a second is cut off, not rounded up', granted('push'), inSeconds(600) + 999, 600],
    ['just a minute', granted('pull'), inSeconds(60), 60],
    ['less than a minute', granted('pull'), inSeconds(60) - 1, null],
    ['ends now', granted('push'), NOW, null],
    ['has ended', granted('push'), NOW - 5000, null],
  ])('P-22: %s', (_, access, end, expected) => {
    expect(tokenLife(settings, access, end, NOW)).toBe(expected);
  });

  test('a deletion may outlive a push, where the settings say so', () => {
    const long = { pull: 60, push: 120, delete: 600 };
    expect(tokenLife(long, granted('push', 'delete'), null, NOW)).toBe(600);
    expect(longestLife(long)).toBe(600);
    expect(longestLife(settings)).toBe(900);
  });

  test('P-22, P-42: at least a minute, and never beyond the credential', () => {
    const end = fc.option(fc.integer({ min: NOW - 10_000, max: NOW + 2_000_000 }));
    const actions = fc.subarray(['pull', 'push', 'delete', '*']);
    fc.assert(
      fc.property(actions, end, fc.integer({ min: 0, max: 999 }), (granting, credentialEnd, ms) => {
        const now = NOW + ms;
        const life = tokenLife(settings, granted(...granting), credentialEnd, now);
        if (life === null) return expect(credentialEnd).not.toBeNull();
        expect(Number.isInteger(life)).toBe(true);
        expect(life).toBeGreaterThanOrEqual(MINIMUM_LIFE);
        expect(life).toBeLessThanOrEqual(longestLife(settings));
        const exp = Math.floor(now / 1000) + life;
        if (credentialEnd !== null) expect(exp * 1000).toBeLessThanOrEqual(credentialEnd);
      }),
    );
  });

  test('an anonymous caller has no end', () => {
    expect(endOf({ kind: 'anonymous' })).toBeNull();
  });
});
