/** What can be wrong on the way to the registry and in its challenge: each made on purpose, and named. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { WalkOptions } from '../../src/doctor/walk.ts';
import { describeWith } from '../support/programs.ts';
import { freePort } from '../support/run-program.ts';
import { html, openYard, problems, status, without, type Spoil, type Yard } from './yard.ts';

interface Case {
  readonly name: string;
  /** Resolves to the URL of the registry, and how it is looked at. */
  readonly make: (yard: Yard) => Promise<readonly [string, Partial<WalkOptions>?]>;
  readonly finds: readonly string[];
}

/** A server that is no HTTP server; closed with the process. */
async function rawServer(answer: string | null): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    if (answer !== null) socket.end(answer);
  });
  server.listen(0, '127.0.0.1').unref();
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const CASES: readonly Case[] = [
  {
    name: 'nothing listens',
    make: async () => [`http://127.0.0.1:${await freePort()}`],
    finds: ['registry unreachable'],
  },
  {
    name: 'the name is not known',
    make: async () => ['https://registry.invalid'],
    finds: ['registry no_such_host'],
  },
  {
    name: 'it takes the connection and says nothing',
    make: async () => [await rawServer(null), { deadline: 300 }],
    finds: ['registry no_answer_in_time'],
  },
  {
    name: 'something else than HTTP listens',
    make: async () => [await rawServer('220 mail.example.com ESMTP\r\n')],
    finds: ['registry no_http'],
  },
  {
    name: 'its certificate is by an unknown authority',
    make: async ({ registry, authority }) => [
      (await registry({ tls: authority.issue('unknown', ['localhost'], 60) })).url,
    ],
    finds: ['registry tls_unknown_authority'],
  },
  {
    name: 'its certificate has ended',
    make: async ({ registry, authority }) => [
      (await registry({ tls: authority.issue('ended', ['localhost'], -1) })).url,
      { authorities: [authority.pem] },
    ],
    finds: ['registry tls_expired'],
  },
  {
    name: 'its certificate is for another host',
    make: async ({ registry, authority }) => [
      (await registry({ tls: authority.issue('elsewhere', ['other.example.com'], 60) })).url,
      { authorities: [authority.pem] },
    ],
    finds: ['registry tls_wrong_host'],
  },
  {
    name: 'plain http to a port with TLS, of the registry itself',
    make: async ({ registry, authority }) => {
      const { url } = await registry({ tls: authority.issue('tls', ['localhost'], 60) });
      return [url.replace('https:', 'http:')];
    },
    finds: ['registry http_to_tls_port'],
  },
  {
    name: 'plain http to a port with TLS, of a server that cuts the line',
    make: async ({ serve, authority }) => {
      const url = await serve(html, authority.issue('cuts', ['localhost'], 60));
      return [url.replace('https:', 'http:')];
    },
    finds: ['registry http_to_tls_port'],
  },
  {
    name: 'https to a port with plain http',
    make: async ({ registry }) => [(await registry()).url.replace('http:', 'https:')],
    finds: ['registry tls_to_http_port'],
  },
  {
    name: 'it has no authentication',
    make: async ({ registry }) => [(await registry({ auth: null })).url],
    finds: ['registry registry_open'],
  },
  {
    name: 'it asks for a password of its own',
    make: async ({ registry, folder }) => {
      const auth = { htpasswd: { realm: 'own', path: `${folder}/htpasswd` } };
      return [(await registry({ auth })).url];
    },
    finds: ['challenge challenge_basic'],
  },
  {
    name: 'it serves below another path',
    make: async ({ registry }) => [(await registry({ http: { prefix: '/below/' } })).url],
    finds: ['registry registry_no_v2'],
  },
  {
    name: 'a web site answers',
    make: async ({ serve }) => [await serve(html)],
    finds: ['registry registry_html'],
  },
  {
    name: 'it redirects',
    make: async ({ serve, registry }) => [
      await serve(status(301, { Location: `${(await registry()).url}/v2/` })),
    ],
    finds: ['registry registry_redirects'],
  },
  {
    name: 'the proxy before it finds no registry',
    make: async ({ serve }) => [await serve(status(502))],
    finds: ['registry registry_status'],
  },
  {
    name: 'a proxy takes WWW-Authenticate away',
    make: async ({ registry, proxy }) => {
      const response: NonNullable<Spoil['response']> = (headers) =>
        without(headers, 'www-authenticate');
      return [await proxy((await registry()).url, { response })];
    },
    finds: ['challenge challenge_missing'],
  },
  {
    name: 'its realm is no URL',
    make: async ({ registry }) => [
      (await registry({ token: { realm: 'auth.example.com/token' } })).url,
    ],
    finds: ['challenge challenge_no_realm'],
  },
  {
    name: 'its challenge names no service',
    make: async ({ registry, proxy }) => {
      const response = (headers: Record<string, unknown>) => ({
        ...(headers as Record<string, string>),
        'www-authenticate': String(headers['www-authenticate']).replace(/,service="[^"]*"/, ''),
      });
      return [await proxy((await registry()).url, { response })];
    },
    finds: ['challenge challenge_no_service'],
  },
];

describeWith(['docker-registry'], 'on the way to the registry', () => {
  let yard: Yard;

  beforeAll(async () => {
    yard = await openYard();
  });

  afterAll(() => yard?.close());

  test.each(CASES)('$name: $finds', async ({ make, finds }) => {
    const [registry, more] = await make(yard);
    const findings = await yard.examine(registry, more);
    expect(problems(findings)).toEqual(finds);
    for (const { remedy, code } of findings) expect(remedy !== null).toBe(code !== null);
  });

  test('a certificate that ends within two weeks is a warning, and all else is well', async () => {
    const tls = yard.authority.issue('soon', ['localhost'], 5);
    const realm = await yard.proxy(yard.server.url, { tls });
    const { url } = await yard.registry({ tls, token: { realm: `${realm}/token` } });
    const findings = await yard.examine(url, { authorities: [yard.authority.pem] });
    expect(problems(findings)).toEqual(['registry tls_ends_soon', 'realm tls_ends_soon']);
  });

  test('--insecure goes on behind a certificate that nobody vouches for', async () => {
    const tls = yard.authority.issue('insecure', ['localhost'], 60);
    const realm = await yard.proxy(yard.server.url, { tls });
    const { url } = await yard.registry({ tls, token: { realm: `${realm}/token` } });
    const findings = await yard.examine(url, { insecure: true });
    const unknown = 'tls_unknown_authority';
    expect(problems(findings)).toEqual([`registry ${unknown}`, `realm ${unknown}`]);
    expect(findings.find(({ step }) => step === 'trust')).toMatchObject({ verdict: 'ok' });
  });
});
