import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { atEnd } from './child.ts';

/** Paths of PEM files. */
export interface Certificates {
  readonly ca: string;
  /** Good for 127.0.0.1, for servers and clients. */
  readonly cert: string;
  readonly key: string;
}

const openssl = (dir: string, ...args: string[]) =>
  promisify(execFile)('openssl', args, { cwd: dir });

const CURVE = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** A certificate authority of its own and one certificate by it. The folder is removed after the suite. */
export async function makeCertificates(): Promise<Certificates> {
  const dir = mkdtempSync(join(tmpdir(), 'wharfpass-tls-'));
  atEnd(() => rmSync(dir, { recursive: true, force: true }));
  const names = 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n';
  writeFileSync(join(dir, 'names'), names);
  const root = ['-x509', ...CURVE, '-keyout', 'ca.key', '-out', 'ca.crt', '-days', '2'];
  await openssl(dir, 'req', ...root, '-subj', '/CN=a test authority');
  const request = [...CURVE, '-keyout', 'redis.key', '-out', 'redis.csr', '-subj', '/CN=redis'];
  await openssl(dir, 'req', ...request);
  const signed = ['-in', 'redis.csr', '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial'];
  const out = ['-out', 'redis.crt', '-days', '2', '-extfile', 'names'];
  await openssl(dir, 'x509', '-req', ...signed, ...out);
  return { ca: join(dir, 'ca.crt'), cert: join(dir, 'redis.crt'), key: join(dir, 'redis.key') };
}
