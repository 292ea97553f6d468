import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { createPublicKey } from 'node:crypto';
import { jwkThumbprint } from '../../src/signing/fingerprint.ts';
import { generateEcKey } from '../../src/signing/key-pair.ts';
import { createJobTokenSigner, JOB_TOKEN_AUDIENCE } from '../../src/signing/job-token.ts';
import type { JobTokenClaims } from '../../src/signing/ports.ts';

const NOW = Date.UTC(2026, 5, 1, 12);
const privateKey = await generateEcKey();
const publicKey = createPublicKey(privateKey);
let ids = 0;
const newId = () => `id-${(ids += 1)}`;
const newSigner = () => createJobTokenSigner({ privateKey, issuer: 'wharfpass', newId });
const signer = newSigner();

function claims(overrides: Partial<JobTokenClaims> = {}): JobTokenClaims {
  return {
    jobId: 42,
    projectId: 7,
    userId: 3,
    issuedAt: NOW / 1000,
    expiresAt: NOW / 1000 + 3900,
    scope: { READ_CONTAINERS: '*', ADMIN_CONTAINERS: [7] },
    ...overrides,
  };
}

describe('LOW-08: the claims', () => {
  test('name the job, the project, the user, the end and the scope', async () => {
    const jwt = await signer.sign(claims());
    expect(decodeJwt(jwt)).toEqual({
      iss: 'wharfpass',
      aud: 'wharfpass-job-token',
      sub: 'gid://wharfpass/Ci::Build/42',
      jti: expect.stringMatching(/^id-\d+$/),
      iat: NOW / 1000,
      nbf: NOW / 1000,
      exp: NOW / 1000 + 3900,
      project_id: 7,
      user_id: 3,
      scope: { READ_CONTAINERS: '*', ADMIN_CONTAINERS: ['gid://wharfpass/Project/7'] },
    });
    expect(decodeProtectedHeader(jwt)).toEqual({
      alg: 'ES256',
      typ: 'job+jwt',
      kid: jwkThumbprint(publicKey.export({ format: 'jwk' })),
    });
  });

  test('are such that jose verifies them by the public key', async () => {
    const jwt = await signer.sign(claims());
    const options = { audience: JOB_TOKEN_AUDIENCE, currentDate: new Date(NOW) };
    await expect(jwtVerify(jwt, publicKey, options)).resolves.toBeDefined();
  });

  test('come back as they went in', async () => {
    const id = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
    const arbitrary = fc.record({
      jobId: id,
      projectId: id,
      userId: id,
      scope: fc.dictionary(
        fc.stringMatching(/^[A-Z][A-Z_]{0,20}$/),
        fc.oneof(fc.constant('*' as const), fc.array(id, { maxLength: 8 })),
        { maxKeys: 8 },
      ),
    });
    await fc.assert(
      fc.asyncProperty(arbitrary, async (overrides) => {
        const sent = claims(overrides);
        expect(await signer.verify(await signer.sign(sent), NOW)).toEqual({
          ...sent,
          scope: { ...sent.scope },
        });
      }),
      { numRuns: 100 },
    );
  });

  test('end exactly at exp, also for a token that was verified before', async () => {
    const jwt = await signer.sign(claims());
    const end = NOW + 3_900_000;
    expect(await signer.verify(jwt, end - 1)).toEqual(claims());
    expect(await signer.verify(jwt, end)).toBeNull();
    expect(await newSigner().verify(jwt, end)).toBeNull();
    expect(await newSigner().verify(jwt, end + 30_000)).toBeNull();
  });

  test('are not good before nbf, give or take a minute of clock difference', async () => {
    const jwt = await signer.sign(claims());
    expect(await newSigner().verify(jwt, NOW - 61_000)).toBeNull();
    expect(await newSigner().verify(jwt, NOW - 59_000)).toEqual(claims());
  });
});

test('a repeated token costs no second verification, and a token like it is not taken for it', async () => {
  const fresh = newSigner();
  const tokens = await Promise.all(Array.from({ length: 100 }, async () => fresh.sign(claims())));
  const timed = async () => {
    const started = performance.now();
    for (const jwt of tokens) expect(await fresh.verify(jwt, NOW)).toEqual(claims());
    return performance.now() - started;
  };
  await newSigner().verify(tokens[0] ?? '', NOW);
  const first = await timed();
  expect(Math.min(await timed(), await timed(), await timed())).toBeLessThan(first / 2);
  const [jwt = ''] = tokens;
  const letter = jwt.at(-10) === 'A' ? 'B' : 'A';
  expect(await fresh.verify(`${jwt.slice(0, -10)}${letter}${jwt.slice(-9)}`, NOW)).toBeNull();
});

test('many different tokens do not pile up, and all stay good', async () => {
  const fresh = newSigner();
  const tokens = await Promise.all(
    Array.from({ length: 5000 }, async (_, index) => fresh.sign(claims({ jobId: index + 1 }))),
  );
  for (const jwt of tokens) expect(await fresh.verify(jwt, NOW)).not.toBeNull();
  expect((await fresh.verify(tokens[0] ?? '', NOW))?.jobId).toBe(1);
}, 60_000);

test('LOW-15: a token stays under 8 KiB, with a hundred projects too', async () => {
  const projects = (count: number) => Array.from({ length: count }, (_, index) => 1e6 + index);
  const jwt = await signer.sign(claims({ scope: { READ_CONTAINERS: projects(100) } }));
  expect(jwt.length).toBeLessThan(8192);
  expect(await signer.verify(jwt, NOW)).not.toBeNull();
  await expect(
    signer.sign(claims({ scope: { READ_CONTAINERS: projects(1000) } })),
  ).rejects.toMatchObject({ code: 'bad_request' });
});
