import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { compileInto, ROOT } from './compiled.ts';
import {
  claimsAt,
  openTestKeys,
  recordingLog,
  removeTemporaryFolders,
  settingsOf,
  temporaryFolder,
} from './support.ts';

const children: ChildProcess[] = [];
let script: string;

/** A program that opens a keys folder, prints what it got, and stays until it is told to end. */
const PROGRAM = (module: string) => `
  import { createHash } from 'node:crypto';
  import { openKeys } from ${JSON.stringify(module)};
  const log = { debug() {}, info() {}, warn() {}, error(...args) { console.error(...args); } };
  const settings = ${JSON.stringify(settingsOf())};
  const clock = { now: () => Date.now() };
  const keys = await openKeys({ folder: process.argv[2], settings, clock, log, maxTokenTtl: 900 });
  const show = async () => {
    const job = { jobId: 1, projectId: 1, userId: 1, issuedAt: 1, expiresAt: 4e9, scope: {} };
    console.log(JSON.stringify({
      ca: keys.caCertificatePem(),
      kids: keys.jwks().keys.map((key) => key.kid),
      secretHash: createHash('sha256').update(keys.secretHashKey).digest('hex'),
      job: await keys.jobTokenSigner.sign(job),
    }));
  };
  await show();
  if (process.argv[3] === 'stay') process.stdin.on('data', () => void show());
`;

interface Shown {
  readonly ca: string;
  readonly kids: string[];
  readonly secretHash: string;
  readonly job: string;
}

beforeAll(async () => {
  const folder = await temporaryFolder();
  const module = await compileInto(folder, 'src/signing/open-keys.ts');
  script = join(folder, 'program.js');
  writeFileSync(script, PROGRAM(module));
});

afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await removeTemporaryFolders();
});

function start(folder: string, ...args: string[]) {
  const child = spawn(process.execPath, [script, folder, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  return child;
}

async function firstLine(child: ChildProcess): Promise<Shown> {
  let text = '';
  for await (const chunk of child.stdout ?? []) {
    text += String(chunk);
    if (text.includes('\n')) break;
  }
  return JSON.parse(text);
}

const hashOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

test('processes that start at once on an empty folder share one set of keys', async () => {
  for (let round = 0; round < 3; round += 1) {
    const folder = join(await temporaryFolder(), 'keys');
    const shown = await Promise.all(
      Array.from({ length: 5 }, async () => await firstLine(start(folder))),
    );
    expect(
      new Set(shown.map(({ ca, kids, secretHash }) => JSON.stringify([ca, kids, secretHash]))).size,
    ).toBe(1);
    const secrets = ['deploy-token-seal.key', 'job-token.key', 'leaf-1.pem', 'secret-hash.key'];
    expect(readdirSync(folder).toSorted()).toEqual(['ca.crt', 'ca.key', ...secrets]);
    const keys = await openTestKeys(folder);
    for (const { job } of shown) {
      expect(await keys.jobTokenSigner.verify(job, Date.now())).not.toBeNull();
    }
    expect(hashOf(keys.secretHashKey)).toBe(shown[0]?.secretHash);
    await keys.close();
  }
}, 60_000);

test('a maker killed at any moment leaves a folder that the next start completes', async () => {
  const seen = new Set<number>();
  for (let round = 0; round < 20; round += 1) {
    const folder = join(await temporaryFolder(), 'keys');
    const child = start(folder);
    // From the first sight of the folder on, a step later each round.
    while (!readable(folder)) await sleep(1);
    await sleep(round * 2);
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    const left = readdirSync(folder).filter((name) => !name.startsWith('.tmp-'));
    seen.add(left.length);
    const kept = new Map(left.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
    const keys = await openTestKeys(folder);
    await expect(keys.registrySigner.sign(claimsAt(Date.now()), 'x5c')).resolves.toMatch(/^ey/);
    for (const [name, text] of kept) expect(readFileSync(join(folder, name), 'utf8')).toBe(text);
    await keys.close();
  }
  expect(seen.size).toBeGreaterThan(1);
}, 90_000);

function readable(folder: string): boolean {
  try {
    readdirSync(folder);
    return true;
  } catch {
    return false;
  }
}

test('a rotation here reaches a server in another process', async () => {
  const folder = join(await temporaryFolder(), 'keys');
  const keys = await openTestKeys(folder);
  const child = start(folder, 'stay');
  let text = '';
  child.stdout.on('data', (chunk) => (text += String(chunk)));
  while (!text.includes('\n')) await sleep(10);
  const kid = await keys.rotate();
  const end = Date.now() + 10_000;
  while (!text.includes(kid) && Date.now() < end) {
    await sleep(50);
    child.stdin.write('show\n');
  }
  expect(text).toContain(kid);
  await keys.close();
}, 20_000);

const NOBODY = 54321;

/** Only root may become another user, and that user must be able to read this checkout. */
function canRunAs(uid: number): boolean {
  const look = `require('node:fs').readdirSync(${JSON.stringify(join(ROOT, 'node_modules/jose'))})`;
  return spawnSync(process.execPath, ['-e', look], { uid, cwd: '/' }).status === 0;
}

const asNobody = canRunAs(NOBODY) ? test : test.skip;

asNobody('a user id without an account, as containers have, may own the folder', async () => {
  const folder = await temporaryFolder();
  chownSync(folder, NOBODY, NOBODY);
  chmodSync(dirname(script), 0o755);
  const child = spawn(process.execPath, [script, join(folder, 'keys')], {
    uid: NOBODY,
    cwd: '/',
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
  expect(statSync(join(folder, 'keys', 'ca.key')).uid).toBe(NOBODY);
});

test('an opened folder keeps no process alive', async () => {
  const child = start(join(await temporaryFolder(), 'keys'));
  child.stdin.end();
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
});

describe('what a server gets', () => {
  test('the same keys at every start', async () => {
    const folder = join(await temporaryFolder(), 'keys');
    const first = await openTestKeys(folder);
    const second = await openTestKeys(folder);
    expect(second.secretHashKey).toEqual(first.secretHashKey);
    expect(first.secretHashKey).toHaveLength(32);
    expect(second.deployTokenSealKey).toEqual(first.deployTokenSealKey);
    expect(first.deployTokenSealKey).toHaveLength(32);
    expect(first.deployTokenSealKey).not.toEqual(first.secretHashKey);
    expect(second.caCertificatePem()).toBe(first.caCertificatePem());
    expect(second.jwks()).toEqual(first.jwks());
    await Promise.all([first.close(), second.close()]);
  });

  test('one CERTIFICATE block, and the state for readiness', async () => {
    const keys = await openTestKeys(join(await temporaryFolder(), 'keys'));
    const pem = keys.caCertificatePem();
    expect(pem.match(/-----BEGIN [A-Z ]+-----/g)).toEqual(['-----BEGIN CERTIFICATE-----']);
    expect(new X509Certificate(pem).ca).toBe(true);
    expect(keys.state()).toEqual({ ok: true, notAfter: expect.any(Number) });
    await keys.close();
  });

  test('a warning when a key beside older ones had to be made', async () => {
    const folder = join(await temporaryFolder(), 'keys');
    const levels = async () => {
      const { log, lines } = recordingLog();
      await (await openTestKeys(folder, { log })).close();
      return lines.map(({ level, msg }) => `${level} ${msg}`);
    };
    expect(await levels()).toContain('info made the keys');
    expect(await levels()).toEqual([]);
    rmSync(join(folder, 'secret-hash.key'));
    expect(await levels()).toEqual(['warn made keys that were missing: see docs/keys.md']);
  });

  test('no secret in the log', async () => {
    const folder = join(await temporaryFolder(), 'keys');
    const { log, lines } = recordingLog();
    const keys = await openTestKeys(folder, { log });
    await keys.rotate();
    await keys.close();
    const logged = JSON.stringify(lines);
    expect(lines.length).toBeGreaterThan(1);
    expect(logged).not.toContain('PRIVATE');
    expect(logged).not.toContain(keys.secretHashKey.toString('hex'));
    expect(logged).not.toContain(keys.deployTokenSealKey.toString('hex'));
    for (const name of readdirSync(folder)) {
      const body = readFileSync(join(folder, name), 'utf8').split('\n')[1];
      if (body !== undefined && body !== '') expect(logged).not.toContain(body.slice(0, 30));
    }
  });
});

test('switching the algorithm makes a leaf for it and keeps the old key published', async () => {
  const folder = join(await temporaryFolder(), 'keys');
  await (await openTestKeys(folder)).close();
  const keys = await openTestKeys(folder, { algorithm: 'RS256' });
  const token = await keys.registrySigner.sign(claimsAt(Date.now()), 'x5c');
  expect(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).toContain('"RS256"');
  expect(keys.jwks().keys.map((key) => key.alg)).toEqual(['RS256', 'ES256']);
  await keys.close();
});
