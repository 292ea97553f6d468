import { afterAll, describe, expect, test } from '@jest/globals';
import { createPublicKey, X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createLocalJWKSet, importX509, jwtVerify, type JSONWebKeySet } from 'jose';
import { bundleOf } from '../../src/signing/jwks.ts';
import { openKeyFolder } from '../../src/signing/key-folder.ts';
import { takeInventory } from '../../src/signing/inventory.ts';
import { scheduleOf, servesDistribution2 } from '../../src/signing/key-sets.ts';
import {
  claimsAt,
  MAX_TTL,
  openTestKeys,
  removeTemporaryFolders,
  settingsOf,
  temporaryFolder,
} from './support.ts';

afterAll(removeTemporaryFolders);

const ALGORITHMS = ['ES256', 'RS256', 'PS256', 'EdDSA'] as const;

describe.each(ALGORITHMS)('%s', (algorithm) => {
  test('verifies by the JWKS and by the certificate in x5c, with this algorithm alone', async () => {
    const keys = await openTestKeys(join(await temporaryFolder(), 'keys'), { algorithm });
    const token = await keys.registrySigner.sign(claimsAt(Date.now()), 'x5c');
    const jwks = createLocalJWKSet(structuredClone(keys.jwks()) as JSONWebKeySet);
    const { protectedHeader } = await jwtVerify(token, jwks, { algorithms: [algorithm] });
    expect(protectedHeader).toMatchObject({ alg: algorithm, typ: 'JWT' });
    const leaf = new X509Certificate(Buffer.from(protectedHeader.x5c?.[0] ?? '', 'base64'));
    expect(leaf.verify(new X509Certificate(keys.caCertificatePem()).publicKey)).toBe(true);
    const key = await importX509(leaf.toString(), algorithm);
    await expect(jwtVerify(token, key, { algorithms: [algorithm] })).resolves.toBeDefined();
    expect(keys.jwks().keys[0]).toMatchObject({ alg: algorithm, use: 'sig' });
    await keys.close();
  });

  test('P-52: the JWKS holds public members only', async () => {
    const keys = await openTestKeys(join(await temporaryFolder(), 'keys'), { algorithm });
    const [key = {}] = keys.jwks().keys;
    for (const name of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) expect(key).not.toHaveProperty(name);
    expect(createPublicKey({ key, format: 'jwk' }).type).toBe('public');
    await keys.close();
  });
});

test('a change of the algorithm makes a new key, also from RS256 to PS256, and both are published', async () => {
  const folder = join(await temporaryFolder(), 'keys');
  const kids = new Set<string>();
  for (const algorithm of ALGORITHMS) {
    const keys = await openTestKeys(folder, { algorithm });
    const token = await keys.registrySigner.sign(claimsAt(Date.now()), 'kid-jwks');
    const { alg, kid } = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString());
    expect(alg).toBe(algorithm);
    kids.add(kid);
    expect(new Set(keys.jwks().keys.map((key) => key.kid))).toEqual(kids);
    await keys.close();
  }
  expect(kids.size).toBe(4);
  expect(existsSync(join(folder, 'leaf-4.pem'))).toBe(true);
});

describe('P-53: the bundle', () => {
  const inventoryOf = async () => {
    const path = join(await temporaryFolder(), 'keys');
    for (const algorithm of ['EdDSA', 'ES256'] as const) {
      await (await openTestKeys(path, { algorithm })).close();
    }
    const folder = await openKeyFolder(path, false);
    const schedule = scheduleOf(settingsOf(), MAX_TTL);
    return await takeInventory(folder, schedule, { now: () => Date.now() });
  };
  const typesIn = (bundle: string) =>
    (bundle.match(/-----BEGIN[^]*?-----END CERTIFICATE-----\n/g) ?? []).map(
      (pem) => new X509Certificate(pem).publicKey.asymmetricKeyType,
    );

  test('has CERTIFICATE blocks only, and no Ed25519 where a Distribution 2 reads it', async () => {
    const { authority, publicLeaves } = await inventoryOf();
    expect(publicLeaves.map((leaf) => leaf.algorithm)).toEqual(['EdDSA', 'ES256']);
    const bundle = bundleOf(authority, publicLeaves, 'leave out');
    expect(typesIn(bundle)).toEqual(['ec', 'ec']);
    expect(new Set(bundle.match(/^-----BEGIN.*$/gm))).toEqual(
      new Set(['-----BEGIN CERTIFICATE-----']),
    );
    expect(typesIn(bundleOf(authority, publicLeaves, 'keep'))).toEqual(['ec', 'ed25519', 'ec']);
  });

  test('a CA with an Ed25519 key is refused there', async () => {
    const trusted = (await inventoryOf()).publicLeaves.slice(0, 1);
    expect(() => bundleOf({ trusted }, [], 'leave out')).toThrow(/Distribution 2 does not start/);
    expect(bundleOf({ trusted }, [], 'keep')).toContain('BEGIN CERTIFICATE');
  });

  test.each([
    ['any', true],
    ['distribution-2', true],
    ['distribution-3', false],
    ['zot', false],
  ] as const)('%s may be a Distribution 2: %s', (registry, expected) => {
    const { services } = settingsOf({ services: { a: 'x5c' }, more: { a: { registry } } });
    expect(servesDistribution2({ services })).toBe(expected);
  });
});
