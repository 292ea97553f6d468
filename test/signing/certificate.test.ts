import { beforeAll, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync, X509Certificate, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCaCertificate, makeLeafCertificate } from '../../src/signing/certificate.ts';
import { describeWith } from '../support/programs.ts';
import { DAY, HOUR } from './support.ts';

const NOW = Date.UTC(2026, 5, 1, 12);
const ec = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const rsa = () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

async function chain(caKey: KeyObject, leafKey: KeyObject, caNotAfter = NOW + 3650 * DAY) {
  const ca = await makeCaCertificate({
    commonName: 'Test CA ü_-',
    privateKey: caKey,
    notBefore: NOW - HOUR,
    notAfter: caNotAfter,
  });
  const leaf = await makeLeafCertificate({
    commonName: 'test signer',
    publicKey: createPublicKey(leafKey),
    issuer: { certificate: new X509Certificate(ca), privateKey: caKey },
    notBefore: NOW - HOUR,
    notAfter: NOW + 7 * DAY,
  });
  return { ca, leaf };
}

describe.each([
  ['P-256 under P-256', ec, ec],
  ['RSA under P-256', ec, rsa],
  ['P-256 under RSA', rsa, ec],
])('%s', (_, makeCaKey, makeLeafKey) => {
  const [caKey, leafKey] = [makeCaKey(), makeLeafKey()];
  let pem: { ca: string; leaf: string };
  beforeAll(async () => {
    pem = await chain(caKey, leafKey);
  });

  test('node:crypto takes root and leaf', () => {
    const [ca, leaf] = [new X509Certificate(pem.ca), new X509Certificate(pem.leaf)];
    expect(ca.ca).toBe(true);
    expect(leaf.ca).toBe(false);
    expect(ca.verify(ca.publicKey)).toBe(true);
    expect(leaf.checkIssued(ca)).toBe(true);
    expect(leaf.verify(ca.publicKey)).toBe(true);
    expect(leaf.checkPrivateKey(leafKey)).toBe(true);
    expect(leaf.issuer).toBe(ca.subject);
    expect(ca.subject).toBe('CN=Test CA ü_-');
    expect(Date.parse(leaf.validFrom)).toBe(NOW - HOUR);
    expect(Date.parse(leaf.validTo)).toBe(NOW + 7 * DAY);
  });

  describeWith(['openssl'], 'openssl', () => {
    const show = (certificate: string) =>
      execFileSync('openssl', ['x509', '-noout', '-text'], { input: certificate }).toString();

    test('verifies the chain by the strict rules of RFC 5280', () => {
      const folder = mkdtempSync(join(tmpdir(), 'wharfpass-certificate-'));
      try {
        writeFileSync(join(folder, 'ca.crt'), pem.ca);
        writeFileSync(join(folder, 'leaf.crt'), pem.leaf);
        const at = ['-attime', String(NOW / 1000)];
        const verify = ['verify', '-x509_strict', ...at, '-CAfile', 'ca.crt', 'leaf.crt'];
        expect(execFileSync('openssl', verify, { cwd: folder }).toString()).toBe('leaf.crt: OK\n');
      } finally {
        rmSync(folder, { recursive: true });
      }
    });

    test('reads the extensions as meant', () => {
      const [ca, leaf] = [show(pem.ca), show(pem.leaf)];
      expect(ca).toMatch(/Basic Constraints: critical\s+CA:TRUE, pathlen:0\n/);
      expect(ca).toMatch(/Key Usage: critical\s+Certificate Sign, CRL Sign\n/);
      expect(leaf).toMatch(/Basic Constraints: critical\s+CA:FALSE\n/);
      expect(leaf).toMatch(/Key Usage: critical\s+Digital Signature\n/);
      const keyId = /Subject Key Identifier:\s+([0-9A-F:]{59})\n/.exec(ca)?.[1];
      expect(leaf).toContain(`Authority Key Identifier: \n                ${keyId}\n`);
    });
  });
});

test('serial numbers are positive, 16 bytes long, and never the same', async () => {
  const serials = new Set<string>();
  const key = ec();
  for (let round = 0; round < 200; round += 1) {
    const request = { commonName: 'x', privateKey: key, notBefore: NOW, notAfter: NOW + DAY };
    const { serialNumber } = new X509Certificate(await makeCaCertificate(request));
    expect(serialNumber).toMatch(/^[4-7][0-9A-F]{31}$/);
    serials.add(serialNumber);
  }
  expect(serials.size).toBe(200);
});

test('a root may outlive the year 2050', async () => {
  const { ca, leaf } = await chain(ec(), ec(), Date.UTC(2056, 1, 29, 1, 2, 3));
  expect(new X509Certificate(ca).validTo).toBe('Feb 29 01:02:03 2056 GMT');
  expect(new X509Certificate(leaf).checkIssued(new X509Certificate(ca))).toBe(true);
});
