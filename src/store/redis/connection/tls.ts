/** The files of the settings that make up a TLS connection. */
import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { AppError } from '../../../errors.ts';

/** Paths of PEM files. All may be missing: then the certificates of the system vouch for the server. */
export interface TlsFiles {
  /** Who may vouch for the server's certificate; nobody else then may. */
  readonly ca?: string | undefined;
  /** What to show the server, together with `key`. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

function readPem(path: string, what: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    throw new AppError('bad_request', `redis.tls.${what}: ${path} cannot be read (${reason}).`);
  }
  if (text.includes('-----BEGIN ')) return text;
  throw new AppError('bad_request', `redis.tls.${what}: ${path} is no PEM file.`);
}

/**
 * @returns options for node:tls; the server's certificate and name are always checked
 * @throws AppError `bad_request` that names the file
 */
export function readTls(files: TlsFiles): ConnectionOptions {
  const { ca, cert, key } = files;
  if ((cert === undefined) !== (key === undefined)) {
    throw new AppError('bad_request', 'redis.tls.cert and redis.tls.key need each other.');
  }
  return {
    minVersion: 'TLSv1.2',
    ...(ca === undefined ? {} : { ca: readPem(ca, 'ca') }),
    ...(cert === undefined ? {} : { cert: readPem(cert, 'cert') }),
    ...(key === undefined ? {} : { key: readPem(key, 'key') }),
  };
}
