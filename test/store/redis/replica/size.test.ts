import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AppError } from '../../../../src/errors.ts';
import { until } from '../../../support/redis/child.ts';
import { startRedis, type SingleRedis } from '../../../support/redis/single.ts';
import { ALL, apply, makeUser, NOW } from '../../fixtures.ts';
import { useFleet } from './support.ts';

const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

describe('large changes', () => {
  let server: SingleRedis;
  beforeAll(async () => {
    server = await startRedis({ config: { appendonly: 'no' } });
  });
  afterAll(() => server.stop());
  const newFleet = useFleet(() => server);

  test('an import of 1,500 users is one commit', async () => {
    const fleet = await newFleet();
    const [a, b] = [await fleet.open(), await fleet.open()];
    const began = performance.now();
    await a.store.directory.apply(
      many(1_500, (index) => makeUser(`u${index}`)),
      NOW,
    );
    console.log(`3,000 rows: ${Math.round(performance.now() - began)} ms`);
    expect(a.replica.state().version).toBe(1);
    expect((await b.store.directory.users({ offset: 0, limit: 1 })).total).toBe(1_500);
    expect(fleet.digest(b)).toBe(fleet.digest(a));
  }, 30_000);

  test('one change that is too large says so, and nothing happens', async () => {
    const fleet = await newFleet();
    const a = await fleet.open();
    const tooMuch = apply(a.store, ...many(5_500, (index) => makeUser(`u${index}`)));
    await expect(tooMuch).rejects.toMatchObject({
      code: 'bad_request',
      message: expect.stringContaining('10000 rows'),
    });
    // To run it here took its time, for which calls that were under way have paid.
    const total = async (): Promise<number> => (await a.store.directory.users(ALL)).total;
    await until('that it reads again', async () => (await total()) === 0);
  }, 30_000);

  test('verbs that are too large only together are parted', async () => {
    const fleet = await newFleet();
    const a = await fleet.open();
    const name = 'y'.repeat(1_500_000);
    const results = await Promise.allSettled(
      many(3, (index) => apply(a.store, makeUser(`u${index}`, { name }))),
    );
    for (const result of results) {
      // A busy machine may need longer for so much than a verb may take; it happens all the same.
      const { code } = result.status === 'rejected' ? (result.reason as AppError) : { code: null };
      expect([null, 'store_unavailable']).toContain(code);
    }
    const total = async (): Promise<number> => (await a.store.directory.users(ALL)).total;
    await until('all three', async () => (await total()) === 3);
    expect(a.replica.state().version).toBe(2);
  }, 30_000);
});
