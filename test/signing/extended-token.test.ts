import { describe, expect, test } from '@jest/globals';
import {
  decodeJwt,
  decodeProtectedHeader,
  SignJWT,
  UnsecuredJWT,
  type JWTHeaderParameters,
} from 'jose';
import { createPublicKey, type KeyObject } from 'node:crypto';
import { createExtendedTokenSigner } from '../../src/signing/extended-token.ts';
import { createJobTokenSigner } from '../../src/signing/job-token.ts';
import { generateEcKey } from '../../src/signing/key-pair.ts';
import type { ExtendedTokenClaims } from '../../src/signing/ports.ts';

const NOW = Date.UTC(2026, 5, 1, 12);
const seconds = NOW / 1000;
const privateKey = await generateEcKey();
const options = { privateKey, issuer: 'wharfpass', newId: () => 'id' };
const signer = createExtendedTokenSigner(options);
const jobTokens = createJobTokenSigner(options);

const claims: ExtendedTokenClaims = {
  jobId: 42,
  projectId: 7,
  userId: 3,
  jobKey: 'k'.repeat(43),
  issuedAt: seconds,
  expiresAt: seconds + 3900,
};
const genuine = await signer.sign(claims);
const payload = decodeJwt(genuine);
const header = decodeProtectedHeader(genuine) as JWTHeaderParameters;

test('EXT-11: the claims name job, project and user, and verify for nobody but us', async () => {
  expect(payload).toEqual({
    iss: 'wharfpass',
    aud: 'wharfpass-extended-job-token',
    sub: 'gid://wharfpass/Ci::Build/42',
    jti: 'id',
    iat: seconds,
    nbf: seconds,
    exp: seconds + 3900,
    project_id: 7,
    user_id: 3,
    job_key: 'k'.repeat(43),
  });
  expect(header).toEqual({
    alg: 'ES256',
    typ: 'wharfpass-extended-job+jwt',
    kid: expect.any(String),
  });
  expect(await signer.verify(genuine, NOW)).toEqual(claims);
});

test('EXT-08: it ends at its exp to the millisecond, also where it was verified before', async () => {
  const end = claims.expiresAt * 1000;
  expect(await signer.verify(genuine, end - 1)).toEqual(claims);
  expect(await signer.verify(genuine, end)).toBeNull();
  expect(await createExtendedTokenSigner(options).verify(genuine, end)).toBeNull();
});

const jobClaims = {
  jobId: 42,
  projectId: 7,
  userId: 3,
  issuedAt: seconds,
  expiresAt: seconds + 3900,
  scope: { READ_CONTAINERS: '*' as const },
};

test('LOW-07, T21: neither kind of token verifies as the other', async () => {
  const job = await jobTokens.sign(jobClaims);
  expect(await jobTokens.verify(job, NOW)).not.toBeNull();
  expect(await signer.verify(job, NOW)).toBeNull();
  expect(await jobTokens.verify(genuine, NOW)).toBeNull();
});

describe('LOW-07, T17: forged extended tokens', () => {
  const sign = (
    body: Record<string, unknown>,
    head: object = {},
    key: KeyObject | Uint8Array = privateKey,
  ) => new SignJWT(body).setProtectedHeader({ ...header, ...head }).sign(key);
  const publicPem = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' });
  const [h = '', p = '', s = ''] = genuine.split('.');
  const without = (name: string) => {
    const { [name]: _left, ...rest } = payload;
    return rest;
  };

  test.each<[string, () => string | Promise<string>]>([
    ['another key', async () => sign(payload, {}, await generateEcKey())],
    ['alg none', () => new UnsecuredJWT(payload).encode()],
    [
      'alg none in our header',
      () => `${Buffer.from('{"alg":"none"}').toString('base64url')}.${p}.`,
    ],
    ['no signature', () => `${h}.${p}.`],
    ['HS256 with the public key', () => sign(payload, { alg: 'HS256' }, Buffer.from(publicPem))],
    ['an unknown kid', () => sign(payload, { kid: 'other' })],
    ['no typ', () => sign(payload, { typ: undefined })],
    ['the typ of a job token', () => sign(payload, { typ: 'job+jwt' })],
    ['the typ of any JWT', () => sign(payload, { typ: 'JWT' })],
    ['a header with jwk', () => sign(payload, { jwk: { kty: 'EC' } })],
    ['another issuer', () => sign({ ...payload, iss: 'other' })],
    ['the audience of a job token', () => sign({ ...payload, aud: 'wharfpass-job-token' })],
    ['a registry’s audience', () => sign({ ...payload, aud: 'container_registry' })],
    ['not good yet', () => sign({ ...payload, nbf: seconds + 3600 })],
    ['expired', () => sign({ ...payload, exp: seconds - 1 })],
    ['no job key', () => sign(without('job_key'))],
    ['a short job key', () => sign({ ...payload, job_key: 'k' })],
    ['a job key that is a list', () => sign({ ...payload, job_key: ['k'.repeat(43)] })],
    ['no sub', () => sign(without('sub'))],
    ['a sub of something else', () => sign({ ...payload, sub: 'gid://wharfpass/Project/42' })],
    ['no project', () => sign(without('project_id'))],
    ['a user that is a text', () => sign({ ...payload, user_id: '3' })],
    ['no exp', () => sign(without('exp'))],
    ['no iat', () => sign(without('iat'))],
    ['no jti', () => sign(without('jti'))],
    ['a changed payload', () => `${h}.${p.slice(0, -2)}AA.${s}`],
    ['padding', () => `${genuine}==`],
    ['more than 8 KiB', () => sign({ ...payload, pad: 'x'.repeat(8192) })],
    ['nothing', () => ''],
  ])('%s', async (_what, forge) => {
    expect(await signer.verify(await forge(), NOW)).toBeNull();
  });
});

describe('CD-09: a job token whose exp has passed', () => {
  const allow = { expired: 'allow' } as const;

  test('is read where the caller judges exp, and only there', async () => {
    const jwt = await jobTokens.sign(jobClaims);
    const later = NOW + 80 * 86_400_000;
    for (const verifier of [jobTokens, createJobTokenSigner(options)]) {
      expect(await verifier.verify(jwt, later)).toBeNull();
      expect(await verifier.verify(jwt, later, { expired: 'refuse' })).toBeNull();
      expect(await verifier.verify(jwt, later, allow)).toEqual(jobClaims);
      expect(await verifier.verify(jwt, later)).toBeNull();
    }
  });

  test('must be ours in every other way', async () => {
    const later = NOW + 80 * 86_400_000;
    const jwt = await jobTokens.sign(jobClaims);
    const body = decodeJwt(jwt);
    const head = decodeProtectedHeader(jwt) as JWTHeaderParameters;
    const sign = (claim: object, key = privateKey) =>
      new SignJWT({ ...body, ...claim }).setProtectedHeader(head).sign(key);
    expect(await jobTokens.verify(await sign({}), later, allow)).toEqual(jobClaims);
    for (const bad of [
      await sign({}, await generateEcKey()),
      await sign({ iss: 'other' }),
      await sign({ aud: 'wharfpass-extended-job-token' }),
      await sign({ nbf: later / 1000 + 3600 }),
      await sign({ iat: undefined }),
      await sign({ iat: 'soon' }),
      await sign({ exp: undefined }),
      genuine,
    ]) {
      expect(await jobTokens.verify(bad, later, allow)).toBeNull();
    }
  });
});
