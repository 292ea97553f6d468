import { expect, test } from '@jest/globals';
import type { Subject } from '../contract.ts';
import { accessToken, ALL, NOW, seed } from '../fixtures.ts';

export function tokenFamilyContract(subject: Subject): void {
  async function made(fields: Parameters<typeof accessToken>[1] = {}) {
    const { jane } = await seed(subject.store);
    return subject.store.personalAccessTokens.create(
      accessToken(jane, { hash: 'first', ...fields }),
      NOW,
    );
  }
  const rotate = (id: number, hash: string, now = NOW, expiresAt: number | null = null) =>
    subject.store.personalAccessTokens.rotate(id, { hash, expiresAt }, now);

  test('rotation revokes the token and makes its successor', async () => {
    const token = await made({ name: 'ci', description: 'robot', scopes: ['api'] });
    const { personalAccessTokens } = subject.store;
    expect((await personalAccessTokens.admit('first'))?.token.revokedAt).toBeNull();
    const next = await rotate(token.id, 'second', NOW + 1, NOW + 9);
    expect(next).toEqual({
      ...token,
      id: next?.id,
      hash: 'second',
      expiresAt: NOW + 9,
      createdAt: NOW + 1,
      familyId: token.id,
    });
    expect((await personalAccessTokens.admit('first'))?.token.revokedAt).toBe(NOW + 1);
    const store = await subject.reopen();
    expect((await store.personalAccessTokens.admit('second'))?.token).toEqual(next);
    expect((await store.personalAccessTokens.find(token.id))?.revokedAt).toBe(NOW + 1);
  });

  test('of many who rotate at the same time one does', async () => {
    const token = await made();
    const calls = Array.from({ length: 10 }, (_, at) => rotate(token.id, `second-${at}`));
    const done = await Promise.allSettled(calls);
    expect(done.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const { personalAccessTokens } = subject.store;
    const { items } = await personalAccessTokens.list({ active: true, now: NOW }, ALL);
    expect(items).toHaveLength(1);
  });

  test('what is revoked, expired or not there is not rotated', async () => {
    const token = await made({ expiresAt: NOW + 5 });
    expect(await rotate(token.id + 1, 'second')).toBeNull();
    await expect(rotate(token.id, 'second', NOW + 5)).rejects.toMatchObject({ code: 'conflict' });
    await subject.store.personalAccessTokens.revoke(token.id, NOW);
    await expect(rotate(token.id, 'second')).rejects.toMatchObject({ code: 'conflict' });
    expect(await subject.store.personalAccessTokens.admit('second')).toBeNull();
  });

  test('a secret that is taken rotates nothing', async () => {
    const token = await made();
    await expect(rotate(token.id, 'first')).rejects.toMatchObject({ code: 'conflict' });
    expect((await subject.store.personalAccessTokens.find(token.id))?.revokedAt).toBeNull();
  });

  test('the whole chain can be revoked, and no other', async () => {
    const first = await made();
    const { personalAccessTokens } = subject.store;
    const strange = accessToken(first.userId, { hash: 'strange' });
    const other = await personalAccessTokens.create(strange, NOW);
    const second = await rotate(first.id, 'second');
    const third = await rotate(second?.id ?? 0, 'third');
    expect(third?.familyId).toBe(first.id);
    expect((await personalAccessTokens.admit('third'))?.token.revokedAt).toBeNull();
    expect(await personalAccessTokens.revokeFamily(first.id, NOW + 7)).toEqual([third?.id]);
    expect(await personalAccessTokens.revokeFamily(first.id, NOW + 8)).toEqual([]);
    expect((await personalAccessTokens.admit('third'))?.token.revokedAt).toBe(NOW + 7);
    expect((await personalAccessTokens.find(second?.id ?? 0))?.revokedAt).toBe(NOW);
    expect((await personalAccessTokens.find(other.id))?.revokedAt).toBeNull();
    expect(await personalAccessTokens.revokeFamily(second?.id ?? 0, NOW)).toEqual([]);
    expect(await personalAccessTokens.revokeFamily(other.id, NOW)).toEqual([other.id]);
  });
}
