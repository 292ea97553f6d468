import { expect, test } from '@jest/globals';
import type { Subject } from '../contract.ts';
import { accessToken, ALL, apply, NOW, seed } from '../fixtures.ts';

export function personalAccessTokenContract(subject: Subject): void {
  const create = async (fields: Parameters<typeof accessToken>[1] = {}) => {
    const { jane } = await seed(subject.store);
    return subject.store.personalAccessTokens.create(accessToken(jane, fields), NOW);
  };

  test('keeps every field of a token', async () => {
    const { jane } = await seed(subject.store);
    const { personalAccessTokens, directory } = subject.store;
    const token = await personalAccessTokens.create(
      accessToken(jane, {
        name: 'Läptop',
        description: 'at home',
        scopes: ['api', 'read_registry'],
        expiresAt: NOW + 5,
      }),
      NOW,
    );
    expect(token).toEqual({
      id: token.id,
      userId: jane,
      name: 'Läptop',
      description: 'at home',
      scopes: ['api', 'read_registry'],
      hash: 'pat-hash',
      expiresAt: NOW + 5,
      revokedAt: null,
      createdAt: NOW,
      lastUsedAt: null,
      familyId: token.id,
    });
    expect(await personalAccessTokens.find(token.id)).toEqual(token);
    const user = await directory.user(jane);
    expect(await personalAccessTokens.admit('pat-hash')).toEqual({ token, user });
  });

  test('admission brings the user as it is now', async () => {
    await create();
    await apply(subject.store, {
      kind: 'user.update',
      user: 'jane',
      fields: { state: 'blocked', external: true },
    });
    const admission = await subject.store.personalAccessTokens.admit('pat-hash');
    expect(admission?.user).toMatchObject({ state: 'blocked', external: true });
  });

  test('a user that does not exist gets no token', async () => {
    const missing = { code: 'not_found', message: expect.stringContaining('999') };
    const created = subject.store.personalAccessTokens.create(accessToken(999), NOW);
    await expect(created).rejects.toMatchObject(missing);
  });

  test('a secret belongs to one token', async () => {
    const token = await create();
    const again = subject.store.personalAccessTokens.create(accessToken(token.userId), NOW);
    await expect(again).rejects.toMatchObject({ code: 'conflict' });
    expect((await subject.store.personalAccessTokens.list({ now: NOW }, ALL)).total).toBe(1);
  });

  test('an unknown secret or id is nobody', async () => {
    const token = await create();
    const { personalAccessTokens } = subject.store;
    expect(await personalAccessTokens.admit('nothing')).toBeNull();
    expect(await personalAccessTokens.find(token.id + 1)).toBeNull();
    expect(await personalAccessTokens.revoke(token.id + 1, NOW)).toBeNull();
  });

  test('a revoked token stays, marked, and keeps the first moment', async () => {
    const token = await create();
    const revoked = { ...token, revokedAt: NOW + 1 };
    const { personalAccessTokens } = subject.store;
    expect(await personalAccessTokens.revoke(token.id, NOW + 1)).toEqual(revoked);
    expect(await personalAccessTokens.revoke(token.id, NOW + 9)).toEqual(revoked);
    const store = await subject.reopen();
    expect((await store.personalAccessTokens.admit('pat-hash'))?.token).toEqual(revoked);
  });

  test('lists in order of id, by user and by what is active', async () => {
    const { jane, bob } = await seed(subject.store);
    const { personalAccessTokens } = subject.store;
    const ids: number[] = [];
    for (const [userId, hash, expiresAt] of [
      [jane, 'a', null],
      [bob, 'b', null],
      [jane, 'c', NOW],
      [jane, 'd', NOW + 10],
    ] as const) {
      ids.push(
        (await personalAccessTokens.create(accessToken(userId, { hash, expiresAt }), NOW - 5)).id,
      );
    }
    await personalAccessTokens.revoke(ids[0] ?? 0, NOW);
    const list = async (filter: { userId?: number; active?: boolean; now?: number }) =>
      (await personalAccessTokens.list({ now: NOW, ...filter }, ALL)).items.map(({ id }) =>
        ids.indexOf(id),
      );
    expect(await list({})).toEqual([0, 1, 2, 3]);
    expect(await list({ userId: jane })).toEqual([0, 2, 3]);
    expect(await list({ active: true })).toEqual([1, 3]);
    expect(await list({ userId: jane, active: false })).toEqual([0, 2]);
    expect(await list({ userId: jane, active: true, now: NOW + 10 })).toEqual([]);
    const page = await personalAccessTokens.list(
      { userId: jane, now: NOW },
      { offset: 2, limit: 5 },
    );
    expect(page).toMatchObject({ items: [{ id: ids[3] }], total: 3 });
  });

  test('uses are noted at the latest when the store closes, the latest one', async () => {
    const token = await create();
    const { personalAccessTokens } = subject.store;
    personalAccessTokens.touch(token.id, NOW + 7);
    const store = await subject.reopen();
    expect((await store.personalAccessTokens.find(token.id))?.lastUsedAt).toBe(NOW + 7);
    store.personalAccessTokens.touch(token.id, NOW + 3);
    const again = await subject.reopen();
    expect((await again.personalAccessTokens.find(token.id))?.lastUsedAt).toBe(NOW + 7);
  });
}
