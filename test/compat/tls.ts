/** The registry once more, by TLS: bytes go through as they are. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { plainEnvironment, runProgram } from '../support/run-program.ts';

export interface TlsFront {
  readonly registry: string;
  readonly certificate: string;
  close(): Promise<void>;
}

async function makeCertificate(folder: string) {
  const [key, certificate] = [join(folder, 'tls.key'), join(folder, 'tls.crt')];
  const args = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=localhost',
    '-addext',
    'subjectAltName=IP:127.0.0.1',
    '-keyout',
    key,
    '-out',
    certificate,
  ];
  const made = await runProgram('openssl', args, { env: plainEnvironment() });
  if (made.code !== 0) throw new Error(made.stderr);
  return { key, certificate };
}

export async function startTlsFront(folder: string, registry: string): Promise<TlsFront> {
  const { key, certificate } = await makeCertificate(folder);
  const options = { key: await readFile(key), cert: await readFile(certificate) };
  const [host = '', port] = registry.split(':');
  const server = createServer(options, (client) => {
    const behind = connect(Number(port), host);
    for (const [one, other] of [
      [client, behind],
      [behind, client],
    ] as const) {
      one.on('error', () => other.destroy()).pipe(other);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    registry: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    certificate,
    close: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}
