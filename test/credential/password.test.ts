import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { hashPassword } from '../../src/credential/password-hash.ts';
import { Secret } from '../../src/credential/secret.ts';
import { openWorld, type World } from '../support/world.ts';
import { admitted, loginOver, rejection, UNKNOWN, type Login } from './login.ts';

const PASSWORD = 'correct: hörse ';
let world: World;
let login: Login;

beforeAll(async () => {
  world = await openWorld();
  login = loginOver(world);
  const password = new Secret(PASSWORD);
  await world.user('jane', { password });
  await world.user('careful', { password, twoFactor: true });
  await world.user('blocked', { password, state: 'blocked' });
  await world.user('nopassword');
});
afterAll(() => world.close());

describe('a password', () => {
  test('row 30: stands for all that its user may do', async () => {
    const jane = await world.store.directory.userByUsername('jane');
    expect(admitted(await login('jane', PASSWORD))).toEqual({
      kind: 'user',
      via: 'password',
      actor: { id: jane?.id, username: 'jane', admin: false, external: false },
      abilities: new Set([
        'read_container_image',
        'create_container_image',
        'admin_container_image',
      ]),
      tokenId: null,
      expiresAt: null,
    });
  });

  test('row 31: does not log in a user with two-factor authentication', async () => {
    expect(rejection(await login('careful', PASSWORD))).toMatch('two-factor');
  });

  test('T6: tells that a user is blocked, or careful, only to who knows the password', async () => {
    expect(rejection(await login('blocked', PASSWORD))).toMatch('is blocked');
    expect(rejection(await login('blocked', 'wrong'))).toBe(UNKNOWN);
    expect(rejection(await login('careful', 'wrong'))).toBe(UNKNOWN);
  });

  test('row 6, T6: wrong password, unknown user, no user and no password are one answer', async () => {
    for (const [username, password] of [
      ['jane', 'wrong'],
      ['jane', ''],
      ['nobody', PASSWORD],
      ['', PASSWORD],
      ['nopassword', ''],
      ['nopassword', PASSWORD],
      ['__proto__', PASSWORD],
      ['a/b', PASSWORD],
      ['x'.repeat(10_000), PASSWORD],
    ] as const) {
      expect(rejection(await login(username, password))).toBe(UNKNOWN);
    }
  });

  test('T8: a login has one spelling', async () => {
    const variants = [
      'Jane',
      'JANE',
      ' jane',
      'jane ',
      'jane\0',
      '\ufeffjane',
      'ｊane',
      'j\u0430ne',
      'jane\u200b',
    ];
    for (const variant of variants) {
      expect(rejection(await login(variant, PASSWORD))).toBe(UNKNOWN);
    }
  });

  test('P-30: a changed password is out at once, though it was remembered', async () => {
    await world.user('mallory', { password: new Secret('old') });
    admitted(await login('mallory', 'old'));
    const passwordHash = await hashPassword(new Secret('new'));
    await world.apply({ kind: 'user.update', user: 'mallory', fields: { passwordHash } });
    expect(rejection(await login('mallory', 'old'))).toBe(UNKNOWN);
    admitted(await login('mallory', 'new'));
  });

  test('P-30: a blocked user is out at once, though the password was remembered', async () => {
    await world.user('soon', { password: new Secret('pass') });
    admitted(await login('soon', 'pass'));
    await world.apply({ kind: 'user.update', user: 'soon', fields: { state: 'blocked' } });
    expect(rejection(await login('soon', 'pass'))).toMatch('blocked');
  });

  test('passwords can be switched off', async () => {
    const without = loginOver(world, { passwords: false });
    expect(rejection(await without('jane', PASSWORD))).toBe(UNKNOWN);
  });
});

describe('T40: how often a password is checked', () => {
  const counted = (matches: boolean) => {
    const checked: string[] = [];
    const verifyPassword = async (secret: Secret, phc: string) => {
      checked.push(phc);
      await new Promise((resolve) => setTimeout(resolve, 20));
      return matches && secret.reveal() === PASSWORD;
    };
    return { checked, login: loginOver(world, { verifyPassword }) };
  };

  test('P-36: two hundred requests at once, and any that follow, pay for one', async () => {
    const { checked, login: many } = counted(true);
    const outcomes = await Promise.all(Array.from({ length: 200 }, () => many('jane', PASSWORD)));
    for (const outcome of outcomes) admitted(outcome);
    admitted(await many('jane', PASSWORD));
    expect(checked).toHaveLength(1);
  });

  test('a wrong one is never remembered', async () => {
    const { checked, login: many } = counted(false);
    rejection(await many('jane', 'wrong'));
    rejection(await many('jane', 'wrong'));
    expect(checked).toHaveLength(2);
  });

  test('T6: an unknown name costs a check of its own, like a known one', async () => {
    const { checked, login: many } = counted(false);
    await Promise.all(['nobody', 'noone', 'jane', 'blocked'].map((name) => many(name, 'guess')));
    expect(checked).toHaveLength(4);
    expect(checked.every((phc) => phc.startsWith('$scrypt$ln=15,r=8,p=3$'))).toBe(true);
  });

  test('a check that failed for want of room is not shared with who comes later', async () => {
    let full = true;
    const verifyPassword = async () => {
      if (full) throw new Error('full');
      return true;
    };
    const busy = loginOver(world, { verifyPassword });
    await expect(busy('jane', PASSWORD)).rejects.toThrow('full');
    full = false;
    admitted(await busy('jane', PASSWORD));
  });

  test.each(['glrt-t1_runner', 'GR1348941runner', 'anything'])(
    'JOB-27, T2: the job login with %s costs no check and is refused',
    async (secret) => {
      const { checked, login: many } = counted(true);
      expect(rejection(await many('gitlab-ci-token', secret))).toBe(UNKNOWN);
      expect(checked).toEqual([]);
    },
  );
});
