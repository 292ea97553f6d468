import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  compactVerify,
  createLocalJWKSet,
  decodeProtectedHeader,
  importX509,
  jwtVerify,
  type JSONWebKeySet,
} from 'jose';
import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { libtrustKeyId } from '../../src/signing/fingerprint.ts';
import { jwksOf } from '../../src/signing/jwks.ts';
import type { Keys } from '../../src/signing/open-keys.ts';
import type { HeaderForm, RegistryClaims } from '../../src/signing/ports.ts';
import {
  claimsAt,
  DAY,
  handClock,
  openTestKeys,
  removeTemporaryFolders,
  temporaryFolder,
} from './support.ts';

const clock = handClock();
let byAlgorithm: Record<'ES256' | 'RS256', Keys>;

beforeAll(async () => {
  const open = async (algorithm: 'ES256' | 'RS256') =>
    await openTestKeys(join(await temporaryFolder(), 'keys'), { algorithm, clock });
  byAlgorithm = { ES256: await open('ES256'), RS256: await open('RS256') };
});

afterAll(async () => {
  await Promise.all(Object.values(byAlgorithm).map(async (keys) => await keys.close()));
  await removeTemporaryFolders();
});

const x5cOf = (token: string) => decodeProtectedHeader(token).x5c ?? [];
const pemOf = (base64: string) =>
  `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`;
const keySet = (keys: Keys) => createLocalJWKSet(structuredClone(keys.jwks()) as JSONWebKeySet);

describe.each(['ES256', 'RS256'] as const)('%s', (algorithm) => {
  const issue = async (form: HeaderForm, overrides: Partial<RegistryClaims> = {}) =>
    await byAlgorithm[algorithm].registrySigner.sign(claimsAt(clock.now(), overrides), form);
  const options = { algorithms: [algorithm], currentDate: new Date(clock.now()) };

  test('x5c: jose verifies by the certificate, which the CA issued', async () => {
    const token = await issue('x5c');
    const [first, ...others] = x5cOf(token);
    expect(others).toEqual([]);
    const leaf = new X509Certificate(Buffer.from(first ?? '', 'base64'));
    const ca = new X509Certificate(byAlgorithm[algorithm].caCertificatePem());
    expect(leaf.checkIssued(ca) && leaf.verify(ca.publicKey)).toBe(true);
    const key = await importX509(pemOf(first ?? ''), algorithm);
    const { payload, protectedHeader } = await jwtVerify(token, key, options);
    expect(payload).toEqual(claimsAt(clock.now()));
    expect(Object.keys(protectedHeader).toSorted()).toEqual(['alg', 'kid', 'typ', 'x5c']);
    expect(protectedHeader).toMatchObject({ alg: algorithm, typ: 'JWT' });
  });

  test('P-45: x5c is standard base64, not base64url', async () => {
    for (const entry of x5cOf(await issue('x5c'))) {
      expect(Buffer.from(entry, 'base64').toString('base64')).toBe(entry);
    }
  });

  test('kid-jwks: jose verifies by the JWKS; there is no x5c', async () => {
    const token = await issue('kid-jwks');
    const { payload, protectedHeader } = await jwtVerify(
      token,
      keySet(byAlgorithm[algorithm]),
      options,
    );
    expect(payload).toEqual(claimsAt(clock.now()));
    const kid = byAlgorithm[algorithm].jwks().keys[0]?.kid;
    expect(protectedHeader).toEqual({ typ: 'JWT', alg: algorithm, kid });
  });

  test('P-47: kid-libtrust: the kid is the libtrust id of the key that verifies', async () => {
    const certificate = new X509Certificate(
      Buffer.from(x5cOf(await issue('x5c'))[0] ?? '', 'base64'),
    );
    const { protectedHeader } = await jwtVerify(
      await issue('kid-libtrust'),
      certificate.publicKey,
      options,
    );
    const kid = libtrustKeyId(certificate.publicKey);
    expect(protectedHeader).toEqual({ typ: 'JWT', alg: algorithm, kid });
  });

  test('P-44: three parts of base64url without padding; the signature has its fixed length', async () => {
    const length = algorithm === 'ES256' ? 64 : 256;
    for (const form of ['x5c', 'kid-jwks', 'kid-libtrust'] as const) {
      const token = await issue(form);
      expect(token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
      expect(Buffer.from(token.split('.')[2] ?? '', 'base64url')).toHaveLength(length);
    }
  });

  test('any claims come back as they went in', async () => {
    const claims = fc.record({
      sub: fc.string({ unit: 'binary', maxLength: 40 }),
      aud: fc.string({ unit: 'grapheme', minLength: 1 }),
      jti: fc.uuid(),
      access: fc.array(
        fc.record({
          type: fc.constantFrom('repository', 'registry'),
          name: fc.string(),
          actions: fc.uniqueArray(fc.constantFrom('pull', 'push', 'delete', '*')),
        }),
        { maxLength: 20 },
      ),
    });
    const keys = keySet(byAlgorithm[algorithm]);
    await fc.assert(
      fc.asyncProperty(claims, async (overrides) => {
        const token = await issue('kid-jwks', overrides);
        const { payload } = await compactVerify(token, keys);
        const read: unknown = JSON.parse(new TextDecoder().decode(payload));
        // What JSON cannot hold, a lone surrogate, is no part of the promise.
        const sent: unknown = JSON.parse(
          Buffer.from(JSON.stringify(claimsAt(clock.now(), overrides))).toString(),
        );
        expect(read).toEqual(sent);
      }),
      { numRuns: 200 },
    );
  });
});

test('P-50: a token that would outlive its certificate is not signed', async () => {
  const exp = Math.floor((clock.now() + 7 * DAY) / 1000) - 60;
  const sign = async (end: number) =>
    await byAlgorithm.ES256.registrySigner.sign(claimsAt(clock.now(), { exp: end }), 'x5c');
  await expect(sign(exp)).resolves.toMatch(/^ey/);
  await expect(sign(exp + 1)).rejects.toMatchObject({ code: 'store_unavailable' });
});

test('64 signatures at once are all good and none is mixed up', async () => {
  const keys = byAlgorithm.ES256;
  const tokens = await Promise.all(
    Array.from({ length: 64 }, async (_, index) =>
      keys.registrySigner.sign(claimsAt(clock.now(), { jti: `jti-${index}` }), 'kid-jwks'),
    ),
  );
  const set = keySet(keys);
  for (const [index, token] of tokens.entries()) {
    const { payload } = await jwtVerify(token, set, { currentDate: new Date(clock.now()) });
    expect(payload.jti).toBe(`jti-${index}`);
  }
});

describe('JWKS', () => {
  const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

  test('P-52: holds public members only', () => {
    const keys = Object.values(byAlgorithm).flatMap((each) => each.jwks().keys);
    expect(keys.map((key) => key.alg)).toEqual(['ES256', 'RS256']);
    for (const key of keys) {
      expect(key.use).toBe('sig');
      expect(Object.keys(key).filter((member) => PRIVATE.includes(member))).toEqual([]);
    }
  });

  test('P-52: has each kid once, the newest key first, and verifies tokens of the old key after a rotation', async () => {
    const folder = join(await temporaryFolder(), 'keys');
    const keys = await openTestKeys(folder, { clock });
    const old = await keys.registrySigner.sign(claimsAt(clock.now()), 'kid-jwks');
    const newId = await keys.rotate();
    const kids = keys.jwks().keys.map((key) => key.kid);
    expect(kids).toEqual([newId, decodeProtectedHeader(old).kid]);
    const set = keySet(keys);
    const options = { currentDate: new Date(clock.now()) };
    await jwtVerify(old, set, options);
    const fresh = await keys.registrySigner.sign(claimsAt(clock.now()), 'kid-jwks');
    await jwtVerify(fresh, set, options);
    expect(decodeProtectedHeader(fresh).kid).toBe(newId);
    await keys.close();
  });

  test('two certificates of one key are one entry', () => {
    const [key] = byAlgorithm.ES256.jwks().keys;
    const leaf = { jwk: key, keyId: key?.kid, algorithm: 'ES256' } as never;
    expect(jwksOf([leaf, leaf]).keys).toHaveLength(1);
  });
});
