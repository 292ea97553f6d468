import { expect, test } from '@jest/globals';
import type { Presence } from '../../../../src/store/redis/history/presence.ts';
import { createStanding } from '../../../../src/store/redis/history/standing.ts';
import { manualClock } from '../../../support/manual-clock.ts';

function start() {
  const clock = manualClock();
  const standing = createStanding(clock, 1);
  const usual: Presence = {
    open: true,
    replid: 'r1',
    round: 'r1-1',
    stored: clock.now(),
    replayed: true,
    doubt: null,
    age: 0,
    regressed: false,
    others: 2,
    missing: 0,
    ids: [],
    replicas: 1,
  };
  const learn = (told: Partial<Presence> = {}): boolean => {
    const whole = { ...usual, ...told };
    standing.learn(whole, clock.now());
    return standing.trusts(whole.replid);
  };
  /** Calls each second. @returns what is trusted after each */
  const seconds = (count: number, told: Partial<Presence> = {}): boolean[] =>
    Array.from({ length: count }, () => {
      clock.advance(1000);
      return learn(told);
    });
  return { clock, standing, learn, seconds };
}

test('one that has just come is trusted once the others have been heard after it', () => {
  const { learn, seconds } = start();
  expect([learn(), ...seconds(2)]).toEqual([false, false, true]);
});

test('one that comes to nobody is trusted at once, and so is one whose list went over into a new history', () => {
  const { learn, seconds } = start();
  expect(learn({ others: 0 })).toBe(true);
  const next = { replid: 'r2', round: 'r2-1' };
  expect(seconds(2, { ...next, open: false, replayed: false })).toEqual([false, false]);
  expect(learn({ ...next, open: false })).toBe(false);
  expect(learn(next)).toBe(true);
});

test.each([
  ['something was lost', { regressed: true }],
  ['the others opened without it', { replayed: false }],
])('it has to begin anew where %s', (_, told) => {
  const { learn, seconds } = start();
  seconds(5);
  const next = { replid: 'r2', round: 'r2-1', ...told };
  expect([learn(next), ...seconds(2, next)]).toEqual([false, false, true]);
});

test('it has to begin anew after a minute without a call that was stored', () => {
  const { clock, learn, seconds } = start();
  seconds(5);
  clock.advance(59_000);
  expect(learn()).toBe(true);
  clock.advance(61_000);
  expect([learn(), ...seconds(2)]).toEqual([false, false, true]);
});

test('a call that too few replicas have renews nothing', () => {
  const { learn, seconds, standing } = start();
  seconds(3);
  const known = standing.known();
  expect(seconds(9, { replicas: 0, stored: known + 9000 }).at(-1)).toBe(true);
  expect(seconds(1, { replicas: 0 })).toEqual([false]);
  expect(standing.known()).toBe(known);
  expect(learn({ replicas: 0, stored: known - 5 })).toBe(false);
  // What the server lost is not held against it twice.
  expect(standing.known()).toBe(known - 5);
});
