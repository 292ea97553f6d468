import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mintToken } from '../../src/credential/token-format.ts';
import type { UserRecord } from '../../src/store/records.ts';
import { openWorld, type World } from '../support/world.ts';
import { admitted, loginOver, rejection, UNKNOWN, type Login } from './login.ts';

let world: World;
let login: Login;
let jane: UserRecord;

beforeAll(async () => {
  world = await openWorld();
  login = loginOver(world);
  jane = await world.user('jane', { admin: true, external: true });
});
afterAll(() => world.close());

describe('a personal access token', () => {
  test('JOB-12: becomes its user, with abilities and end of life', async () => {
    const end = world.clock.now() + 86_400_000;
    const { id, secret } = await world.personalAccessToken(jane, ['api'], end);
    expect(admitted(await login('jane', secret))).toEqual({
      kind: 'user',
      via: 'personal_access_token',
      actor: { id: jane.id, username: 'jane', admin: true, external: true },
      abilities: new Set([
        'read_container_image',
        'create_container_image',
        'admin_container_image',
      ]),
      tokenId: id,
      expiresAt: end,
    });
  });

  test.each([
    ['read_api', ['read_container_image']],
    ['read_registry', ['read_container_image']],
    ['write_registry', ['create_container_image']],
  ] as const)('scope %s opens %j', async (scope, abilities) => {
    const { secret } = await world.personalAccessToken(jane, [scope]);
    expect(admitted(await login('jane', secret))).toMatchObject({ abilities: new Set(abilities) });
  });

  test.each(['read_user', 'read_repository', 'create_job', 'self_rotate'] as const)(
    'row 26: scope %s opens nothing in a registry',
    async (scope) => {
      const { secret } = await world.personalAccessToken(jane, [scope]);
      expect(admitted(await login('jane', secret))).toMatchObject({ abilities: new Set() });
    },
  );

  test.each([
    'whatever',
    'gitlab-ci-token',
    '',
    'JANE',
    'root',
    'gitlab+deploy-token-1',
    'ünï\u202e',
  ])('row 29: the username %j is ignored', async (username) => {
    const { secret } = await world.personalAccessToken(jane, ['api']);
    expect(admitted(await login(username, secret))).toMatchObject({ actor: { username: 'jane' } });
  });

  test('row 27: revoked', async () => {
    const { id, secret } = await world.personalAccessToken(jane, ['api']);
    await world.store.personalAccessTokens.revoke(id, world.clock.now());
    expect(rejection(await login('jane', secret))).toMatch('has been revoked');
  });

  test('row 27: expired, to the millisecond', async () => {
    const { secret } = await world.personalAccessToken(jane, ['api'], world.clock.now() + 1000);
    world.clock.advance(999);
    admitted(await login('jane', secret));
    world.clock.advance(1);
    expect(rejection(await login('jane', secret))).toMatch('has expired');
  });

  test('row 28: its user is blocked, and let in again', async () => {
    const { secret } = await world.personalAccessToken(jane, ['api']);
    await world.apply({ kind: 'user.update', user: 'jane', fields: { state: 'blocked' } });
    expect(rejection(await login('jane', secret))).toMatch('is blocked');
    await world.apply({ kind: 'user.update', user: 'jane', fields: { state: 'active' } });
    admitted(await login('jane', secret));
  });

  test('row 28: its user is gone', async () => {
    const ghost = await world.user('ghost');
    const { secret } = await world.personalAccessToken(ghost, ['api']);
    await world.apply({ kind: 'user.delete', user: 'ghost' });
    rejection(await login('ghost', secret));
  });

  test('T6: one that was never made, and one with a wrong checksum, look the same from outside', async () => {
    const { secret } = await world.personalAccessToken(jane, ['api']);
    const invented = mintToken('glpat-').reveal();
    for (const text of [invented, `${secret}x`, secret.slice(0, -1), `${secret} `, 'glpat-']) {
      expect(rejection(await login('jane', text))).toBe(UNKNOWN);
    }
  });

  test('its use is noted', async () => {
    const { id, secret } = await world.personalAccessToken(jane, ['api']);
    expect(await world.store.personalAccessTokens.find(id)).toMatchObject({ lastUsedAt: null });
    await login('jane', secret);
    for (let wait = 0; wait < 100; wait++) {
      const found = await world.store.personalAccessTokens.find(id);
      if (found?.lastUsedAt === world.clock.now()) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error('no use was noted within five seconds');
  });
});
