import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHmac, createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { jwkThumbprint } from '../../src/signing/fingerprint.ts';
import { createJobTokenSigner } from '../../src/signing/job-token.ts';
import { toPayload } from '../../src/signing/job-token-claims.ts';
import { generateEcKey, generateSigningKey } from '../../src/signing/key-pair.ts';
import type { JobTokenSigner } from '../../src/signing/ports.ts';
import {
  claimsAt,
  handClock,
  openTestKeys,
  removeTemporaryFolders,
  temporaryFolder,
} from './support.ts';

type Json = Record<string, unknown>;

const clock = handClock();
const seconds = clock.now() / 1000;
const claims = {
  jobId: 42,
  projectId: 7,
  userId: 3,
  issuedAt: seconds,
  expiresAt: seconds + 3600,
  scope: { READ_CONTAINERS: [7] },
};
const payload: Json = {
  ...toPayload(claims),
  iss: 'wharfpass',
  aud: 'wharfpass-job-token',
  jti: 'forged',
};

const folder = join(await temporaryFolder(), 'keys');
const server = await openTestKeys(folder, { clock });
const ourKey = createPrivateKey(readFileSync(join(folder, 'job-token.key')));
const ourPublic = createPublicKey(ourKey);
const kid = jwkThumbprint(ourPublic.export({ format: 'jwk' }));
const header: Json = { alg: 'ES256', typ: 'job+jwt', kid };
const foreignKey = await generateEcKey();
const foreignRsa = await generateSigningKey('RS256');
const registryKey = createPrivateKey(readFileSync(join(folder, 'leaf-1.pem')));

const encode = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const input = (head: unknown, body: unknown) => `${encode(head)}.${encode(body)}`;

function es256(head: unknown, body: unknown, key: KeyObject = ourKey): string {
  const data = input(head, body);
  const signature = sign('sha256', Buffer.from(data), { key, dsaEncoding: 'ieee-p1363' });
  return `${data}.${signature.toString('base64url')}`;
}

function hs(bits: 256 | 384 | 512, secret: string | Buffer, extra: Json = {}): string {
  const data = input({ ...header, alg: `HS${bits}`, ...extra }, payload);
  return `${data}.${createHmac(`sha${bits}`, secret).update(data).digest('base64url')}`;
}

const genuine = es256(header, payload);
const [h = '', p = '', s = ''] = genuine.split('.');
const flip = (text: string, at: number) => {
  const bytes = Buffer.from(text, 'base64url');
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  return bytes.toString('base64url');
};
const without = (object: Json, member: string) =>
  Object.fromEntries(Object.entries(object).filter(([name]) => name !== member));

const forged: [string, string][] = [];
const add = (name: string, token: string) => forged.push([name, token]);

// Another algorithm.
for (const alg of ['none', 'None', 'NONE', 'nOnE', '']) {
  add(`alg ${alg} without a signature`, `${input({ ...header, alg }, payload)}.`);
  add(`alg ${alg} with our signature`, `${encode({ ...header, alg })}.${p}.${s}`);
  add(`alg ${alg}, signed by us over it`, es256({ ...header, alg }, payload));
}
for (const bits of [256, 384, 512] as const) {
  const spki = ourPublic.export({ type: 'spki', format: 'pem' }).toString();
  add(`HS${bits} under the public key in PEM`, hs(bits, spki));
  add(`HS${bits} under the trimmed PEM`, hs(bits, spki.trim()));
  add(
    `HS${bits} under the public key in DER`,
    hs(bits, ourPublic.export({ type: 'spki', format: 'der' })),
  );
  add(`HS${bits} under the JWK`, hs(bits, JSON.stringify(ourPublic.export({ format: 'jwk' }))));
  add(`HS${bits} under the kid`, hs(bits, kid));
  add(`HS${bits} under nothing`, hs(bits, ''));
}
for (const alg of [
  'ES384',
  'ES512',
  'ES256K',
  'PS256',
  'RS256',
  'EdDSA',
  'Ed25519',
  'es256',
  'ES256 ',
]) {
  add(`alg ${alg} with our signature`, es256({ ...header, alg }, payload));
}
for (const alg of [null, 1, ['ES256'], { toString: 'ES256' }]) {
  add(`alg ${JSON.stringify(alg)}`, es256({ ...header, alg }, payload));
}

// Another key.
const foreignJwk = createPublicKey(foreignKey).export({ format: 'jwk' });
const foreignKid = jwkThumbprint(foreignJwk);
add('a foreign key under our kid', es256(header, payload, foreignKey));
add('a foreign key under its own kid', es256({ ...header, kid: foreignKid }, payload, foreignKey));
add('the registry key under our kid', es256(header, payload, registryKey));
add(
  'an RSA key',
  `${input({ ...header, alg: 'RS256' }, payload)}.${sign('sha256', Buffer.from('x'), foreignRsa).toString('base64url')}`,
);
for (const other of [
  '',
  foreignKid,
  `${kid} `,
  kid.toLowerCase(),
  `../${kid}`,
  '../../dev/null',
  '/dev/null',
  "' OR 1=1--",
  '*',
  '__proto__',
  'constructor',
  'x'.repeat(5000),
  null,
  0,
  [kid],
  { kid },
]) {
  add(`kid ${JSON.stringify(other).slice(0, 30)}`, es256({ ...header, kid: other }, payload));
}

// Headers that bring or fetch a key, or change the rules.
const tricks: Json = {
  jwk: foreignJwk,
  jku: 'https://attacker.example/jwks.json',
  x5u: 'https://attacker.example/chain.pem',
  x5c: ['MIIB'],
  x5t: 'abc',
  'x5t#S256': 'abc',
  crit: ['exp'],
  b64: false,
  cty: 'JWT',
  zip: 'DEF',
  enc: 'A256GCM',
  epk: foreignJwk,
  nonce: '1',
  iss: 'wharfpass',
};
for (const [name, value] of Object.entries(tricks)) {
  add(
    `header ${name}, signed by a foreign key`,
    es256({ ...header, [name]: value }, payload, foreignKey),
  );
  add(`header ${name}, even signed by us`, es256({ ...header, [name]: value }, payload));
}
add('crit and b64:false', es256({ ...header, crit: ['b64'], b64: false }, payload));

// Another kind of token.
for (const typ of ['JWT', 'jwt', 'at+jwt', 'job+JWT', 'application/job+jwt', 'JOB+JWT', '', null]) {
  add(`typ ${typ}`, es256({ ...header, typ }, payload));
}
for (const member of ['alg', 'typ', 'kid'])
  add(`no ${member}`, es256(without(header, member), payload));
for (const head of [null, [], 'text', 1, true, {}, [header]]) {
  add(`header ${JSON.stringify(head).slice(0, 20)}`, es256(head, payload));
}

// Claims that are missing or of another shape, signed by our own key.
for (const member of Object.keys(payload)) {
  add(`no claim ${member}`, es256(header, without(payload, member)));
  for (const value of [null, [], {}, true, 'x', -1, 1.5]) {
    // An audience may be a list, a scope may be empty; those are other tests.
    if (member === 'jti' || (member === 'scope' && JSON.stringify(value) === '{}')) continue;
    // How long ago it was issued is nobody's business but exp's.
    if ((member === 'nbf' && typeof value === 'number') || (member === 'iat' && value === 1.5))
      continue;
    add(`claim ${member} ${JSON.stringify(value)}`, es256(header, { ...payload, [member]: value }));
  }
}
const wrong: [string, Json][] = [
  ['another issuer', { iss: 'wharfpass2' }],
  ['another audience', { aud: 'container_registry' }],
  ['no job in sub', { sub: 'gid://wharfpass/User/42' }],
  ['two jobs in sub', { sub: 'gid://wharfpass/Ci::Build/42/43' }],
  ['job zero', { sub: 'gid://wharfpass/Ci::Build/0' }],
  ['a job with a leading zero', { sub: 'gid://wharfpass/Ci::Build/042' }],
  ['a job in hexadecimal', { sub: 'gid://wharfpass/Ci::Build/0x2a' }],
  ['a huge job', { sub: `gid://wharfpass/Ci::Build/${'9'.repeat(30)}` }],
  ['a job of another forge', { sub: 'gid://gitlab/Ci::Build/42' }],
  ['an ended token', { exp: seconds }],
  ['a token from the future', { nbf: seconds + 3600 }],
  ['exp as text', { exp: String(seconds + 3600) }],
  ['exp beyond numbers', { exp: 1e300 }],
  ['project_id as text', { project_id: '7' }],
  ['a scope of numbers', { scope: { READ_CONTAINERS: [7] } }],
  ['a scope of users', { scope: { READ_CONTAINERS: ['gid://wharfpass/User/7'] } }],
  ['a scope of stars in a list', { scope: { READ_CONTAINERS: ['*'] } }],
  ['a scope with a lower-case name', { scope: { read_containers: '*' } }],
];
for (const [name, change] of wrong) add(name, es256(header, { ...payload, ...change }));
add(
  'a scope that names __proto__',
  es256(header, `{${JSON.stringify(payload).slice(1, -1)},"scope":{"__proto__":"*"}}`),
);
for (const body of ['', 'text', 'null', '[]', '1', '"x"', '{', '\u0000']) {
  add(`payload ${JSON.stringify(body)}`, es256(header, body));
}

// Changed bytes.
for (const at of [0, 10, 40, 80, 120]) add(`payload byte ${at}`, `${h}.${flip(p, at)}.${s}`);
for (const at of [0, 20, 40]) add(`header byte ${at}`, `${flip(h, at)}.${p}.${s}`);
for (const at of [0, 31, 32, 63]) add(`signature byte ${at}`, `${h}.${p}.${flip(s, at)}`);
const der = sign('sha256', Buffer.from(`${h}.${p}`), ourKey).toString('base64url');
const raw = Buffer.from(s, 'base64url');
add('a DER signature', `${h}.${p}.${der}`);
add('a signature of zeros', `${h}.${p}.${Buffer.alloc(64).toString('base64url')}`);
add('a short signature', `${h}.${p}.${raw.subarray(0, 63).toString('base64url')}`);
add('a long signature', `${h}.${p}.${Buffer.concat([raw, Buffer.alloc(1)]).toString('base64url')}`);
add('no signature', `${h}.${p}.`);

// Another spelling of the same token.
const nextLetter = String.fromCharCode(s.charCodeAt(s.length - 1) + 1);
add('unused bits of the last letter', `${h}.${p}.${s.slice(0, -1)}${nextLetter}`);
for (const [name, text] of [
  ['padding', `${genuine}==`],
  ['a blank in front', ` ${genuine}`],
  ['a line end', `${genuine}\n`],
  ['a NUL', `${genuine}\0`],
  ['blanks inside', `${h}. ${p}.${s}`],
  ['a line end inside', `${h}.${p.slice(0, 4)}\n${p.slice(4)}.${s}`],
  ['base64 for base64url', `${h}.${p}.${Buffer.from(s, 'base64url').toString('base64')}`],
  ['one dot', `${h}.${p}`],
  ['three dots', `${genuine}.${s}`],
  ['five parts, as JWE has', `${h}.${p}.${s}.${p}.${s}`],
  ['no dot', 'abc'],
  ['only dots', '..'],
  ['nothing', ''],
  ['JSON serialisation', JSON.stringify({ protected: h, payload: p, signature: s })],
  ['a prefix', `glcbt-${genuine}`],
  ['more than 8 KiB', es256(header, { ...payload, pad: 'x'.repeat(8192) })],
  ['a megabyte of dots', '.'.repeat(1_000_000)],
  ['a megabyte of letters', `${'a'.repeat(500_000)}.${'a'.repeat(500_000)}.a`],
  [
    'a letter with the low byte of another',
    `${h}.${p}.${String.fromCharCode(0x100 + s.charCodeAt(0))}${s.slice(1)}`,
  ],
  ['letters beyond ASCII', `${h}.${p}.${s.slice(0, -1)}é`],
] as const) {
  add(name, text);
}
add('a job token in a job token', es256(header, genuine));

let verifier: JobTokenSigner;

beforeAll(async () => {
  verifier = createJobTokenSigner({ privateKey: ourKey, issuer: 'wharfpass', newId: () => 'id' });
  for (const form of ['x5c', 'kid-jwks', 'kid-libtrust'] as const) {
    add(
      `T21: a registry token of this server, ${form}`,
      await server.registrySigner.sign(claimsAt(clock.now()), form),
    );
    const disguised = { ...claimsAt(clock.now()), ...payload } as never;
    add(`T21: one with a job's claims, ${form}`, await server.registrySigner.sign(disguised, form));
  }
});

afterAll(async () => {
  await server.close();
  await removeTemporaryFolders();
});

describe('LOW-07, T17, T18, T19: forged job tokens', () => {
  test('the genuine token that they are made from is good', async () => {
    expect(await verifier.verify(genuine, clock.now())).toEqual(claims);
    expect(await server.jobTokenSigner.verify(genuine, clock.now())).toEqual(claims);
  });

  test('LOW-12: claims that nobody knows are passed over', async () => {
    const more = { ...payload, organization_id: 1, cell: 'eu', nested: { a: [] } };
    expect(await verifier.verify(es256(header, more), clock.now())).toEqual(claims);
  });

  test('every one is refused, quickly and without an exception', async () => {
    expect(forged.length).toBeGreaterThan(200);
    for (const [name, token] of forged) {
      const started = performance.now();
      expect([name, await verifier.verify(token, clock.now())]).toEqual([name, null]);
      expect([name, performance.now() - started < 200]).toEqual([name, true]);
    }
  });

  test('T21: the registry keys do not verify a job token', async () => {
    const kids = server.jwks().keys.map((key) => key.kid);
    expect(kids).not.toContain(kid);
  });

  test('a token of another server with the same issuer is refused', async () => {
    const other = createJobTokenSigner({
      privateKey: foreignKey,
      issuer: 'wharfpass',
      newId: () => 'id',
    });
    expect(await verifier.verify(await other.sign(claims), clock.now())).toBeNull();
  });
});
