import { expect, test } from '@jest/globals';
import type { Rotation } from '../../../src/store/ports.ts';
import type { Subject } from '../contract.ts';
import { ALL, deployToken, groupSource, HOUR, NOW, projectSource, seed } from '../fixtures.ts';

const to = (hash: string, graceUntil = NOW + HOUR): Rotation => ({
  hash,
  sealed: null,
  graceUntil,
});

export function deployTokenRotationContract(subject: Subject): void {
  async function made(fields: Parameters<typeof deployToken>[1] = {}) {
    const { app } = await seed(subject.store);
    const holder = projectSource(app);
    const token = await subject.store.deployTokens.create(
      deployToken(holder, { hash: 'first', ...fields }),
      NOW,
    );
    const rotate = (rotation: Rotation, now = NOW) =>
      subject.store.deployTokens.rotate(holder, token.id, rotation, now);
    return { holder, token, rotate };
  }

  const endsOf = async (hash: string) => {
    const admission = await subject.store.deployTokens.admit(hash);
    return admission?.token.secrets.map((each) => [each.hash, each.expiresAt]);
  };

  test('AUTO-16: the new secret is good at once, the old one until its grace ends', async () => {
    const { token, rotate } = await made();
    // So that the admission is remembered where a store does that.
    expect((await subject.store.deployTokens.admit('first'))?.secret.expiresAt).toBeNull();
    const rotated = await rotate({ ...to('second', NOW + 5), sealed: 'sealed' }, NOW + 1);
    expect(rotated).toEqual({
      ...token,
      secrets: [
        { ...token.secrets[0], expiresAt: NOW + 5 },
        {
          id: rotated?.secrets[1]?.id,
          hash: 'second',
          createdAt: NOW + 1,
          expiresAt: null,
          lastUsedAt: null,
          sealed: 'sealed',
        },
      ],
    });
    const { deployTokens } = subject.store;
    expect(await deployTokens.admit('first')).toEqual({
      token: rotated,
      secret: rotated?.secrets[0],
    });
    const store = await subject.reopen();
    expect(await store.deployTokens.admit('second')).toEqual({
      token: rotated,
      secret: rotated?.secrets[1],
    });
  });

  test('AUTO-17: a third secret ends the oldest now', async () => {
    const { rotate } = await made();
    await rotate(to('second', NOW + 50), NOW + 1);
    await rotate(to('third', NOW + 60), NOW + 2);
    expect(await endsOf('third')).toEqual([
      ['first', NOW + 2],
      ['second', NOW + 60],
      ['third', null],
    ]);
    expect((await subject.store.deployTokens.admit('first'))?.secret.expiresAt).toBe(NOW + 2);
  });

  test('a secret that has ended keeps its own end, and the last four are shown', async () => {
    const { rotate } = await made();
    for (const [at, hash] of ['b', 'c', 'd', 'e', 'f'].entries()) {
      await rotate(to(hash, NOW + at * 10 + 1), NOW + at * 10);
    }
    expect(await endsOf('f')).toEqual([
      ['c', NOW + 21],
      ['d', NOW + 31],
      ['e', NOW + 41],
      ['f', null],
    ]);
    expect(await subject.store.deployTokens.admit('first')).toBeNull();
  });

  test('callers at the same time leave two live secrets', async () => {
    const { holder, token, rotate } = await made();
    const hashes = Array.from({ length: 12 }, (_, at) => `at-once-${at}`);
    const done = await Promise.all(hashes.map((hash) => rotate(to(hash), NOW + 1)));
    expect(done.every((each) => each !== null)).toBe(true);
    const { secrets } = (await subject.store.deployTokens.find(holder, token.id)) ?? token;
    const live = secrets.filter(({ expiresAt }) => expiresAt === null || expiresAt > NOW + 1);
    expect(live).toHaveLength(2);
    expect(live[1]?.expiresAt).toBeNull();
    expect(secrets.length).toBeLessThanOrEqual(4);
  });

  test('rotation can move the end of the token, and leaves it alone otherwise', async () => {
    const { rotate } = await made({ expiresAt: NOW + 100 });
    expect((await rotate(to('b')))?.expiresAt).toBe(NOW + 100);
    expect((await rotate({ ...to('c'), expiresAt: NOW + 500 }))?.expiresAt).toBe(NOW + 500);
    expect((await rotate({ ...to('d'), expiresAt: null }))?.expiresAt).toBeNull();
  });

  test('what is revoked, expired or not the holder’s is not rotated', async () => {
    const { holder, token, rotate } = await made({ expiresAt: NOW + 100 });
    const { deployTokens } = subject.store;
    const strange = groupSource(holder.id);
    expect(await deployTokens.rotate(strange, token.id, to('b'), NOW)).toBeNull();
    expect(await deployTokens.rotate(holder, token.id + 1, to('b'), NOW)).toBeNull();
    await expect(rotate(to('b'), NOW + 100)).rejects.toMatchObject({ code: 'conflict' });
    await deployTokens.revoke(holder, token.id, NOW);
    await expect(rotate(to('b'))).rejects.toMatchObject({ code: 'conflict' });
    expect(await deployTokens.admit('b')).toBeNull();
    expect(await endsOf('first')).toEqual([['first', null]]);
  });

  test('a secret that is taken rotates nothing', async () => {
    const { rotate } = await made();
    await rotate(to('second', NOW + 50), NOW + 1);
    await expect(rotate(to('first'), NOW + 2)).rejects.toMatchObject({ code: 'conflict' });
    expect(await endsOf('second')).toEqual([
      ['first', NOW + 50],
      ['second', null],
    ]);
  });

  test('one secret can be ended before its grace is over', async () => {
    const { holder, token, rotate } = await made();
    const rotated = await rotate(to('second', NOW + 50));
    const [old = 0, newest = 0] = rotated?.secrets.map(({ id }) => id) ?? [];
    const { deployTokens } = subject.store;
    const end = (id: number, now: number, whose = holder) =>
      deployTokens.endSecret(whose, token.id, id, now);
    expect((await deployTokens.admit('first'))?.secret.expiresAt).toBe(NOW + 50);
    expect((await end(old, NOW + 3))?.secrets[0]?.expiresAt).toBe(NOW + 3);
    expect((await deployTokens.admit('first'))?.secret.expiresAt).toBe(NOW + 3);
    expect((await end(old, NOW + 9))?.secrets[0]?.expiresAt).toBe(NOW + 3);
    await expect(end(newest, NOW + 4)).rejects.toMatchObject({ code: 'conflict' });
    expect(await end(newest + 1, NOW + 4)).toBeNull();
    expect(await end(old, NOW + 4, groupSource(holder.id))).toBeNull();
  });

  test('the wish for rotations is kept, and can be taken back', async () => {
    const { holder, token } = await made();
    const { deployTokens } = subject.store;
    expect((await deployTokens.setRotation(holder, token.id, 60))?.rotateEvery).toBe(60);
    expect((await deployTokens.admit('first'))?.token.rotateEvery).toBe(60);
    expect((await deployTokens.setRotation(holder, token.id, null))?.rotateEvery).toBeNull();
    expect(await deployTokens.setRotation(holder, token.id + 1, 60)).toBeNull();
  });

  test('AUTO-19: finds what ends or wants a rotation, whoever holds it', async () => {
    const { app, acme } = await seed(subject.store);
    const { deployTokens } = subject.store;
    const ids: number[] = [];
    const make = async (holder: ReturnType<typeof projectSource>, expiresAt: number | null) => {
      const hash = `due-${ids.length}`;
      const token = await deployTokens.create(deployToken(holder, { hash, expiresAt }), NOW);
      ids.push(token.id);
      return token.id;
    };
    await make(projectSource(app), null);
    await make(projectSource(app), NOW + 100);
    await make(groupSource(acme), NOW + 200);
    await make(projectSource(app), NOW + 5);
    await deployTokens.setRotation(groupSource(acme), await make(groupSource(acme), null), 150);
    const revoked = await make(projectSource(app), NOW + 100);
    await deployTokens.revoke(projectSource(app), revoked, NOW);
    const due = async (before: number, page = ALL) => {
      const { items, total } = await deployTokens.expiring(before, page, NOW + 10);
      return [items.map(({ id }) => ids.indexOf(id)), total];
    };
    expect(await due(NOW + 100)).toEqual([[], 0]);
    expect(await due(NOW + 101)).toEqual([[1], 1]);
    expect(await due(NOW + 150_000)).toEqual([[1, 2], 2]);
    expect(await due(NOW + 150_001)).toEqual([[1, 2, 4], 3]);
    expect(await due(NOW + 150_001, { offset: 1, limit: 1 })).toEqual([[2], 3]);
    const holder = groupSource(acme);
    await deployTokens.rotate(holder, ids[4] ?? 0, to('fresh'), NOW + 5);
    expect(await due(NOW + 150_001)).toEqual([[1, 2], 2]);
  });
}
