import { describe, expect, test } from '@jest/globals';
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { algorithmOf, generateEcKey, hasLeadingZero } from '../../src/signing/key-pair.ts';

const ecKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

/** About one key in 128 starts x or y with a zero byte. */
function keyWithLeadingZero(): KeyObject {
  for (;;) {
    const key = ecKey();
    const { x, y } = key.export({ format: 'jwk' });
    if (/^A[A-D]/.test(x ?? '') || /^A[A-D]/.test(y ?? '')) return key;
  }
}

describe('generateEcKey', () => {
  test('P-48: makes another key where a coordinate starts with a zero byte', async () => {
    const bad = keyWithLeadingZero();
    const good = await generateEcKey();
    const source = [bad, bad, good];
    expect(hasLeadingZero(bad)).toBe(true);
    const made = await generateEcKey(async () => source.shift() ?? bad);
    expect(made).toBe(good);
    expect(source).toHaveLength(0);
  });

  test('P-48: never gives a coordinate with a leading zero byte, which a registry would misname', async () => {
    for (let round = 0; round < 300; round += 1) {
      const { x, y } = (await generateEcKey()).export({ format: 'jwk' });
      for (const coordinate of [x, y]) {
        expect(Buffer.from(coordinate ?? '', 'base64url')[0]).not.toBe(0);
      }
    }
  });
});

describe('algorithmOf', () => {
  test.each([
    ['P-256', ecKey(), 'ES256'],
    ['RSA 2048', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey, 'RS256'],
    ['RSA 1024', generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey, null],
    ['P-384', generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey, null],
    ['Ed25519', generateKeyPairSync('ed25519').privateKey, 'EdDSA'],
    ['secp256k1', generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey, null],
  ])('%s', (_, key, algorithm) => {
    const reread = createPrivateKey(key.export({ type: 'pkcs8', format: 'pem' }));
    expect(algorithmOf(reread)).toBe(algorithm);
  });
});
