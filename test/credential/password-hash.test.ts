import { describe, expect, test } from '@jest/globals';
import {
  createPasswordVerifier,
  DECOY_HASH,
  hashPassword,
  isPasswordHash,
  verifyPassword,
} from '../../src/credential/password-hash.ts';
import { Secret } from '../../src/credential/secret.ts';
import { AppError } from '../../src/errors.ts';

const hashOf = (password: string) => hashPassword(new Secret(password));

describe('a password', () => {
  test('P-57: whatever its characters, it matches its own hash and nothing near it', async () => {
    const check = async (password: string) => {
      const phc = await hashOf(password);
      expect(isPasswordHash(phc)).toBe(true);
      expect(await verifyPassword(new Secret(password), phc)).toBe(true);
      expect(await verifyPassword(new Secret(`${password} `), phc)).toBe(false);
    };
    await Promise.all(['with:colon', ' spaces ', 'päßwörd 🐳', '%41+%20&=', ''].map(check));
  });

  test('two hashes of one password differ', async () => {
    expect(await hashOf('same')).not.toBe(await hashOf('same'));
  });

  test('it is compared as bytes: composed and decomposed letters are two passwords', async () => {
    const phc = await hashOf('caf\u00e9');
    expect(await verifyPassword(new Secret('cafe\u0301'), phc)).toBe(false);
  });

  test('the decoy is well formed and costs what a real one costs', async () => {
    expect(isPasswordHash(DECOY_HASH)).toBe(true);
    expect(DECOY_HASH.split('$')[2]).toBe((await hashOf('x')).split('$')[2]);
    expect(await verifyPassword(new Secret(''), DECOY_HASH)).toBe(false);
  });
});

describe('a stored hash', () => {
  test('with changed parameters, salt or hash matches no more', async () => {
    const phc = await hashOf('password');
    const [, , , salt = '', hash = ''] = phc.split('$');
    const flip = (text: string) => (text.startsWith('A') ? 'B' : 'A') + text.slice(1);
    for (const changed of [
      phc.replace('ln=15', 'ln=14'),
      phc.replace('p=3', 'p=1'),
      phc.replace(salt, flip(salt)),
      phc.replace(hash, flip(hash)),
    ]) {
      expect(changed).not.toBe(phc);
      expect(await verifyPassword(new Secret('password'), changed)).toBe(false);
    }
  });

  test.each([
    '',
    'password',
    '$2y$10$abcdefghijklmnopqrstuv',
    '$scrypt$ln=15,r=8,p=3$c2FsdA$',
    '$scrypt$ln=15,r=8,p=3$c2FsdA$c2hvcnQ',
    // T40: costs out of bounds are refused before any work.
    `$scrypt$ln=30,r=8,p=3$c2FsdA$${'A'.repeat(43)}`,
    `$scrypt$ln=15,r=99,p=3$c2FsdA$${'A'.repeat(43)}`,
    `$scrypt$ln=15,r=8,p=99$c2FsdA$${'A'.repeat(43)}`,
    `$scrypt$ln=1,r=8,p=1$c2FsdA$${'A'.repeat(43)}`,
    `$scrypt$ln=15,r=8,p=3$c2FsdA$${'A'.repeat(43)}\n`,
  ])('%j is no hash of ours and matches nothing', async (phc) => {
    const start = performance.now();
    expect(await verifyPassword(new Secret(''), phc)).toBe(false);
    expect(performance.now() - start).toBeLessThan(50);
  });
});

describe('T40: the line before password checks', () => {
  test('is bounded: the next in line is told to come back, the others are served', async () => {
    const phc = await hashOf('right');
    const verify = createPasswordVerifier({ running: 1, waiting: 2 });
    const outcomes = await Promise.allSettled(
      ['right', 'wrong', 'right', 'right', 'right'].map((text) => verify(new Secret(text), phc)),
    );
    expect(outcomes.slice(0, 3)).toEqual([
      { status: 'fulfilled', value: true },
      { status: 'fulfilled', value: false },
      { status: 'fulfilled', value: true },
    ]);
    for (const outcome of outcomes.slice(3)) {
      const reason: unknown = outcome.status === 'rejected' ? outcome.reason : null;
      expect(reason).toBeInstanceOf(AppError);
      expect(reason).toMatchObject({ code: 'too_many_requests', retryAfter: expect.any(Number) });
    }
    // Places are free again, also after a check that failed.
    expect(await verify(new Secret('right'), phc)).toBe(true);
    expect(await verify(new Secret('x'), 'no hash')).toBe(false);
    expect(await verify(new Secret('right'), phc)).toBe(true);
  });
});
