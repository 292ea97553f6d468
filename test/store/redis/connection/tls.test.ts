import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import forge from 'node-forge';
import { readTls } from '../../../../src/store/redis/connection/tls.ts';
import { startRedis, type SingleRedis } from '../../../support/redis/single.ts';
import { echo, ended, openRedis } from './open.ts';

let dir: string;
let server: SingleRedis;
const file = (name: string): string => join(dir, name);

/** A certificate for 127.0.0.1 and its key, under an authority that only this test knows. */
function certify(authority: string, leaf: string): void {
  const pem = { type: 'pkcs1', format: 'pem' } as const;
  const keys = [authority, leaf].map(() => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    return privateKey.export(pem).toString();
  });
  const [caKey, leafKey] = keys.map((text) => forge.pki.privateKeyFromPem(text));
  if (caKey === undefined || leafKey === undefined) throw new Error('no keys');
  const make = (name: string, key: typeof caKey, issuer: string, extensions: object[]) => {
    const cert = forge.pki.createCertificate();
    cert.publicKey = forge.pki.setRsaPublicKey(key.n, key.e);
    cert.serialNumber = `0${Math.floor(Math.random() * 1e9)}`;
    cert.validity.notBefore = new Date(Date.now() - 60_000);
    cert.validity.notAfter = new Date(Date.now() + 3_600_000);
    cert.setSubject([{ name: 'commonName', value: name }]);
    cert.setIssuer([{ name: 'commonName', value: issuer }]);
    cert.setExtensions(extensions);
    cert.sign(caKey, forge.md.sha256.create());
    return forge.pki.certificateToPem(cert);
  };
  const ip = { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] };
  const ca = { name: 'basicConstraints', cA: true };
  writeFileSync(file(`${authority}.crt`), make(authority, caKey, authority, [ca]));
  writeFileSync(file(`${leaf}.crt`), make(leaf, leafKey, authority, [ip]));
  writeFileSync(file(`${leaf}.key`), keys[1] ?? '');
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'wharfpass-tls-'));
  certify('ca', 'server');
  certify('other', 'elsewhere');
  const tls = { cert: file('server.crt'), key: file('server.key'), ca: file('ca.crt') };
  server = await startRedis({ tls, password: 'pass' });
});
afterAll(() => rmSync(dir, { recursive: true }));

test('a server whose certificate the given authority signed is used', async () => {
  const { redis } = await openRedis(server.url, { tls: { ca: file('ca.crt') } });
  expect(await ended(redis.run(echo('x')))).toMatchObject({ said: 'x' });
  expect(await ended(redis.runDurably(echo('x')))).toMatchObject({ said: 'x' });
});

test('a client certificate is shown', async () => {
  await server.cli('CONFIG', 'SET', 'tls-auth-clients', 'yes');
  const own = { ca: file('ca.crt'), cert: file('server.crt'), key: file('server.key') };
  const { redis } = await openRedis(server.url, { tls: own });
  expect(await ended(redis.run(echo('x')))).toMatchObject({ said: 'x' });
  await server.cli('CONFIG', 'SET', 'tls-auth-clients', 'optional');
});

test.each([
  ['another authority', { ca: 'other.crt' }, /self.signed|unable to (?:verify|get)/],
  ['the authorities of the system', {}, /self.signed|unable to (?:verify|get)/],
])('a server that %s vouches for is never used', async (_name, { ca }: { ca?: string }, said) => {
  const tls = ca === undefined ? {} : { ca: file(ca) };
  const { redis, text } = await openRedis(server.url, { tls, wait: false });
  expect(await redis.ready(500)).toBe(false);
  expect(await ended(redis.run(echo('x')))).toMatchObject({ said: 'store_unavailable' });
  expect(text()).toMatch(said);
});

test('a server under another name than that of its certificate is never used', async () => {
  const url = server.url.replace('127.0.0.1', 'localhost');
  const { redis, text } = await openRedis(url, { tls: { ca: file('ca.crt') }, wait: false });
  expect(await redis.ready(500)).toBe(false);
  expect(text()).toMatch(/altnames/);
});

test('files that are of no use are named', () => {
  writeFileSync(file('text'), 'no certificate');
  expect(() => readTls({ ca: file('text') })).toThrow(/redis\.tls\.ca: .*text is no PEM file/);
  expect(() => readTls({ ca: file('none') })).toThrow(
    /redis\.tls\.ca: .*none cannot be read \(ENOENT\)/,
  );
  expect(() => readTls({ cert: file('server.crt') })).toThrow(/need each other/);
  expect(readTls({})).not.toHaveProperty('rejectUnauthorized');
});
