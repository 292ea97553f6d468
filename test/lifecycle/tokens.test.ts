import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { verifyPassword } from '../../src/credential/password-hash.ts';
import { Secret } from '../../src/credential/secret.ts';
import { createDeployToken, revokeDeployToken } from '../../src/lifecycle/deploy-tokens.ts';
import {
  createPersonalAccessToken,
  revokePersonalAccessToken,
} from '../../src/lifecycle/personal-access-tokens.ts';
import { createUser, updateUser } from '../../src/lifecycle/users.ts';
import type { UserRecord } from '../../src/store/records.ts';
import { openWorld, type World } from '../support/world.ts';

let world: World;
let user: UserRecord;
beforeAll(async () => {
  world = await openWorld();
  user = await world.user('jane');
});
afterAll(() => world.close());

describe('deploy tokens', () => {
  const request = async () => ({
    holder: { kind: 'project', id: (await project()).id } as const,
    name: 'cluster',
    username: null,
    scopes: ['read_registry', 'read_registry'] as const,
    expiresAt: null,
    createdBy: user.id,
  });
  const project = async () =>
    (await world.store.directory.project('jane/app')) ?? (await world.project('jane/app'));

  test('the store knows the hash alone, and each scope once', async () => {
    const { token, secret } = await createDeployToken(world, await request());
    expect(token.scopes).toEqual(['read_registry']);
    const admission = await world.store.deployTokens.admit(world.secretHash(secret));
    expect(admission?.token).toEqual(token);
    expect(JSON.stringify({ token, secret })).not.toContain(secret.reveal());
  });

  test('AUTO-22: revoking holds, twice too, and an unknown token is not found', async () => {
    const asked = await request();
    const { token, secret } = await createDeployToken(world, asked);
    const first = await revokeDeployToken(world, asked.holder, token.id);
    world.clock.advance(5000);
    const second = await revokeDeployToken(world, asked.holder, token.id);
    expect(second.revokedAt).toBe(first.revokedAt);
    const admission = await world.store.deployTokens.admit(world.secretHash(secret));
    expect(admission?.token.revokedAt).toBe(first.revokedAt);
    const unknown = revokeDeployToken(world, asked.holder, 999_999);
    await expect(unknown).rejects.toMatchObject({ code: 'not_found' });
    const elsewhere = revokeDeployToken(world, { kind: 'group', id: 1 }, token.id);
    await expect(elsewhere).rejects.toMatchObject({ code: 'not_found' });
  });

  test.each(['gitlab-ci-token', 'GITLAB-CI-TOKEN', 'gitlab+deploy-token-7', 'gitlab+deploy-token'])(
    'T7: the username %s is reserved',
    async (username) => {
      const asked = createDeployToken(world, { ...(await request()), username });
      await expect(asked).rejects.toMatchObject({ code: 'bad_request' });
    },
  );

  test('no token is born expired', async () => {
    const asked = createDeployToken(world, { ...(await request()), expiresAt: world.clock.now() });
    await expect(asked).rejects.toMatchObject({ code: 'bad_request' });
  });
});

describe('personal access tokens', () => {
  const request = (more: object = {}) => ({
    user,
    name: 'laptop',
    description: null,
    scopes: ['api'] as const,
    expiresAt: undefined,
    maker: { admin: false, tokenExpiresAt: null },
    ...more,
  });
  const YEAR = 365 * 86_400_000;

  test.each([
    [undefined, null, true, YEAR],
    [undefined, null, false, YEAR],
    [null, null, true, null],
    [null, null, false, null],
    [undefined, 60_000, false, 60_000],
    [undefined, 2 * YEAR, false, YEAR],
    [30_000, 60_000, false, 30_000],
    [null, 60_000, true, null],
    [null, 60_000, false, 'bad_request'],
    [60_001, 60_000, false, 'bad_request'],
    [0, null, true, 'bad_request'],
  ])(
    'asked to end in %s ms by a token that ends in %s ms (admin %s): %s',
    async (asked, ends, admin, result) => {
      const now = world.clock.now();
      const later = (by: number | null | undefined) => (typeof by === 'number' ? now + by : by);
      const maker = { admin, tokenExpiresAt: later(ends) ?? null };
      const made = createPersonalAccessToken(world, request({ expiresAt: later(asked), maker }));
      if (typeof result === 'string') return expect(made).rejects.toMatchObject({ code: result });
      expect((await made).token.expiresAt).toBe(later(result));
    },
  );

  test('create_job is an administrator’s to give', async () => {
    const asked = createPersonalAccessToken(world, request({ scopes: ['create_job'] }));
    await expect(asked).rejects.toMatchObject({ code: 'forbidden' });
  });

  test('an unknown token is not found', async () => {
    const unknown = revokePersonalAccessToken(world, 999_999);
    await expect(unknown).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('users', () => {
  test('a password is kept as a slow hash, and only a new one replaces it', async () => {
    const password = new Secret('correct horse battery');
    const made = await createUser(world, 'withpass', { password });
    expect(made).toMatchObject({ name: 'withpass', state: 'active', admin: false });
    expect(await verifyPassword(password, made.passwordHash ?? '')).toBe(true);
    const renamed = await updateUser(world, made.id, { name: 'W.' });
    expect(renamed).toMatchObject({ name: 'W.', passwordHash: made.passwordHash });
    const other = new Secret('another long password');
    const changed = await updateUser(world, made.id, { password: other });
    expect(await verifyPassword(password, changed.passwordHash ?? '')).toBe(false);
    expect(await verifyPassword(other, changed.passwordHash ?? '')).toBe(true);
  });

  test('an unknown user is not found', async () => {
    const unknown = updateUser(world, 999_999, { name: 'x' });
    await expect(unknown).rejects.toMatchObject({ code: 'not_found' });
  });
});
