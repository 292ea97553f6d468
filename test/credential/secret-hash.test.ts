import { expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { Secret } from '../../src/credential/secret.ts';
import { createSecretHash } from '../../src/credential/secret-hash.ts';

const secret = new Secret('gldt-something');

test('the same secret under the same key has the same hash, and it does not hold the secret', () => {
  const hash = createSecretHash(Buffer.alloc(32, 1));
  expect(hash(secret)).toBe(hash(new Secret('gldt-something')));
  expect(hash(secret)).toMatch(/^[\w-]{43}$/);
  expect(hash(secret)).not.toContain('something');
});

test('T45: under another key it is another hash, so a store is of no use without its key', () => {
  const one = createSecretHash(randomBytes(32));
  const other = createSecretHash(randomBytes(32));
  expect(one(secret)).not.toBe(other(secret));
});

test('it is HMAC-SHA-256 (RFC 4231, test case 2 with a padded key)', () => {
  // The key of the case is "Jefe"; HMAC pads keys with zero bytes, so 32 bytes give the same result.
  const key = Buffer.concat([Buffer.from('Jefe'), Buffer.alloc(28)]);
  const expected = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843';
  const hash = createSecretHash(key)(new Secret('what do ya want for nothing?'));
  expect(Buffer.from(hash, 'base64url').toString('hex')).toBe(expected);
});

test('a short key is refused', () => {
  expect(() => createSecretHash(Buffer.alloc(31))).toThrow(RangeError);
});
