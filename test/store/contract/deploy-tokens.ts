import { expect, test } from '@jest/globals';
import type { Subject } from '../contract.ts';
import { ALL, deployToken, groupSource, NOW, projectSource, seed } from '../fixtures.ts';

export function deployTokenContract(subject: Subject): void {
  const create = async (fields: Parameters<typeof deployToken>[1] = {}) => {
    const { app } = await seed(subject.store);
    return subject.store.deployTokens.create(deployToken(projectSource(app), fields), NOW);
  };

  test('keeps every field of a token', async () => {
    const { app, bob } = await seed(subject.store);
    const holder = projectSource(app);
    const token = await subject.store.deployTokens.create(
      deployToken(holder, {
        name: 'Prod 😀',
        scopes: ['read_registry', 'write_registry'],
        expiresAt: NOW + 5,
        createdBy: bob,
        username: 'prod.puller+1',
      }),
      NOW,
    );
    expect(token).toEqual({
      id: token.id,
      holder,
      name: 'Prod 😀',
      username: 'prod.puller+1',
      scopes: ['read_registry', 'write_registry'],
      expiresAt: NOW + 5,
      revokedAt: null,
      createdBy: bob,
      createdAt: NOW,
      origin: 'manual',
      rotateEvery: null,
      secrets: [
        {
          id: token.secrets[0]?.id,
          hash: 'deploy-hash',
          createdAt: NOW,
          expiresAt: null,
          lastUsedAt: null,
          sealed: null,
        },
      ],
    });
    expect(await subject.store.deployTokens.find(holder, token.id)).toEqual(token);
    const admission = await subject.store.deployTokens.admit('deploy-hash');
    expect(admission).toEqual({ token, secret: token.secrets[0] });
  });

  test('a group can hold a token', async () => {
    const { acme } = await seed(subject.store);
    const token = await subject.store.deployTokens.create(deployToken(groupSource(acme)), NOW);
    expect(token.holder).toEqual(groupSource(acme));
    expect(await subject.store.deployTokens.admit('deploy-hash')).toMatchObject({ token });
  });

  test('the username is made from the id where none is given', async () => {
    const token = await create();
    expect(token.username).toBe(`gitlab+deploy-token-${token.id}`);
  });

  test.each(['gitlab-ci-token', 'GITLAB-CI-TOKEN', 'gitlab+deploy-token-1', 'gitlab-deploy-token'])(
    'refuses the username %s',
    async (username) => {
      await expect(create({ username })).rejects.toMatchObject({ code: 'bad_request' });
      expect(await subject.store.deployTokens.admit('deploy-hash')).toBeNull();
    },
  );

  test('a holder that does not exist gets no token', async () => {
    const missing = { code: 'not_found', message: expect.stringContaining('999') };
    const { deployTokens } = subject.store;
    await expect(deployTokens.create(deployToken(projectSource(999)), NOW)).rejects.toMatchObject(
      missing,
    );
    await expect(deployTokens.create(deployToken(groupSource(999)), NOW)).rejects.toMatchObject(
      missing,
    );
  });

  test('a secret belongs to one token', async () => {
    const token = await create();
    const again = subject.store.deployTokens.create(
      deployToken(token.holder, { name: 'other' }),
      NOW,
    );
    await expect(again).rejects.toMatchObject({ code: 'conflict' });
    expect((await subject.store.deployTokens.list(token.holder, ALL)).total).toBe(1);
    expect((await subject.store.deployTokens.admit('deploy-hash'))?.token).toEqual(token);
  });

  test('an unknown secret is nobody', async () => {
    await create();
    expect(await subject.store.deployTokens.admit('nothing')).toBeNull();
    expect(await subject.store.deployTokens.admit('DEPLOY-HASH')).toBeNull();
  });

  test('a revoked token stays, marked, and keeps the first moment', async () => {
    const token = await create();
    const revoked = { ...token, revokedAt: NOW + 1 };
    const { deployTokens } = subject.store;
    expect(await deployTokens.revoke(token.holder, token.id, NOW + 1)).toEqual(revoked);
    expect(await deployTokens.revoke(token.holder, token.id, NOW + 9)).toEqual(revoked);
    expect((await deployTokens.admit('deploy-hash'))?.token).toEqual(revoked);
    const store = await subject.reopen();
    expect((await store.deployTokens.admit('deploy-hash'))?.token).toEqual(revoked);
  });

  test('only its holder finds or revokes a token', async () => {
    const token = await create();
    const { deployTokens } = subject.store;
    for (const stranger of [projectSource(token.holder.id + 1), groupSource(token.holder.id)]) {
      expect(await deployTokens.find(stranger, token.id)).toBeNull();
      expect(await deployTokens.revoke(stranger, token.id, NOW)).toBeNull();
      expect((await deployTokens.list(stranger, ALL)).total).toBe(0);
    }
    expect(await deployTokens.revoke(token.holder, token.id + 1, NOW)).toBeNull();
    expect((await deployTokens.admit('deploy-hash'))?.token.revokedAt).toBeNull();
  });

  test('lists in order of id, all or by what is active', async () => {
    const { app } = await seed(subject.store);
    const holder = projectSource(app);
    const { deployTokens } = subject.store;
    const ids: number[] = [];
    for (const [hash, expiresAt] of [
      ['a', null],
      ['b', NOW + 10],
      ['c', NOW],
      ['d', null],
    ] as const) {
      ids.push((await deployTokens.create(deployToken(holder, { hash, expiresAt }), NOW - 5)).id);
    }
    await deployTokens.revoke(holder, ids[3] ?? 0, NOW);
    const list = async (active?: boolean, now = NOW) =>
      (await deployTokens.list(holder, ALL, active, now)).items.map(({ id }) => ids.indexOf(id));
    expect(await list()).toEqual([0, 1, 2, 3]);
    expect(await list(true)).toEqual([0, 1]);
    expect(await list(false)).toEqual([2, 3]);
    expect(await list(true, NOW + 10)).toEqual([0]);
    const page = await deployTokens.list(holder, { offset: 1, limit: 1 }, true, NOW);
    expect(page).toMatchObject({ items: [{ id: ids[1] }], total: 2 });
    const everywhere = await deployTokens.list(null, { offset: 0, limit: 1000 }, true, NOW);
    const known = everywhere.items.map(({ id }) => id).filter((id) => ids.includes(id));
    expect([known, everywhere.total]).toEqual([ids.slice(0, 2), everywhere.items.length]);
  });

  test('a use is noted at the latest when the store closes', async () => {
    const token = await create();
    const secretId = token.secrets[0]?.id ?? 0;
    subject.store.deployTokens.touch(token.id, secretId, NOW + 7);
    const store = await subject.reopen();
    const secret = (await store.deployTokens.admit('deploy-hash'))?.secret;
    expect(secret?.lastUsedAt).toBe(NOW + 7);
  });

  test('a use of what is not there harms nothing', async () => {
    subject.store.deployTokens.touch(999, 999, NOW);
    const store = await subject.reopen();
    await expect(store.ping()).resolves.toBeUndefined();
  });
}
