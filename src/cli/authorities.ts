/** The authorities that this machine trusts for TLS, as registry clients (Go, crypto/x509, root_linux.go) find them. */
import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { CommandError, EXIT } from './exit-codes.ts';

const SYSTEM_FILES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

function readOrNull(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

/**
 * @param extra a PEM file that the operator names
 * @returns PEM texts
 */
export function readAuthorities(
  env: Readonly<Record<string, string | undefined>>,
  extra: string | null,
): readonly string[] {
  const named = env['SSL_CERT_FILE'];
  const files = named === undefined ? SYSTEM_FILES : [named];
  const system = files.map(readOrNull).find((text) => text !== null);
  const own = extra === null ? null : readOrNull(extra);
  if (extra !== null && own?.includes('-----BEGIN CERTIFICATE-----') !== true) {
    throw new CommandError(EXIT.configuration, `--ca ${extra} holds no certificate in PEM.`);
  }
  return [...(system === undefined ? rootCertificates : [system]), ...(own === null ? [] : [own])];
}
