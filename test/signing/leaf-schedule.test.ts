import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BACKDATE } from '../../src/signing/authority.ts';
import {
  activeLeaf,
  inOrder,
  leafState,
  renewalDue,
  retiresAt,
  type LeafTimes,
  type Schedule,
} from '../../src/signing/leaf-schedule.ts';
import { DAY, HOUR, MAX_TTL } from './support.ts';

const schedule: Schedule = {
  algorithm: 'ES256',
  leafLifetime: 7 * DAY,
  maxTokenTtl: MAX_TTL * 1000,
};
const MARGIN = (MAX_TTL + 60) * 1000;
const NEVER = 1e15;

function leaf(number: number, activeFrom: number, overrides: Partial<LeafTimes> = {}): LeafTimes {
  return {
    number,
    algorithm: 'ES256',
    notBefore: activeFrom - BACKDATE,
    activeFrom,
    notAfter: activeFrom + 7 * DAY,
    ...overrides,
  };
}

describe('activeLeaf', () => {
  const first = leaf(1, 0);
  const second = leaf(2, 3 * DAY);

  test.each([
    ['before the first certificate', -BACKDATE - 1, null],
    ['a clock that stepped back a little', -BACKDATE, first],
    ['the first', 0, first],
    ['the first until the second has its turn', 3 * DAY - 1, first],
    ['the second', 3 * DAY, second],
    ['the last moment at which no token outlives the certificate', 10 * DAY - MARGIN - 1, second],
    ['none', 10 * DAY - MARGIN, null],
  ])('%s', (_, now, expected) => {
    expect(activeLeaf([first, second], now, schedule)).toBe(expected);
  });

  test('only a leaf of the algorithm that is set', () => {
    const rsa = leaf(3, DAY, { algorithm: 'RS256' });
    expect(activeLeaf([first, rsa], 2 * DAY, schedule)).toBe(first);
    expect(activeLeaf([rsa], 2 * DAY, schedule)).toBeNull();
  });

  test('a later leaf made to start earlier takes its place in the order', () => {
    const planned = leaf(2, 2 * DAY);
    const atOnce = leaf(3, DAY);
    const leaves = inOrder([first, planned, atOnce]);
    expect(leaves.map((each) => each.number)).toEqual([1, 3, 2]);
    expect(activeLeaf(leaves, DAY, schedule)).toBe(atOnce);
    expect(activeLeaf(leaves, 2 * DAY, schedule)).toBe(planned);
  });
});

describe('renewalDue', () => {
  test.each([
    ['no leaf', [], 0, NEVER, true],
    ['a young leaf', [leaf(1, 0)], 3.5 * DAY - 1, NEVER, false],
    ['half of its life', [leaf(1, 0)], 3.5 * DAY, NEVER, true],
    ['the next one exists', [leaf(1, 0), leaf(2, 4 * DAY)], 3.6 * DAY, NEVER, false],
    ['only a leaf of another algorithm', [leaf(1, 0, { algorithm: 'RS256' })], 1, NEVER, true],
    ['a leaf as long as its CA', [leaf(1, 0)], 6 * DAY, 7 * DAY, false],
    ['an old leaf that signs no more', [leaf(1, 0)], 8 * DAY, NEVER, true],
    [
      'a long leaf after the lifetime was cut',
      [leaf(1, 0, { notAfter: 90 * DAY })],
      4 * DAY,
      NEVER,
      true,
    ],
    ['a gap before the next one', [leaf(1, 0), leaf(2, 20 * DAY)], 8 * DAY, NEVER, true],
  ] as const)('%s', (_, leaves, now, caNotAfter, due) => {
    expect(renewalDue(leaves, now, caNotAfter, schedule)).toBe(due);
  });
});

test('leafState names every phase', () => {
  const leaves = [leaf(1, 0), leaf(2, DAY), leaf(3, 2 * DAY)];
  const states = (now: number) => leaves.map((_, index) => leafState(leaves, index, now, schedule));
  expect(states(0)).toEqual(['active', 'next', 'next']);
  expect(states(DAY)).toEqual(['retiring', 'active', 'next']);
  expect(states(DAY + HOUR)).toEqual(['retired', 'active', 'next']);
  expect(states(10 * DAY)).toEqual(['retired', 'retired', 'expired']);
});

/** What an operator and time can do. */
const event = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('wait'),
      by: fc.oneof(fc.integer({ min: 1000, max: HOUR }), fc.integer({ min: HOUR, max: 2 * DAY })),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('rotate'), by: fc.integer({ min: 0, max: DAY }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('fail'), by: fc.integer({ min: 1000, max: DAY }) }),
  },
);

test('P-50: whatever happens, a token ends before its certificate, and its key is published until then', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      let now = 0;
      let leaves: readonly LeafTimes[] = [leaf(1, 0)];
      const tokens: { number: number; goodUntil: number }[] = [];
      const add = (activeFrom: number) => {
        leaves = inOrder([
          ...leaves,
          leaf(1 + Math.max(...leaves.map((l) => l.number)), activeFrom),
        ]);
      };
      for (const { kind, by } of events) {
        if (kind === 'rotate') add(now + by);
        else now += by;
        if (kind !== 'fail' && renewalDue(leaves, now, NEVER, schedule)) add(now);
        leaves = leaves.filter((_, index) => now < retiresAt(leaves, index, schedule));
        const active = activeLeaf(leaves, now, schedule);
        if (kind !== 'fail' && active === null) return false;
        if (active === null) continue;
        const goodUntil = now + MARGIN;
        if (active.notBefore > now - BACKDATE || active.notAfter < goodUntil) return false;
        tokens.push({ number: active.number, goodUntil });
        const published = new Set(leaves.map((each) => each.number));
        if (tokens.some((t) => now < t.goodUntil && !published.has(t.number))) return false;
      }
      return true;
    }),
    { numRuns: 500 },
  );
});
