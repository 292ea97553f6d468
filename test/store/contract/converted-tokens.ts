import { expect, test } from '@jest/globals';
import type { NewConvertedToken } from '../../../src/store/ports.ts';
import type { Subject } from '../contract.ts';
import { ALL, apply, convertedToken, hashOf, HOUR, NOW, seed } from '../fixtures.ts';

export function convertedTokenContract(subject: Subject): void {
  const tokens = () => subject.store.convertedTokens;

  async function made(fields: Partial<NewConvertedToken> = {}) {
    const world = await seed(subject.store);
    const wanted = convertedToken(world, fields);
    const token = await tokens().record(wanted, NOW);
    if (token === null) throw new Error('no converted token');
    return { world, wanted, token };
  }

  test('CD-09: keeps every field, and admits with the user and the project', async () => {
    const { world, wanted, token } = await made({ pipelineId: null });
    expect(token).toEqual({
      ...wanted,
      id: token.id,
      revokedAt: null,
      lastUsedAt: null,
      writeAttempts: 0,
      lastAttemptAt: null,
    });
    const { directory } = subject.store;
    const [user, project] = [await directory.user(world.jane), await directory.project(world.app)];
    expect(await tokens().admit(wanted.tokenHash)).toEqual({ token, user, project });
    const store = await subject.reopen();
    expect(await store.convertedTokens.admit(wanted.tokenHash)).toEqual({ token, user, project });
  });

  test('to record it twice, or many times at once, is to record it once', async () => {
    const { world, wanted, token } = await made();
    const again = await Promise.all(
      Array.from({ length: 8 }, () => tokens().record({ ...wanted, expiresAt: NOW + 1 }, NOW + 5)),
    );
    expect(again).toEqual(Array.from({ length: 8 }, () => token));
    expect((await tokens().list(world.app, ALL, { now: NOW })).total).toBe(1);
  });

  test('what is unknown is nobody', async () => {
    await made();
    expect(await tokens().admit(hashOf('nothing'))).toBeNull();
  });

  test('admission brings the user and the project as they are now', async () => {
    const { world, wanted } = await made();
    expect((await tokens().admit(wanted.tokenHash))?.project?.jobTokenAfterJob).toBe('none');
    await apply(
      subject.store,
      { kind: 'user.update', user: world.jane, fields: { state: 'blocked' } },
      { kind: 'project.update', project: world.app, fields: { jobTokenAfterJob: 'read' } },
    );
    expect(await tokens().admit(wanted.tokenHash)).toMatchObject({
      user: { state: 'blocked' },
      project: { jobTokenAfterJob: 'read' },
    });
  });

  test('nothing is recorded for a user or project that is gone, and nothing outlives them', async () => {
    const { world, wanted } = await made();
    const bobs = convertedToken(world, { userId: world.bob, tokenHash: hashOf('bob'), jobId: 78 });
    await tokens().record(bobs, NOW);
    await apply(subject.store, { kind: 'user.delete', user: 'bob' });
    expect((await tokens().admit(bobs.tokenHash))?.user ?? null).toBeNull();
    expect(await tokens().record(bobs, NOW)).toBeNull();
    expect((await tokens().list(world.app, ALL, { now: NOW })).total).toBe(1);
    await apply(subject.store, { kind: 'project.delete', project: world.app });
    expect((await tokens().admit(wanted.tokenHash))?.project ?? null).toBeNull();
    expect(await tokens().record(wanted, NOW)).toBeNull();
  });

  test('CD-17: a revoked one stays, marked, keeps the first moment, and is not made anew', async () => {
    const { world, wanted, token } = await made();
    expect((await tokens().admit(wanted.tokenHash))?.token.revokedAt).toBeNull();
    expect(await tokens().revoke(world.other, token.id, NOW)).toBeNull();
    expect(await tokens().revoke(world.app, token.id + 1, NOW)).toBeNull();
    const revoked = { ...token, revokedAt: NOW + 1 };
    expect(await tokens().revoke(world.app, token.id, NOW + 1)).toEqual(revoked);
    expect(await tokens().revoke(world.app, token.id, NOW + 9)).toEqual(revoked);
    expect((await tokens().admit(wanted.tokenHash))?.token).toEqual(revoked);
    expect(await tokens().record(wanted, NOW + 9)).toEqual(revoked);
    const store = await subject.reopen();
    expect((await store.convertedTokens.admit(wanted.tokenHash))?.token).toEqual(revoked);
  });

  test('CD-17: lists in order of id, all or by what is active', async () => {
    const { world, token } = await made();
    const ids = [token.id];
    for (const [name, expiresAt] of [
      ['b', NOW + 10],
      ['c', NOW],
      ['d', NOW + HOUR],
    ] as const) {
      const each = convertedToken(world, { tokenHash: hashOf(name), expiresAt });
      ids.push((await tokens().record(each, NOW))?.id ?? 0);
    }
    await tokens().record(
      convertedToken(world, { projectId: world.other, tokenHash: hashOf('other') }),
      NOW,
    );
    await tokens().revoke(world.app, ids[3] ?? 0, NOW);
    const list = async (active?: boolean, now = NOW) => {
      const options = active === undefined ? { now } : { active, now };
      const { items } = await tokens().list(world.app, ALL, options);
      return items.map(({ id }) => ids.indexOf(id));
    };
    expect(await list()).toEqual([0, 1, 2, 3]);
    expect(await list(true)).toEqual([0, 1]);
    expect(await list(false)).toEqual([2, 3]);
    expect(await list(true, NOW + 10)).toEqual([0]);
    const page = await tokens().list(world.app, { offset: 1, limit: 1 }, { now: NOW });
    expect(page).toMatchObject({ items: [{ id: ids[1] }], total: 4 });
  });

  test('CD-15, CD-16: attempts to write are counted, and so many of them in so long revoke', async () => {
    const { wanted, token } = await made();
    const limits = { limit: 3, windowMs: 100 };
    const attempt = (now: number) => tokens().countWrite(token.id, limits, now);
    expect(await attempt(NOW)).toEqual({
      token: { ...token, writeAttempts: 1, lastAttemptAt: NOW },
      revoked: false,
    });
    expect((await attempt(NOW + 50))?.revoked).toBe(false);
    // The first one is out of the window by now.
    expect((await attempt(NOW + 100))?.revoked).toBe(false);
    expect((await tokens().admit(wanted.tokenHash))?.token.revokedAt).toBeNull();
    expect(await attempt(NOW + 149)).toMatchObject({
      token: { writeAttempts: 4, lastAttemptAt: NOW + 149, revokedAt: NOW + 149 },
      revoked: true,
    });
    expect((await tokens().admit(wanted.tokenHash))?.token.revokedAt).toBe(NOW + 149);
    expect(await attempt(NOW + 150)).toMatchObject({
      token: { writeAttempts: 5, revokedAt: NOW + 149 },
      revoked: false,
    });
    expect(await tokens().countWrite(token.id + 1, limits, NOW)).toBeNull();
  });

  test('CD-16: of attempts at the same time exactly one revokes', async () => {
    const { token } = await made();
    const limits = { limit: 5, windowMs: HOUR };
    const calls = Array.from({ length: 12 }, () => tokens().countWrite(token.id, limits, NOW));
    const done = await Promise.all(calls);
    expect(done.filter((each) => each?.revoked)).toHaveLength(1);
    expect(Math.max(...done.map((each) => each?.token.writeAttempts ?? 0))).toBe(12);
  });

  test('what has expired long ago is forgotten, and nothing else', async () => {
    const { world, token } = await made({ endedAt: NOW - 10, expiresAt: NOW + 10 });
    const later = convertedToken(world, { tokenHash: hashOf('later'), expiresAt: NOW + 20 });
    const kept = await tokens().record({ ...later, endedAt: NOW - 10 }, NOW);
    await tokens().revoke(world.app, kept?.id ?? 0, NOW);
    expect(await tokens().sweep(NOW + 9)).toBe(0);
    expect(await tokens().sweep(NOW + 10)).toBe(1);
    expect(await tokens().sweep(NOW + 10)).toBe(0);
    const { items } = await tokens().list(world.app, ALL, { now: NOW });
    expect(items.map(({ id }) => id)).toEqual([kept?.id]);
    expect(items).not.toContainEqual(expect.objectContaining({ id: token.id }));
  });

  test('a use is noted at the latest when the store closes', async () => {
    const { world, token } = await made();
    tokens().touch(token.id, NOW + 7);
    tokens().touch(999, NOW);
    const store = await subject.reopen();
    const { items } = await store.convertedTokens.list(world.app, ALL, { now: NOW });
    expect(items[0]?.lastUsedAt).toBe(NOW + 7);
  });
}
