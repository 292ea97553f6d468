import { describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { calculateJwkThumbprint } from 'jose';
import { describeWith } from '../support/programs.ts';
import { jwkThumbprint, libtrustKeyId } from '../../src/signing/fingerprint.ts';

/** The example key of RFC 7638 section 3.1. */
const RFC_7638 = {
  kty: 'RSA',
  n:
    '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMs' +
    'tn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5ha' +
    'jrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw',
  e: 'AQAB',
  alg: 'RS256',
  kid: '2011-04-29',
};

/** The signing key in the example of Distribution's "Image Manifest Version 2, Schema 1", with its libtrust id. */
const LIBTRUST = {
  jwk: {
    kty: 'EC',
    crv: 'P-256',
    x: '3gAwX48IQ5oaYQAYSxor6rYYc_6yjuLCjtQ9LUakg4A',
    y: 't72ge6kIA1XOjqjVoEOiPPAURltJFBMGDSQvEGVB010',
  },
  kid: 'OD6I:6DRK:JXEJ:KBM4:255X:NSAA:MUSF:E4VM:ZI6W:CUN2:L4Z6:LSF4',
};

const keys = [
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey,
  generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey,
];

describe('jwkThumbprint', () => {
  test('P-47: gives the value of RFC 7638 section 3.1 and minds no other members', () => {
    expect(jwkThumbprint(RFC_7638)).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs');
  });

  test('P-47: gives the value of RFC 8037 appendix A.3 for an Ed25519 key', () => {
    const x = '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo';
    expect(jwkThumbprint({ kty: 'OKP', crv: 'Ed25519', x })).toBe(
      'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
    );
  });

  test.each(keys)('agrees with jose (key %#)', async (key) => {
    const jwk = key.export({ format: 'jwk' });
    expect(jwkThumbprint(jwk)).toBe(await calculateJwkThumbprint({ ...jwk, kty: String(jwk.kty) }));
  });

  test('refuses a key that has no public part', () => {
    expect(() => jwkThumbprint({ kty: 'oct', k: 'c2VjcmV0' })).toThrow(TypeError);
  });
});

describe('libtrustKeyId', () => {
  test('P-47: gives the id that Docker published for a key', () => {
    const key = createPublicKey({ key: LIBTRUST.jwk, format: 'jwk' });
    expect(libtrustKeyId(key)).toBe(LIBTRUST.kid);
  });

  describeWith(['openssl', 'base32'], 'beside other programs', () => {
    test.each(keys)('agrees with openssl and base32 (key %#)', (key) => {
      const pem = key.export({ type: 'spki', format: 'pem' });
      const der = execFileSync('openssl', ['pkey', '-pubin', '-outform', 'DER'], { input: pem });
      const digest = createHash('sha256').update(der).digest().subarray(0, 30);
      const base32 = execFileSync('base32', ['-w', '0'], { input: digest }).toString();
      expect(libtrustKeyId(key).replaceAll(':', '')).toBe(base32);
      expect(libtrustKeyId(key)).toMatch(/^([A-Z2-7]{4}:){11}[A-Z2-7]{4}$/);
    });
  });
});
