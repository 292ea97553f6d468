import { expect, test } from '@jest/globals';
import type { NewRefreshToken } from '../../../src/store/ports.ts';
import type { Subject } from '../contract.ts';
import {
  accessToken,
  ALL,
  apply,
  hashOf,
  HOSTILE_TEXTS,
  HOUR,
  makeUser,
  NOW,
  refreshToken,
  seed,
} from '../fixtures.ts';

const LIMIT = 100;

export function refreshTokenContract(subject: Subject): void {
  const tokens = () => subject.store.refreshTokens;

  async function made(fields: Partial<NewRefreshToken> = {}) {
    const world = await seed(subject.store);
    const wanted = refreshToken(world.jane, fields);
    const token = await tokens().create(wanted, LIMIT, NOW);
    if (token === null) throw new Error('no refresh token');
    return { world, wanted, token };
  }

  test('keeps every field, and admits with the user', async () => {
    const { world, wanted, token } = await made();
    expect(token).toEqual({
      ...wanted,
      id: token.id,
      createdAt: NOW,
      lastUsedAt: null,
      revokedAt: null,
    });
    const user = await subject.store.directory.user(world.jane);
    const admission = { token, user, personalAccessToken: null };
    expect(await tokens().admit(wanted.hash)).toEqual(admission);
    const store = await subject.reopen();
    expect(await store.refreshTokens.admit(wanted.hash)).toEqual(admission);
  });

  test('one with a personal access token behind it brings that as it is now', async () => {
    const { personalAccessTokens } = subject.store;
    const { jane } = await seed(subject.store);
    const behind = await personalAccessTokens.create(accessToken(jane), NOW);
    const backing = { kind: 'personal_access_token', tokenId: behind.id } as const;
    const wanted = refreshToken(jane, { backing });
    const token = await tokens().create(wanted, LIMIT, NOW);
    expect(token?.backing).toEqual(backing);
    expect((await tokens().admit(wanted.hash))?.personalAccessToken).toEqual(behind);
    await personalAccessTokens.revoke(behind.id, NOW + 1);
    expect((await tokens().admit(wanted.hash))?.personalAccessToken?.revokedAt).toBe(NOW + 1);
  });

  test('what is behind another user’s, or nobody’s, is nothing', async () => {
    const { bob, jane } = await seed(subject.store);
    const bobs = await subject.store.personalAccessTokens.create(accessToken(bob), NOW);
    for (const tokenId of [bobs.id, bobs.id + 1]) {
      const backing = { kind: 'personal_access_token', tokenId } as const;
      const wanted = refreshToken(jane, { backing, hash: hashOf(`${tokenId}`) });
      await tokens().create(wanted, LIMIT, NOW);
      expect(await tokens().admit(wanted.hash)).toMatchObject({
        token: { backing },
        user: { id: jane },
        personalAccessToken: null,
      });
    }
  });

  test('what is unknown is nobody', async () => {
    await made();
    expect(await tokens().admit(hashOf('nothing'))).toBeNull();
    expect(await tokens().revoke(hashOf('nothing'), NOW)).toBeNull();
  });

  test('a hash is taken once', async () => {
    const { world, wanted, token } = await made();
    const again = refreshToken(world.bob, { service: 'other' });
    await expect(tokens().create(again, 1, NOW)).rejects.toMatchObject({ code: 'conflict' });
    expect((await tokens().admit(wanted.hash))?.token).toEqual(token);
  });

  test('admission brings the user as they are now', async () => {
    const { world, wanted } = await made();
    expect((await tokens().admit(wanted.hash))?.user?.state).toBe('active');
    const fields = { state: 'blocked', passwordHash: 'another' } as const;
    await apply(subject.store, { kind: 'user.update', user: world.jane, fields });
    expect((await tokens().admit(wanted.hash))?.user).toMatchObject(fields);
  });

  test('nothing is made for a user who is gone, and nothing outlives them', async () => {
    const { world, wanted, token } = await made();
    const bobs = refreshToken(world.bob, { hash: hashOf('bob') });
    await tokens().create(bobs, LIMIT, NOW);
    await apply(subject.store, { kind: 'user.delete', user: 'jane' }, makeUser('jane'));
    expect((await tokens().admit(wanted.hash))?.user ?? null).toBeNull();
    expect(await tokens().create({ ...wanted, hash: hashOf('late') }, LIMIT, NOW)).toBeNull();
    const { items } = await tokens().list({ now: NOW, active: true }, ALL);
    expect(items.map(({ userId }) => userId)).toEqual([world.bob]);
    expect(items[0]?.id).toBeGreaterThan(token.id);
  });

  test('a revoked one stays, marked, and keeps the first moment', async () => {
    const { wanted, token } = await made();
    expect((await tokens().admit(wanted.hash))?.token.revokedAt).toBeNull();
    const revoked = { ...token, revokedAt: NOW + 1 };
    expect(await tokens().revoke(wanted.hash, NOW + 1)).toEqual(revoked);
    expect(await tokens().revoke(wanted.hash, NOW + 9)).toEqual(revoked);
    expect((await tokens().admit(wanted.hash))?.token).toEqual(revoked);
    const store = await subject.reopen();
    expect((await store.refreshTokens.admit(wanted.hash))?.token).toEqual(revoked);
  });

  test('lists in order of id, all, by user, or by what is active', async () => {
    const { world, token } = await made();
    const ids = [token.id];
    for (const [hash, userId, expiresAt] of [
      ['b', world.bob, NOW + 10],
      ['c', world.jane, NOW],
      ['d', world.jane, NOW + HOUR],
    ] as const) {
      const each = refreshToken(userId, { hash: hashOf(hash), expiresAt });
      ids.push((await tokens().create(each, LIMIT, NOW))?.id ?? 0);
    }
    await tokens().revoke(hashOf('d'), NOW);
    const list = async (filter: { userId?: number; active?: boolean }, now = NOW) => {
      const { items, total } = await tokens().list({ ...filter, now }, ALL);
      expect(total).toBe(items.length);
      return items.map(({ id }) => ids.indexOf(id));
    };
    expect(await list({})).toEqual([0, 1, 2, 3]);
    expect(await list({ active: true })).toEqual([0, 1]);
    expect(await list({ active: false })).toEqual([2, 3]);
    expect(await list({ active: true }, NOW + 10)).toEqual([0]);
    expect(await list({ userId: world.jane, active: false })).toEqual([2, 3]);
    expect(await list({ userId: world.bob })).toEqual([1]);
    const page = await tokens().list({ now: NOW }, { offset: 1, limit: 1 });
    expect(page).toMatchObject({ items: [{ id: ids[1] }], total: 4 });
  });

  test('what ended long ago is forgotten, and nothing else', async () => {
    const { world } = await made({ expiresAt: NOW + 10 });
    const others = ['revoked', 'live'].map((name) =>
      refreshToken(world.jane, { hash: hashOf(name) }),
    );
    for (const each of others) await tokens().create(each, LIMIT, NOW);
    await tokens().revoke(hashOf('revoked'), NOW + 20);
    const left = async () => (await tokens().list({ now: NOW }, ALL)).items.map(({ hash }) => hash);
    expect(await tokens().sweep(NOW + 10)).toBe(0);
    expect(await tokens().sweep(NOW + 11)).toBe(1);
    expect(await left()).toEqual(['revoked', 'live'].map(hashOf));
    expect(await tokens().sweep(NOW + 20)).toBe(0);
    expect(await tokens().sweep(NOW + 21)).toBe(1);
    expect(await left()).toEqual([hashOf('live')]);
    expect(await tokens().admit(hashOf('revoked'))).toBeNull();
  });

  test('a use is noted at the latest when the store closes, and seen by whoever looked before', async () => {
    const { token, wanted } = await made();
    expect((await tokens().admit(wanted.hash))?.token.lastUsedAt).toBeNull();
    tokens().touch(token.id, NOW + 7);
    tokens().touch(999, NOW);
    const store = await subject.reopen();
    expect((await store.refreshTokens.admit(wanted.hash))?.token.lastUsedAt).toBe(NOW + 7);
    // Not at the next change of something else: by the last use one is found to have idled.
    store.refreshTokens.touch(token.id, NOW + HOUR);
    const seen = async () => (await store.refreshTokens.admit(wanted.hash))?.token.lastUsedAt;
    const giveUpAt = performance.now() + 8_000;
    while ((await seen()) !== NOW + HOUR && performance.now() < giveUpAt) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(await seen()).toBe(NOW + HOUR);
  }, 15_000);

  test('texts that break careless code come back as they were', async () => {
    const { world } = await made();
    for (const [index, text] of HOSTILE_TEXTS.entries()) {
      const backing = { kind: 'password', mark: text } as const;
      const hash = hashOf(`hostile ${index}`);
      const wanted = refreshToken(world.jane, { hash, service: text, backing });
      await tokens().create(wanted, LIMIT, NOW);
      expect((await tokens().admit(hash))?.token).toMatchObject({ service: text, backing });
    }
  });
}
