import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { endOf, MINIMUM_LIFE, tokenLife } from '../../src/token/token-life.ts';

const settings = { pullTtl: 300, pushTtl: 900 };
const NOW = 1_800_000_000_000;
const inSeconds = (seconds: number) => NOW + seconds * 1000;

describe('the life of a token', () => {
  test.each([
    ['reading', false, null, 300],
    ['writing', true, null, 900],
    ['reading, a credential that ends later', false, inSeconds(301), 300],
    ['writing, a credential that ends first', true, inSeconds(600), 600],
    ['half a second is cut off, not rounded up', true, inSeconds(600) + 999, 600],
    ['just a minute', false, inSeconds(60), 60],
    ['less than a minute', false, inSeconds(60) - 1, null],
    ['ends now', true, NOW, null],
    ['has ended', true, NOW - 5000, null],
  ])('%s', (_, writes, end, expected) => {
    expect(tokenLife(settings, writes, end, NOW)).toBe(expected);
  });

  test('protocol 7 item 22: at least a minute, and never beyond the credential', () => {
    const end = fc.option(fc.integer({ min: NOW - 10_000, max: NOW + 2_000_000 }));
    fc.assert(
      fc.property(
        fc.boolean(),
        end,
        fc.integer({ min: 0, max: 999 }),
        (writes, credentialEnd, ms) => {
          const now = NOW + ms;
          const life = tokenLife(settings, writes, credentialEnd, now);
          if (life === null) return expect(credentialEnd).not.toBeNull();
          expect(Number.isInteger(life)).toBe(true);
          expect(life).toBeGreaterThanOrEqual(MINIMUM_LIFE);
          const exp = Math.floor(now / 1000) + life;
          if (credentialEnd !== null) expect(exp * 1000).toBeLessThanOrEqual(credentialEnd);
        },
      ),
    );
  });

  test('an anonymous caller has no end', () => {
    expect(endOf({ kind: 'anonymous' })).toBeNull();
  });
});
