import { afterAll, describe, expect, test } from '@jest/globals';
import { X509Certificate } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { exposedZots, keySetOf, keySetsOf } from '../../src/signing/key-sets.ts';
import type { Keys } from '../../src/signing/open-keys.ts';
import {
  claimsAt,
  DAY,
  handClock,
  openTestKeys,
  recordingLog,
  removeTemporaryFolders,
  settingsOf,
  temporaryFolder,
} from './support.ts';

afterAll(removeTemporaryFolders);

const THREE = {
  services: { a: 'x5c', b: 'x5c', z: 'x5c' },
  more: { z: { registry: 'zot', key: 'own' } },
} as const;

const keySet = (keys: Keys, service?: string) =>
  createLocalJWKSet(structuredClone(keys.jwks(service)) as JSONWebKeySet);

const tokenFor = (keys: Keys, aud: string, now = Date.now()) =>
  keys.registrySigner.sign(claimsAt(now, { aud }), 'x5c');

describe('a service with a key of its own', () => {
  test('P-54: nobody else’s tokens verify with its key, and its tokens with nobody else’s', async () => {
    const keys = await openTestKeys(join(await temporaryFolder(), 'keys'), THREE);
    const [forA, forZ] = [await tokenFor(keys, 'a'), await tokenFor(keys, 'z')];
    await expect(jwtVerify(forA, keySet(keys))).resolves.toBeDefined();
    await expect(jwtVerify(forA, keySet(keys, 'b'))).resolves.toBeDefined();
    await expect(jwtVerify(forZ, keySet(keys, 'z'))).resolves.toBeDefined();
    await expect(jwtVerify(forA, keySet(keys, 'z'))).rejects.toThrow();
    await expect(jwtVerify(forZ, keySet(keys))).rejects.toThrow();
    await keys.close();
  });

  test('P-54: it has a CA of its own, so that no chain leads from the one to the other', async () => {
    const keys = await openTestKeys(join(await temporaryFolder(), 'keys'), THREE);
    const shared = new X509Certificate(keys.caCertificatePem('a'));
    const own = new X509Certificate(keys.caCertificatePem('z'));
    expect(keys.caCertificatePem()).toBe(keys.caCertificatePem('b'));
    expect(own.publicKey.equals(shared.publicKey)).toBe(false);
    const [header = ''] = (await tokenFor(keys, 'z')).split('.');
    const { x5c } = JSON.parse(Buffer.from(header, 'base64url').toString());
    const leaf = new X509Certificate(Buffer.from(x5c[0], 'base64'));
    expect(leaf.verify(own.publicKey)).toBe(true);
    expect(leaf.verify(shared.publicKey)).toBe(false);
    await keys.close();
  });

  test('the folder is closed to others and holds a CA and leaves, and no other secret', async () => {
    const folder = join(await temporaryFolder(), 'keys');
    await (await openTestKeys(folder, THREE)).close();
    const own = join(folder, 'services', 'z');
    for (const path of [join(folder, 'services'), own])
      expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(readdirSync(own).toSorted()).toEqual(['ca.crt', 'ca.key', 'leaf-1.pem']);
  });

  test('is rotated alone', async () => {
    const keys = await openTestKeys(join(await temporaryFolder(), 'keys'), THREE);
    const before = keys.jwks().keys;
    const kid = await keys.rotate('z');
    expect(keys.jwks('z').keys.map((key) => key.kid)).toContain(kid);
    expect(keys.jwks().keys).toEqual(before);
    await keys.close();
  });

  test('the key of a zot does not change by itself, only its certificate', async () => {
    const clock = handClock();
    const folder = join(await temporaryFolder(), 'keys');
    const first = await openTestKeys(folder, { ...THREE, clock });
    const [shared, own] = [first.jwks().keys, first.jwks('z').keys];
    await first.close();
    clock.advance(4 * DAY);
    const second = await openTestKeys(folder, { ...THREE, clock });
    expect(existsSync(join(folder, 'services', 'z', 'leaf-2.pem'))).toBe(true);
    expect(second.jwks('z').keys).toEqual(own);
    expect(second.jwks().keys.map((key) => key.kid)).not.toEqual(shared.map((key) => key.kid));
    await second.close();
  });
});

describe('P-54: zots that share a key', () => {
  const warnings = (lines: { level: string; msg: string }[]) =>
    lines.filter(({ level, msg }) => level === 'warn' && msg.startsWith('zot checks neither'));

  test.each([
    ['a zot beside another service', { z: { registry: 'zot' } }, ['z']],
    ['a zot with a key of its own', { z: { registry: 'zot', key: 'own' } }, []],
    ['the others with keys of their own', { z: { registry: 'zot' }, a: { key: 'own' } }, []],
    ['two zots', { z: { registry: 'zot' }, a: { registry: 'zot' } }, ['a', 'z']],
    ['no zot', {}, []],
  ] as const)('%s', async (_, more, expected) => {
    const choices = { services: { a: 'x5c', z: 'x5c' }, more } as const;
    expect(exposedZots(settingsOf(choices))).toEqual(expected);
    const { log, lines } = recordingLog();
    const keys = await openTestKeys(join(await temporaryFolder(), 'keys'), { ...choices, log });
    expect(warnings(lines)).toHaveLength(expected.length);
    await keys.close();
  });

  test('a zot alone shares with nobody', () => {
    const choices = { services: { z: 'x5c' }, more: { z: { registry: 'zot' } } } as const;
    expect(exposedZots(settingsOf(choices))).toEqual([]);
  });
});

describe('folders', () => {
  const folderOf = (service: string) => {
    const more = { [service]: { key: 'own' } } as const;
    return keySetsOf('/keys', settingsOf({ services: { [service]: 'x5c' }, more }))[1]?.path;
  };

  test.each([
    ['registry.example.com', '/keys/services/registry.example.com'],
    ['..', '/keys/services/%2E.'],
    ['.', '/keys/services/%2E'],
    ['../../etc', '/keys/services/%2E.%2F..%2Fetc'],
    ['a b/c:5000', '/keys/services/a%20b%2Fc%3A5000'],
    ['%2E.', '/keys/services/%252E.'],
  ])('%s', (service, expected) => expect(folderOf(service)).toBe(expected));

  test('long names have folders of their own that a file system takes', () => {
    const [one = '', two = ''] = [folderOf(`${'é'.repeat(254)}1`), folderOf(`${'é'.repeat(254)}2`)];
    expect(one).not.toBe(two);
    expect(one.length).toBeLessThan(240);
  });

  test('a service that is not configured has no keys', () => {
    expect(() => keySetOf('/keys', settingsOf({ services: { a: 'x5c' } }), 'b')).toThrow(
      'There is no service "b" in the settings.',
    );
  });
});
