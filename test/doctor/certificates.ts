/** A TLS authority of a test, and certificates by it: for any name, and for any time. */
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import forge from 'node-forge';

const DAY = 86_400_000;

export interface ServerCertificate {
  readonly cert: string;
  readonly key: string;
  /** Paths of the same in PEM. */
  readonly certFile: string;
  readonly keyFile: string;
}

export interface TestAuthority {
  readonly pem: string;
  /** @param names DNS names or IP addresses; @param days from now that it ends; negative: it has ended */
  issue(name: string, names: readonly string[], days: number): ServerCertificate;
}

function newKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return forge.pki.privateKeyFromPem(privateKey.export({ type: 'pkcs1', format: 'pem' }) as string);
}

function blank(key: forge.pki.rsa.PrivateKey, serial: string, days: number) {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.setRsaPublicKey(key.n, key.e);
  certificate.serialNumber = serial;
  certificate.validity.notBefore = new Date(Date.now() - 30 * DAY);
  certificate.validity.notAfter = new Date(Date.now() + days * DAY);
  return certificate;
}

export function makeAuthority(folder: string): TestAuthority {
  const key = newKey();
  const own = [{ name: 'commonName', value: 'a test authority' }];
  const ca = blank(key, '01', 90);
  ca.setSubject(own);
  ca.setIssuer(own);
  ca.setExtensions([{ name: 'basicConstraints', cA: true }]);
  ca.sign(key, forge.md.sha256.create());
  let serial = 1;
  return {
    pem: forge.pki.certificateToPem(ca),
    issue(name, names, days) {
      serial += 1;
      const leafKey = newKey();
      const leaf = blank(leafKey, `0${serial}`, days);
      leaf.setSubject([{ name: 'commonName', value: name }]);
      leaf.setIssuer(own);
      const altNames = names.map((each) =>
        /^\d/.test(each) ? { type: 7, ip: each } : { type: 2, value: each },
      );
      leaf.setExtensions([{ name: 'subjectAltName', altNames }]);
      leaf.sign(key, forge.md.sha256.create());
      const [cert, pem] = [forge.pki.certificateToPem(leaf), forge.pki.privateKeyToPem(leafKey)];
      const [certFile, keyFile] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)];
      writeFileSync(certFile, cert);
      writeFileSync(keyFile, pem);
      return { cert, key: pem, certFile, keyFile };
    },
  };
}
