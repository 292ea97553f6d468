/** How many refresh tokens of a user and service are live, and what revoking one means to those who come with it. */
import { expect, test } from '@jest/globals';
import type { Subject } from '../contract.ts';
import { ALL, apply, hashOf, HOUR, NOW, refreshToken, seed } from '../fixtures.ts';

/** As the store keeps of those that have ended. */
const ENDED_KEPT = 100;

export function refreshTokenLimitContract(subject: Subject): void {
  const tokens = () => subject.store.refreshTokens;
  const create = (userId: number, name: string, limit: number, service = 'registry', now = NOW) =>
    tokens().create(refreshToken(userId, { hash: hashOf(name), service }), limit, now);

  async function live(userId: number, now = NOW): Promise<string[]> {
    const { items } = await tokens().list({ userId, active: true, now }, ALL);
    return items.map(({ hash }) => hash);
  }

  test('beyond the limit the oldest of the user and service end, and no others', async () => {
    const { jane, bob } = await seed(subject.store);
    await create(bob, 'bob', 2);
    await create(jane, 'other', 2, 'other');
    for (const name of ['a', 'b', 'c', 'd']) await create(jane, name, 2, 'registry', NOW + 1);
    expect(await live(jane)).toEqual(['other', 'c', 'd'].map(hashOf));
    expect(await live(bob)).toEqual([hashOf('bob')]);
    expect((await tokens().admit(hashOf('a')))?.token.revokedAt).toBe(NOW + 1);
    await create(jane, 'e', 1);
    expect(await live(jane)).toEqual(['other', 'e'].map(hashOf));
  });

  test('one that is revoked or has expired does not count', async () => {
    const { jane } = await seed(subject.store);
    await create(jane, 'live', 3);
    const soon = refreshToken(jane, { hash: hashOf('soon'), expiresAt: NOW + 5 });
    await tokens().create(soon, 3, NOW);
    await create(jane, 'gone', 3);
    await tokens().revoke(hashOf('gone'), NOW);
    await create(jane, 'second', 2, 'registry', NOW + 5);
    expect(await live(jane, NOW + 5)).toEqual(['live', 'second'].map(hashOf));
    expect((await tokens().admit(hashOf('soon')))?.token.revokedAt).toBeNull();
  });

  test('one that is refused ends nothing', async () => {
    const { jane } = await seed(subject.store);
    for (const name of ['a', 'b']) await create(jane, name, 2);
    await expect(create(jane, 'b', 1)).rejects.toMatchObject({ code: 'conflict' });
    expect(await live(jane)).toEqual(['a', 'b'].map(hashOf));
  });

  test('of many at the same time just as many are live, the last ones', async () => {
    const { jane } = await seed(subject.store);
    const made = await Promise.all(
      Array.from({ length: 40 }, (_, index) => create(jane, `t${index}`, 10)),
    );
    const last = made
      .toSorted((a, b) => (a?.id ?? 0) - (b?.id ?? 0))
      .slice(-10)
      .map((token) => token?.hash);
    expect(await live(jane)).toEqual(last);
  });

  test('of those that have ended the last hundred are kept, and every live one', async () => {
    const { jane } = await seed(subject.store);
    const all = ENDED_KEPT + 20;
    const names = Array.from({ length: all }, (_, index) => `t${index}`);
    await create(jane, 'elsewhere', 1, 'other');
    await tokens().revoke(hashOf('elsewhere'), NOW);
    for (const name of names) await create(jane, name, 2);
    expect(await live(jane)).toEqual(names.slice(-2).map(hashOf));
    const { items } = await tokens().list({ now: NOW, active: false }, ALL);
    const kept = names.slice(-2 - ENDED_KEPT, -2).map(hashOf);
    expect(items.map(({ hash }) => hash)).toEqual([hashOf('elsewhere'), ...kept]);
  }, 30_000);

  test('revoke against create and admit: once revoked, it is so for everybody', async () => {
    const { jane } = await seed(subject.store);
    for (let round = 0; round < 8; round += 1) {
      const name = `round ${round}`;
      await create(jane, name, 100);
      let revoked = false;
      const revoke = async (): Promise<void> => {
        await tokens().revoke(hashOf(name), NOW + 1);
        revoked = true;
      };
      const late: number[] = [];
      const admits = Array.from({ length: 32 }, async (_, index) => {
        for (let turn = 0; turn < index % 8; turn += 1) await new Promise(setImmediate);
        const asked = revoked;
        const admission = await tokens().admit(hashOf(name));
        if (asked && admission?.token.revokedAt !== NOW + 1) late.push(index);
      });
      const others = Array.from({ length: 8 }, (_, at) => create(jane, `${name} ${at}`, 100));
      await Promise.all([...others.slice(0, 4), revoke(), ...others.slice(4), ...admits]);
      expect(late).toEqual([]);
      expect((await tokens().admit(hashOf(name)))?.token.revokedAt).toBe(NOW + 1);
    }
    expect(await live(jane)).toHaveLength(64);
  });

  test('create against the end of its user: none is live afterwards', async () => {
    const { jane, bob } = await seed(subject.store);
    const before = Array.from({ length: 10 }, (_, index) => create(jane, `b${index}`, 100));
    const end = apply(subject.store, { kind: 'user.delete', user: 'jane' });
    const after = Array.from({ length: 10 }, (_, index) => create(jane, `a${index}`, 100));
    await Promise.all([...before, end, ...after]);
    expect(await create(jane, 'late', 100)).toBeNull();
    expect((await tokens().list({ userId: jane, now: NOW }, ALL)).total).toBe(0);
    expect(await create(bob, 'bob', 100)).toMatchObject({ expiresAt: NOW + HOUR });
  });
}
