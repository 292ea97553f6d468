import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { addressKey } from '../../../src/http/api/address-key.ts';
import { createRateLimit } from '../../../src/http/api/rate-limit.ts';

const SECOND = 1000;

describe('counting within windows', () => {
  beforeEach(() => void jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask'] }));
  afterEach(() => void jest.useRealTimers());

  test('a window begins with the first count of a key and ends by itself', async () => {
    const { count, look } = createRateLimit({ limit: 2, window: 60 });
    expect(await look('a')).toBeNull();
    expect(await count('a')).toEqual({ limit: 2, observed: 1, resetIn: 60 * SECOND });
    jest.advanceTimersByTime(20 * SECOND);
    expect(await count('a')).toEqual({ limit: 2, observed: 2, resetIn: 40 * SECOND });
    expect(await count('a')).toMatchObject({ observed: 3 });
    expect(await count('b')).toEqual({ limit: 2, observed: 1, resetIn: 60 * SECOND });
    jest.advanceTimersByTime(40 * SECOND);
    expect(await look('a')).toBeNull();
    expect(await look('b')).toEqual({ limit: 2, observed: 1, resetIn: 20 * SECOND });
    expect(await count('a')).toEqual({ limit: 2, observed: 1, resetIn: 60 * SECOND });
  });

  test('looking counts nothing', async () => {
    const { count, look } = createRateLimit({ limit: 2, window: 60 });
    await count('a');
    for (let i = 0; i < 10; i++) await look('a');
    expect(await look('a')).toMatchObject({ observed: 1 });
  });

  test('T47: with more keys than there is room for, the oldest window is forgotten', async () => {
    const { count, look } = createRateLimit({ limit: 2, window: 60, maxKeys: 3 });
    for (const key of ['a', 'b', 'c', 'd']) await count(key);
    const seen = async () => Promise.all(['a', 'b', 'c', 'd'].map(async (key) => look(key)));
    expect((await seen()).map((each) => each?.observed ?? null)).toEqual([null, 1, 1, 1]);
    // Who begins a new window has the newest.
    jest.advanceTimersByTime(60 * SECOND);
    for (const key of ['b', 'c', 'a']) await count(key);
    expect((await seen()).map((each) => each?.observed ?? null)).toEqual([1, 1, 1, null]);
    await count('d');
    expect((await seen()).map((each) => each?.observed ?? null)).toEqual([1, null, 1, 1]);
    expect(jest.getTimerCount()).toBe(3);
  });
});

describe('one key for those who share an address', () => {
  test.each([
    ['192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002::7', '2001:db8:1:2::/64'],
    ['2001:db8::7', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['1::2:3:4:5:6:7', '1:0:2:3::/64'],
    ['2001:db8:a:b::192.0.2.7', '2001:db8:a:b::/64'],
    ['not an address', 'not an address'],
    [null, 'unknown'],
  ])('%s: %s', (ip, key) => expect(addressKey(ip)).toBe(key));
});
