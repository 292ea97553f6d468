import { expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { Secret } from '../../src/credential/secret.ts';
import { createSealedSecrets } from '../../src/credential/sealed-secret.ts';
import { mintToken } from '../../src/credential/token-format.ts';

const key = randomBytes(32);
const seals = createSealedSecrets(key);
const secret = mintToken('gldt-');

test('AUTO-20: what is sealed shows nothing of the secret, and opens again', () => {
  const sealed = seals.seal(secret, 7);
  expect(sealed).not.toContain(secret.reveal());
  expect(Buffer.from(sealed.split('.')[3] ?? '', 'base64url').toString('latin1')).not.toContain(
    secret.reveal().slice(5),
  );
  expect(seals.open(sealed, 7).reveal()).toBe(secret.reveal());
  expect(createSealedSecrets(Buffer.from(key)).open(sealed, 7).reveal()).toBe(secret.reveal());
});

test('AUTO-20: two seals of one secret have nothing in common', () => {
  const [, , nonce, body] = seals.seal(secret, 7).split('.');
  const [, , otherNonce, otherBody] = seals.seal(secret, 7).split('.');
  expect([nonce, body]).not.toEqual([otherNonce, otherBody]);
  expect(nonce).not.toBe(otherNonce);
});

test('AUTO-20: under another project or another key it is a fault, and says which', () => {
  const sealed = seals.seal(secret, 7);
  expect(() => seals.open(sealed, 8)).toThrow(/not the one of this project/);
  const other = createSealedSecrets(randomBytes(32));
  expect(() => other.open(sealed, 7)).toThrow(/sealed with another key/);
});

test('AUTO-20: each single changed bit is a fault, never a wrong secret', () => {
  const sealed = seals.seal(secret, 7);
  const [version, name, nonce = '', body = ''] = sealed.split('.');
  const flipped = (text: string, bit: number): string => {
    const bytes = Buffer.from(text, 'base64url');
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    return bytes.toString('base64url');
  };
  for (let bit = 0; bit < Buffer.from(nonce, 'base64url').length * 8; bit++) {
    const damaged = [version, name, flipped(nonce, bit), body].join('.');
    expect(() => seals.open(damaged, 7)).toThrow(/damaged/);
  }
  for (let bit = 0; bit < Buffer.from(body, 'base64url').length * 8; bit++) {
    const damaged = [version, name, nonce, flipped(body, bit)].join('.');
    expect(() => seals.open(damaged, 7)).toThrow(/damaged/);
  }
});

test.each([
  '',
  'v1',
  'v2.aaaaaaaa.aaaaaaaaaaaaaaaa.aaaa',
  'gldt-plain',
  'v1.aaaaaaaa.aaaaaaaaaaaaaaaa.aa',
])('AUTO-20: %j is no sealed secret', (text) => {
  expect(() => seals.open(text, 7)).toThrow(/is damaged/);
});

test('AUTO-20: a seal that was cut short is a fault', () => {
  const sealed = seals.seal(new Secret('x'.repeat(60)), 7);
  for (let length = 0; length < sealed.length; length++) {
    expect(() => seals.open(sealed.slice(0, length), 7)).toThrow();
  }
});

test('a key of another length is refused', () => {
  expect(() => createSealedSecrets(randomBytes(16))).toThrow(RangeError);
});
