import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { deployTokenFault } from '../../src/credential/deploy-token.ts';
import { mintToken } from '../../src/credential/token-format.ts';
import type { ProjectRecord } from '../../src/store/records.ts';
import { openWorld, type World } from '../support/world.ts';
import { admitted, loginOver, rejection, UNKNOWN, type Login } from './login.ts';

let world: World;
let login: Login;
let app: ProjectRecord;

beforeAll(async () => {
  world = await openWorld();
  login = loginOver(world);
  await world.group('acme');
  app = await world.project('acme/app');
});
afterAll(() => world.close());

describe('a deploy token', () => {
  test('CD-07: stands for its own project and nobody else', async () => {
    const { id, username, secret } = await world.deployToken(app, ['read_registry']);
    expect(username).toBe(`gitlab+deploy-token-${id}`);
    expect(admitted(await login(username, secret))).toEqual({
      kind: 'deploy_token',
      tokenId: id,
      username,
      holder: { kind: 'project', id: app.id },
      abilities: new Set(['read_container_image']),
      expiresAt: null,
    });
  });

  test('CD-05: whatever its scopes say, it never gets what deletes', async () => {
    const { id, username, secret } = await world.deployToken(app, [
      'read_registry',
      'write_registry',
    ]);
    const both = new Set(['read_container_image', 'create_container_image']);
    expect(admitted(await login(username, secret))).toMatchObject({ tokenId: id, abilities: both });
    const secretOfOther = mintToken('gldt-');
    const odd = {
      holder: { kind: 'project', id: app.id } as const,
      name: 'made by another version',
      username: 'odd',
      scopes: ['api', 'read_api'],
      expiresAt: null,
      createdBy: null,
      hash: world.secretHash(secretOfOther),
    };
    await world.store.deployTokens.create(odd, world.clock.now());
    const principal = admitted(await login('odd', secretOfOther.reveal()));
    expect(principal).toMatchObject({ abilities: new Set() });
  });

  test('row 47: with read_repository alone it opens nothing in a registry', async () => {
    const { username, secret } = await world.deployToken(app, ['read_repository']);
    expect(admitted(await login(username, secret))).toMatchObject({ abilities: new Set() });
  });

  test.each(['', 'gitlab-ci-token', 'jane', 'gitlab+deploy-token-999', 'GITLAB+DEPLOY-TOKEN', ' '])(
    'row 48, T7: with the username %j it is refused',
    async (username) => {
      const { secret } = await world.deployToken(app, ['read_registry']);
      expect(rejection(await login(username, secret))).toMatch('username is not the one');
    },
  );

  test('T8: its username has one spelling', async () => {
    const { username, secret } = await world.deployToken(app, ['read_registry'], {
      username: 'robot',
    });
    expect(username).toBe('robot');
    const variants = [
      'Robot',
      'ROBOT',
      ' robot',
      'robot ',
      'robot\0',
      '\ufeffrobot',
      'ｒobot',
      'r\u043ebot',
      'robot\u0301',
    ];
    for (const variant of variants) rejection(await login(variant, secret));
    admitted(await login('robot', secret));
  });

  test('row 48, AUTO-06: revoked', async () => {
    const { id, username, secret } = await world.deployToken(app, ['read_registry']);
    await world.store.deployTokens.revoke({ kind: 'project', id: app.id }, id, world.clock.now());
    expect(rejection(await login(username, secret))).toMatch('has been revoked');
  });

  test('row 48: expired', async () => {
    const expiresAt = world.clock.now() + 60_000;
    const { username, secret } = await world.deployToken(app, ['read_registry'], { expiresAt });
    expect(admitted(await login(username, secret))).toMatchObject({ expiresAt });
    world.clock.advance(60_000);
    expect(rejection(await login(username, secret))).toMatch('has expired');
  });

  test('its project is gone', async () => {
    const gone = await world.project('acme/gone');
    const { username, secret } = await world.deployToken(gone, ['read_registry']);
    await world.apply({ kind: 'project.delete', project: 'acme/gone' });
    expect(rejection(await login(username, secret))).toBe(UNKNOWN);
  });
});

test('row 50, row 51, AUTO-16: of two secrets each has its own end', () => {
  const secret = {
    id: 1,
    hash: 'h',
    createdAt: 0,
    expiresAt: 1000,
    lastUsedAt: null,
    sealed: null,
  };
  const token = {
    id: 1,
    holder: { kind: 'project', id: 1 },
    name: 'deploy',
    username: 'robot',
    scopes: ['read_registry'],
    expiresAt: null,
    revokedAt: null,
    createdBy: null,
    createdAt: 0,
    origin: 'auto',
    rotateEvery: null,
    secrets: [secret],
  } as const;
  expect(deployTokenFault({ token, secret }, 999)).toBeNull();
  expect(deployTokenFault({ token, secret }, 1000)).toMatch('grace time is over');
  expect(deployTokenFault({ token: { ...token, revokedAt: 5 }, secret }, 999)).toMatch('revoked');
});
