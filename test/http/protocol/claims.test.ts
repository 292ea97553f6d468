/** The token as a registry reads it: the raw header, the raw claims, the raw signature. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { X509Certificate } from 'node:crypto';
import { get, startTokenServer, type TokenServer } from '../../support/token-server.ts';

let server: TokenServer;
let as: readonly [string, string];

beforeAll(async () => {
  server = await startTokenServer('services: {other: {header: kid-jwks}}');
  const jane = await server.user('jane');
  await server.group('acme');
  for (const path of ['acme/app', 'acme/docs', 'acme/closed']) await server.project(path);
  await server.member('acme/app', 'jane', 'maintainer');
  await server.member('acme/docs', 'jane', 'reporter');
  as = ['jane', (await server.personalAccessToken(jane, ['api'])).secret];
});
afterAll(() => server.close());

async function partsOf(scope: string | string[], service = 'container_registry') {
  const { body } = await get(server, { as, scope, more: { service } });
  const parts = String(body['token']).split('.');
  const [header = '', claims = '', signature = ''] = parts;
  return { parts, header, claims, signature };
}
const textOf = (part: string): string => Buffer.from(part, 'base64url').toString('utf8');
async function accessOf(...scope: string[]) {
  const { access } = JSON.parse(textOf((await partsOf(scope)).claims)) as {
    access: { type: string; name: string; actions: string[] }[];
  };
  return access;
}

describe('the form', () => {
  test('P-44: three parts of base64url without padding, typ JWT, and 64 raw bytes signed', async () => {
    for (let i = 0; i < 50; i += 1) {
      const { parts, header, signature } = await partsOf('');
      expect(parts).toHaveLength(3);
      for (const part of parts) expect(part).toMatch(/^[A-Za-z0-9_-]+$/);
      expect(JSON.parse(textOf(header))).toMatchObject({ typ: 'JWT', alg: 'ES256' });
      expect(Buffer.from(signature, 'base64url')).toHaveLength(64);
    }
  });

  test('P-45: the chain is standard base64 of DER with the leaf first, and no other key is named', async () => {
    const header = JSON.parse(textOf((await partsOf('')).header)) as Record<string, unknown>;
    const chain = header['x5c'] as string[];
    const leaf = new X509Certificate(Buffer.from(chain[0] ?? '', 'base64'));
    for (const entry of chain) expect(entry).toMatch(/^[A-Za-z0-9+/]+={0,2}$/);
    expect(leaf.ca).toBe(false);
    expect(leaf.verify(new X509Certificate(server.keys.caCertificatePem()).publicKey)).toBe(true);
    expect(Object.keys(header).toSorted()).toEqual(['alg', 'kid', 'typ', 'x5c']);
    const other = JSON.parse(textOf((await partsOf('', 'other')).header)) as object;
    expect(Object.keys(other).toSorted()).toEqual(['alg', 'kid', 'typ']);
  });

  test('P-41, P-42, P-43: strings are strings and times are digits, as Go reads them', async () => {
    const claims = textOf((await partsOf('repository:acme/app:pull')).claims);
    for (const name of ['exp', 'nbf', 'iat']) {
      expect(claims).toMatch(new RegExp(`"${name}":[1-9]\\d{9}[,}]`));
    }
    for (const name of ['iss', 'sub', 'aud', 'jti']) {
      expect(claims).toMatch(new RegExp(`"${name}":"[^"]+"[,}]`));
    }
    const now = Math.floor(server.clock.now() / 1000);
    const { exp, nbf, iat } = JSON.parse(claims) as Record<string, number>;
    expect([nbf, iat]).toEqual([now - 10, now - 10]);
    expect((exp ?? 0) - now).toBeGreaterThanOrEqual(60);
  });
});

describe('access', () => {
  const SCOPES = [
    'repository:acme/app:pull',
    'repository:acme/app:push',
    'repository:acme/app:*',
    'repository:acme/docs:pull,push',
    'repository:acme/docs:delete',
    'repository:acme/closed:pull',
    'repository(plugin):acme/app:delete',
    'repository::pull',
    'registry:catalog:*',
    'noise',
    '',
    ':::',
    'repository:host:5000/acme/app:pull',
  ];
  const asked = fc.array(fc.constantFrom(...SCOPES), { maxLength: 8 });

  test('P-06, P-14, P-15: is always a list, with no null, no class, no star and no empty entry', async () => {
    await fc.assert(
      fc.asyncProperty(asked, async (scopes) => {
        const access: unknown = await accessOf(...scopes);
        expect(Array.isArray(access)).toBe(true);
        for (const entry of access as Record<string, unknown>[]) {
          expect(Object.keys(entry)).toEqual(['type', 'name', 'actions']);
          expect(entry['type']).toBe('repository');
          expect(entry['actions']).not.toEqual([]);
          for (const action of entry['actions'] as string[]) {
            expect(['pull', 'push', 'delete']).toContain(action);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  test('P-10, P-11, P-12: order, repeats and noise change nothing, and each name has one entry', async () => {
    const sorted = async (scopes: readonly string[]) =>
      (await accessOf(...scopes))
        .map(({ type, name, actions }) => `${type}:${name}:${actions.toSorted().join(',')}`)
        .toSorted();
    const pair = asked.chain((scopes) =>
      fc.tuple(
        fc.constant(scopes),
        fc.shuffledSubarray([...scopes, ...scopes, '  ', 'x'], {
          minLength: scopes.length * 2 + 2,
        }),
      ),
    );
    await fc.assert(
      fc.asyncProperty(pair, async ([one, other]) => {
        const granted = await sorted(one);
        expect(await sorted(other)).toEqual(granted);
        expect(await sorted([one.join(' ')])).toEqual(granted);
        const names = granted.map((entry) => entry.slice(0, entry.lastIndexOf(':')));
        expect(new Set(names).size).toBe(names.length);
      }),
      { numRuns: 40 },
    );
  });
});
