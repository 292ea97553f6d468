/** What can be wrong with the realm, the login and the token, and what the token server does that shows only later. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { networkInterfaces } from 'node:os';
import { X509Certificate } from 'node:crypto';
import type { Credential } from '../../src/doctor/ask-token.ts';
import type { WalkOptions } from '../../src/doctor/walk.ts';
import { describeWith } from '../support/programs.ts';
import { freePort } from '../support/run-program.ts';
import { html, login, openYard, problems, status, without, type Spoil, type Yard } from './yard.ts';

interface Cast {
  readonly yard: Yard;
  /** Jane, a Developer of acme/app and nothing in acme/other. */
  readonly jane: Credential;
}

interface Case {
  readonly name: string;
  readonly make: (cast: Cast) => Promise<readonly [string, Partial<WalkOptions>?]>;
  readonly finds: readonly string[];
}

const foreignPem = (yard: Yard) => yard.authority.pem;

/** A registry whose realm is the wharfpass behind a proxy that spoils something. */
async function spoiled(yard: Yard, spoil: Spoil, token: object = {}): Promise<string> {
  const realm = `${await yard.proxy(yard.server.url, spoil)}/token`;
  return (await yard.registry({ token: { realm, ...token } })).url;
}

type Instead = NonNullable<Spoil['instead']>;

const isToken = (path = ''): boolean => path.startsWith('/token');
const changed = (fields: object) => (text: string, path: string) =>
  isToken(path) ? JSON.stringify({ ...(JSON.parse(text) as object), ...fields }) : text;
const answering =
  (code: number, headers: Record<string, string> = {}): Instead =>
  (req, res) => {
    if (!isToken(req.url)) return false;
    status(code, headers)(req, res);
    return true;
  };

const REALM: readonly Case[] = [
  {
    name: 'http, behind an https registry',
    make: async ({ yard }) => [
      (await yard.registry({ tls: yard.authority.issue('secure', ['localhost'], 60) })).url,
      { authorities: [yard.authority.pem] },
    ],
    finds: ['realm realm_http'],
  },
  {
    name: 'an IP literal',
    make: async ({ yard }) => [
      (await yard.registry({ token: { realm: `${yard.server.url}/token` } })).url,
    ],
    finds: ['realm realm_ip_literal'],
  },
  {
    name: 'a slash at its end',
    make: async ({ yard }) => [(await yard.registry({ token: { realm: `${yard.realm}/` } })).url],
    finds: ['realm realm_trailing_slash'],
  },
  {
    name: 'a slash at its end that the proxy does not know',
    make: async ({ yard }) => {
      const instead: Instead = (req, res) => {
        if (!req.url?.startsWith('/token/')) return false;
        status(404)(req, res);
        return true;
      };
      const realm = `${await yard.proxy(yard.server.url, { instead })}/token/`;
      return [(await yard.registry({ token: { realm } })).url];
    },
    finds: ['realm realm_trailing_slash', 'realm realm_not_found'],
  },
  {
    name: 'a wrong path',
    make: async ({ yard }) => [
      (
        await yard.registry({
          token: { realm: `${yard.server.url.replace('127.0.0.1', 'localhost')}/tokens` },
        })
      ).url,
    ],
    finds: ['realm realm_not_found'],
  },
  {
    name: 'a wrong port',
    make: async ({ yard }) => [
      (await yard.registry({ token: { realm: `http://localhost:${await freePort()}/token` } })).url,
    ],
    finds: ['realm unreachable'],
  },
  {
    name: 'a name that is not known',
    make: async ({ yard }) => [
      (await yard.registry({ token: { realm: 'https://auth.invalid/token' } })).url,
    ],
    finds: ['realm no_such_host'],
  },
  {
    name: 'a certificate by an unknown authority',
    make: async ({ yard }) => [
      await spoiled(yard, { tls: yard.authority.issue('realm', ['localhost'], 60) }),
    ],
    finds: ['realm tls_unknown_authority'],
  },
  {
    name: 'https where only plain http is spoken',
    make: async ({ yard }) => [
      (await yard.registry({ token: { realm: yard.realm.replace('http:', 'https:') } })).url,
    ],
    finds: ['realm tls_to_http_port'],
  },
  {
    name: 'a redirect',
    make: async ({ yard }) => [
      await spoiled(yard, { instead: answering(302, { Location: yard.realm }) }),
    ],
    finds: ['realm realm_redirects'],
  },
  {
    name: 'a web site',
    make: async ({ yard }) => [
      (await yard.registry({ token: { realm: `${await yard.serve(html)}/token` } })).url,
    ],
    finds: ['realm realm_html'],
  },
  {
    name: '403 of a firewall',
    make: async ({ yard }) => [await spoiled(yard, { instead: answering(403) })],
    finds: ['realm realm_forbids'],
  },
  {
    name: '503 of a proxy without a server',
    make: async ({ yard }) => [await spoiled(yard, { instead: answering(503) })],
    finds: ['realm realm_unavailable'],
  },
  {
    name: '429',
    make: async ({ yard }) => [await spoiled(yard, { instead: answering(429) })],
    finds: ['realm realm_busy', 'trust trust_unknown'],
  },
  {
    name: '204',
    make: async ({ yard }) => [await spoiled(yard, { instead: answering(204) })],
    finds: ['realm realm_status'],
  },
  {
    name: 'a service that the server does not know',
    make: async ({ yard }) => [(await yard.registry({ token: { service: 'nobody' } })).url],
    finds: ['realm service_unknown'],
  },
  {
    name: 'a server that is not ready',
    make: async ({ yard }) => {
      const body = {
        status: 'unavailable',
        credentials: { job_token: false },
        why: { job_token: 'no key' },
      };
      const instead: Instead = (req, res) => {
        if (req.url !== '/readyz') return false;
        res.writeHead(503, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
        return true;
      };
      return [await spoiled(yard, { instead })];
    },
    finds: ['server server_not_ready'],
  },
  {
    name: 'a server that serves only some',
    make: async ({ yard }) => {
      const body = (text: string, path: string) =>
        path === '/readyz'
          ? JSON.stringify({
              ...(JSON.parse(text) as object),
              status: 'degraded',
              why: { job_token: 'Redis' },
            })
          : text;
      return [await spoiled(yard, { body })];
    },
    finds: ['server server_degraded'],
  },
  {
    name: 'another wharfpass than the one of these settings',
    make: async ({ yard }) => [
      (await yard.registry()).url,
      {
        local: {
          issuer: 'wharfpass',
          services: ['container_registry'],
          publicUrl: 'https://auth.example.com',
          maxTokenSize: 8000,
          authority: new X509Certificate(foreignPem(yard)),
        },
      },
    ],
    finds: ['realm realm_not_public_url', 'server other_server'],
  },
];

const LOGIN: readonly Case[] = [
  {
    name: 'a wrong credential',
    make: async ({ yard }) => [
      (await yard.registry()).url,
      { credential: login('jane', 'glpat-wrong-wrong-wrong') },
    ],
    finds: ['login credential_refused'],
  },
  {
    name: 'a proxy that takes Authorization away from the realm',
    make: async ({ yard, jane }) => [
      await spoiled(yard, { request: (headers) => without(headers, 'authorization') }),
      { credential: jane },
    ],
    finds: ['login authorization_stripped_at_realm'],
  },
  {
    name: 'a realm that gives anybody a token for nobody',
    make: async ({ yard, jane }) => [
      await spoiled(yard, {
        request: (headers) => without(headers, 'authorization'),
        path: (path) => (isToken(path) ? `${path}&scope=repository:any/one:pull` : path),
      }),
      { credential: jane },
    ],
    finds: ['login credential_ignored'],
  },
  {
    name: 'the same, and a wrong password is tried (--deep)',
    make: async ({ yard }) => [
      await spoiled(yard, {
        request: (headers) => without(headers, 'authorization'),
        path: (path) => (isToken(path) ? `${path}&scope=repository:any/one:pull` : path),
      }),
      { deep: true },
    ],
    finds: ['fallback anonymous_fallback'],
  },
  {
    name: 'a realm whose 200 holds no token',
    make: async ({ yard, jane }) => [
      await spoiled(yard, { body: changed({ token: undefined, access_token: undefined }) }),
      { credential: jane },
    ],
    finds: ['login no_token', 'trust trust_unknown'],
  },
  {
    name: 'a token that is no JWT',
    make: async ({ yard, jane }) => [
      await spoiled(yard, { body: changed({ token: 'opaque' }) }),
      { credential: jane },
    ],
    finds: ['token token_unreadable'],
  },
  {
    name: 'a token for another service than the registry’s',
    make: async ({ yard, jane }) => [
      await spoiled(
        yard,
        { path: (path) => path.replace('service=mine', 'service=container_registry') },
        { service: 'mine' },
      ),
      { credential: jane },
    ],
    finds: ['token service_mismatch'],
  },
  {
    name: 'a token of less than a minute',
    make: async ({ yard, jane }) => [
      await spoiled(yard, { body: changed({ expires_in: 30 }) }),
      { credential: jane },
    ],
    finds: ['token token_life_short'],
  },
  {
    name: 'a token of less than a push',
    make: async ({ yard, jane }) => [
      await spoiled(yard, { body: changed({ expires_in: 100 }) }),
      { credential: jane },
    ],
    finds: ['token token_life_scant'],
  },
  {
    name: 'an expires_in that is not true',
    make: async ({ yard, jane }) => [
      await spoiled(yard, { body: changed({ expires_in: 3600 }) }),
      { credential: jane },
    ],
    finds: ['token token_life_untrue'],
  },
  {
    name: 'no credential where nobody is given a token',
    make: async ({ yard }) => [
      await spoiled(yard, { path: (path) => path.replace(/&scope=[^&]*/, '') }),
    ],
    finds: ['trust trust_unknown'],
  },
  {
    name: 'a repository that the credential may not read',
    make: async ({ yard, jane }) => [
      (await yard.registry()).url,
      { credential: jane, repository: { name: 'acme/other', actions: ['pull'] } },
    ],
    finds: ['repository repository_not_allowed'],
  },
  {
    name: 'a repository that nobody may read',
    make: async ({ yard }) => [
      (await yard.registry()).url,
      { repository: { name: 'acme/app', actions: ['pull'] } },
    ],
    finds: ['repository repository_not_allowed'],
  },
  {
    name: 'a proxy that puts the repository elsewhere',
    make: async ({ yard, jane }) => [
      await yard.proxy((await yard.registry()).url, {
        path: (path) => path.replace('/v2/acme/', '/v2/mirror/acme/'),
      }),
      { credential: jane, repository: { name: 'acme/app', actions: ['pull'] } },
    ],
    finds: ['repository repository_refused'],
  },
  {
    name: 'refresh tokens that a kubelet would lose',
    make: async ({ yard, jane }) => [
      (await yard.registry({ token: { service: 'refreshing' } })).url,
      { credential: jane },
    ],
    finds: ['refresh refresh_token_given'],
  },
];

describeWith(['docker-registry'], 'at the realm', () => {
  let cast: Cast;

  beforeAll(async () => {
    const yard = await openYard();
    const { server } = yard;
    const user = await server.user('jane');
    await server.group('acme');
    await server.project('acme/app');
    await server.project('acme/other');
    await server.member('acme/app', 'jane', 'developer');
    const { secret } = await server.personalAccessToken(user, ['api']);
    cast = { yard, jane: login('jane', secret) };
  });

  afterAll(() => cast?.yard.close());

  test('nothing is wrong where nothing is', async () => {
    const { url } = await cast.yard.registry();
    const findings = await cast.yard.examine(url, {
      credential: cast.jane,
      repository: { name: 'acme/app', actions: ['pull', 'push'] },
      deep: true,
    });
    expect(problems(findings)).toEqual([]);
    const steps =
      'registry challenge realm server login token trust headers clock repository refresh fallback';
    expect(findings.map(({ step }) => step).join(' ')).toBe(steps);
  });

  describe('the realm', () => {
    test.each(REALM)('$name: $finds', async ({ make, finds }) => {
      const [registry, more] = await make(cast);
      expect(problems(await cast.yard.examine(registry, more))).toEqual(finds);
    });
  });

  describe('login and token', () => {
    test.each(LOGIN)('$name: $finds', async ({ make, finds }) => {
      const [registry, more] = await make(cast);
      expect(problems(await cast.yard.examine(registry, more))).toEqual(finds);
    });
  });

  test('the reason of a refusal is the server’s own, and so is the remedy', async () => {
    const { url } = await cast.yard.registry();
    const wanted = { name: 'acme/app', actions: ['pull', 'delete'] };
    const findings = await cast.yard.examine(url, { credential: cast.jane, repository: wanted });
    const refusal = findings.find(({ step }) => step === 'repository');
    expect(refusal?.sentence).toMatch(
      /may not delete acme\/app\. wharfpass says \(role\): .*Developer/,
    );
    expect(refusal?.remedy).toContain('Maintainer');
  });

  test('a wrong path is mended with the realm that the server names', async () => {
    const realm = `${cast.yard.server.url.replace('127.0.0.1', 'localhost')}/tokens`;
    const { url } = await cast.yard.registry({ token: { realm } });
    const [, , wrong] = await cast.yard.examine(url);
    expect(wrong?.remedy).toBe(`Set auth.token.realm of the registry to ${cast.yard.realm}.`);
  });

  test('the refresh token that it was given is revoked', async () => {
    const { url } = await cast.yard.registry({ token: { service: 'refreshing' } });
    await cast.yard.examine(url, { credential: cast.jane });
    const { refreshTokens } = cast.yard.server.store;
    const filter = { active: true, now: cast.yard.server.clock.now() };
    expect((await refreshTokens.list(filter, { offset: 0, limit: 10 })).items).toEqual([]);
  });

  const outside = Object.values(networkInterfaces())
    .flat()
    .find((each) => each?.family === 'IPv4' && !each.internal)?.address;
  (outside === undefined ? test.skip : test)(
    'on a network it neither takes a loopback realm for good nor sends a credential in the open',
    async () => {
      const sent: string[] = [];
      const realm = await cast.yard.proxy(cast.yard.server.url, {
        request: (headers) => {
          sent.push(headers.authorization ?? 'none');
          return headers;
        },
      });
      const { tree } = await cast.yard.registry({
        token: { realm: `${realm}/token` },
        http: { addr: `0.0.0.0:${await freePort()}` },
      });
      const port = (tree['http'] as { addr: string }).addr.split(':')[1];
      const registry = `http://${outside}:${port}`;
      const withheld = await cast.yard.examine(registry, { credential: cast.jane });
      expect(problems(withheld)).toEqual([
        'registry registry_plain_http',
        'realm realm_loopback',
        'login credential_withheld',
      ]);
      expect(new Set(sent)).toEqual(new Set(['none']));
      const forced = await cast.yard.examine(registry, { credential: cast.jane, insecure: true });
      expect(problems(forced)).toEqual(['registry registry_plain_http', 'realm realm_loopback']);
      expect(sent.some((each) => each.startsWith('Basic '))).toBe(true);
    },
  );
});
