import { afterAll, describe, expect, test } from '@jest/globals';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { loadOrMakeAuthority } from '../../src/signing/authority.ts';
import { openKeyFolder } from '../../src/signing/key-folder.ts';
import { openKeyRing, type KeyRing } from '../../src/signing/key-ring.ts';
import { keepsKey, scheduleOf } from '../../src/signing/key-sets.ts';
import { createRegistrySigner } from '../../src/signing/signer.ts';
import {
  claimsAt,
  DAY,
  handClock,
  HOUR,
  MAX_TTL,
  recordingLog,
  removeTemporaryFolders,
  settingsOf,
  temporaryFolder,
} from './support.ts';

const open: KeyRing[] = [];
afterAll(async () => {
  await Promise.all(open.map(async (ring) => await ring.close()));
  await removeTemporaryFolders();
});

type Choices = Parameters<typeof settingsOf>[0];

async function ringOn(path: string, clock = handClock(), choices: Choices = {}) {
  const settings = settingsOf(choices);
  const folder = await openKeyFolder(path, true);
  const authority = await loadOrMakeAuthority(
    folder,
    clock.now(),
    settings.signing.ca_lifetime * 1000,
  );
  const { log, lines } = recordingLog();
  const schedule = scheduleOf(settings, MAX_TTL);
  const keepKey = keepsKey(settings.services);
  const ring = await openKeyRing({ folder, authority, schedule, keepKey, clock, log });
  open.push(ring);
  return { ring, clock, lines, path };
}

async function newRing(choices: Choices = {}) {
  return await ringOn(join(await temporaryFolder(), 'keys'), handClock(), choices);
}

const activeFile = (ring: KeyRing) => ring.active()?.file ?? null;
const files = (ring: KeyRing) => ring.leaves().map((leaf) => leaf.file);
const errors = (lines: { level: string; msg: string }[]) =>
  lines.filter((line) => line.level === 'error').map((line) => line.msg);

async function eventually(condition: () => boolean): Promise<void> {
  const end = Date.now() + 5000;
  while (!condition() && Date.now() < end) await sleep(10);
  expect(condition()).toBe(true);
}

describe('T20: a new leaf', () => {
  test('P-50: is backdated by an hour and lives as long as set', async () => {
    const { ring, clock } = await newRing({ leafLifetime: 2 * DAY });
    const leaf = ring.active();
    expect(leaf?.notBefore).toBe(clock.now() - HOUR);
    expect(leaf?.notAfter).toBe(clock.now() + 2 * DAY);
  });

  test('never outlives its CA', async () => {
    const { ring, clock } = await newRing({ caLifetime: 30 * DAY });
    clock.advance(28 * DAY);
    await ring.refresh();
    expect(ring.active()?.notAfter).toBe(ring.authority().notAfter);
    clock.advance(DAY);
    await ring.refresh();
    expect(files(ring).at(-1)).toBe('leaf-2.pem');
  });
});

describe('renewal', () => {
  test('P-52: comes at half of the life, with a new key, and the old key is published till its tokens ended', async () => {
    const { ring, clock } = await newRing();
    const before = ring.active();
    clock.advance(3.5 * DAY - 1);
    await ring.refresh();
    expect(files(ring)).toEqual(['leaf-1.pem']);
    clock.advance(1);
    await ring.refresh();
    expect(activeFile(ring)).toBe('leaf-2.pem');
    expect(ring.active()?.keyId).not.toBe(before?.keyId);
    clock.advance((MAX_TTL + 60) * 1000);
    await ring.refresh();
    expect(files(ring)).toEqual(['leaf-1.pem', 'leaf-2.pem']);
    clock.advance(60_000);
    await ring.refresh();
    expect(files(ring)).toEqual(['leaf-2.pem']);
  });

  test('removes the file of a retired key', async () => {
    const { ring, clock, path } = await newRing();
    await ring.rotate();
    clock.advance(HOUR);
    await ring.refresh();
    expect(existsSync(join(path, 'leaf-1.pem'))).toBe(false);
    expect(existsSync(join(path, 'leaf-2.pem'))).toBe(true);
  });

  test('keeps the key where a registry was given the key itself; rotate changes it', async () => {
    const { ring, clock } = await newRing({ services: { old: 'kid-jwks' } });
    const key = ring.active()?.keyId;
    clock.advance(4 * DAY);
    await ring.refresh();
    expect(activeFile(ring)).toBe('leaf-2.pem');
    expect(ring.active()?.keyId).toBe(key);
    expect((await ring.rotate()).keyId).not.toBe(key);
  });

  test('a failure is logged and tried again, and the old leaf signs on', async () => {
    const { ring, clock, lines, path } = await newRing();
    renameSync(join(path, 'ca.key'), join(path, 'away'));
    clock.advance(4 * DAY);
    await ring.refresh();
    await ring.refresh();
    expect(errors(lines)).toEqual(
      Array.from({ length: 2 }, () => 'could not refresh the signing keys; trying again'),
    );
    expect(activeFile(ring)).toBe('leaf-1.pem');
    renameSync(join(path, 'away'), join(path, 'ca.key'));
    await ring.refresh();
    expect(activeFile(ring)).toBe('leaf-2.pem');
  });

  test('with nothing valid left, sign says 503 and works again when the fault is gone', async () => {
    const { ring, clock, path } = await newRing();
    const signer = createRegistrySigner(ring);
    renameSync(join(path, 'ca.key'), join(path, 'away'));
    clock.advance(7 * DAY - (MAX_TTL + 60) * 1000 - 1);
    await expect(signer.sign(claimsAt(clock.now()), 'x5c')).resolves.toMatch(/^ey/);
    clock.advance(1);
    await expect(signer.sign(claimsAt(clock.now()), 'x5c')).rejects.toMatchObject({
      code: 'store_unavailable',
      retryAfter: 30,
    });
    renameSync(join(path, 'away'), join(path, 'ca.key'));
    clock.advance(5_000);
    await expect(signer.sign(claimsAt(clock.now()), 'x5c')).resolves.toMatch(/^ey/);
  });

  test('after a long sleep the first request makes a leaf, and a hundred make one', async () => {
    const { ring, clock } = await newRing();
    const signer = createRegistrySigner(ring);
    clock.advance(60 * DAY);
    const requests = Array.from({ length: 100 }, () => signer.sign(claimsAt(clock.now()), 'x5c'));
    expect(await Promise.all(requests)).toHaveLength(100);
    expect(files(ring)).toEqual(['leaf-1.pem', 'leaf-2.pem']);
  });

  test('a start with a leaf that is good but cannot be renewed goes through', async () => {
    const { ring, clock, path } = await newRing();
    await ring.close();
    renameSync(join(path, 'ca.key'), join(path, 'away'));
    clock.advance(4 * DAY);
    const again = await ringOn(path, clock);
    expect(activeFile(again.ring)).toBe('leaf-1.pem');
    expect(errors(again.lines)).toEqual(['could not renew the signing certificate']);
  });

  test('a start with nothing to sign with says which file is missing', async () => {
    const { ring, clock, path } = await newRing();
    await ring.close();
    renameSync(join(path, 'ca.key'), join(path, 'away'));
    clock.advance(8 * DAY);
    await expect(ringOn(path, clock)).rejects.toThrow(`${join(path, 'ca.key')} is missing`);
  });
});

describe('several processes on one folder', () => {
  test('a leaf made by another is taken up at once', async () => {
    const one = await newRing();
    const other = await ringOn(one.path, one.clock);
    expect(other.ring.active()?.keyId).toBe(one.ring.active()?.keyId);
    const made = await other.ring.rotate();
    await eventually(() => one.ring.active()?.keyId === made.keyId);
  });

  test('that renew in the same moment make one leaf', async () => {
    const one = await newRing();
    const rings = [one.ring];
    for (let count = 0; count < 3; count += 1) rings.push((await ringOn(one.path, one.clock)).ring);
    one.clock.advance(4 * DAY);
    await Promise.all(rings.map(async (ring) => await ring.refresh()));
    expect(
      readdirSync(one.path)
        .filter((name) => name.startsWith('leaf-'))
        .toSorted(),
    ).toEqual(['leaf-1.pem', 'leaf-2.pem']);
    expect(new Set(rings.map((ring) => ring.active()?.keyId)).size).toBe(1);
  });

  test('that rotate in the same moment each get a new key', async () => {
    const one = await newRing();
    const other = await ringOn(one.path, one.clock);
    const made = await Promise.all([one.ring, other.ring].map(async (ring) => await ring.rotate()));
    expect(new Set(made.map((leaf) => leaf.file))).toEqual(new Set(['leaf-2.pem', 'leaf-3.pem']));
  });
});

describe('when the folder changes under a running server', () => {
  test('a folder that looks empty, as when it is not mounted, does not drop the keys', async () => {
    const { ring, path } = await newRing();
    renameSync(path, `${path}-away`);
    await ring.refresh();
    expect(activeFile(ring)).toBe('leaf-1.pem');
    expect(ring.authority().pem).toContain('BEGIN CERTIFICATE');
  });

  test('a leaf whose file is removed signs no more; a new one is made', async () => {
    const { ring, path } = await newRing();
    const removed = ring.active()?.keyId;
    rmSync(join(path, 'leaf-1.pem'));
    await ring.refresh();
    expect(ring.active()).not.toBeNull();
    expect(ring.active()?.keyId).not.toBe(removed);
  });

  test('a lone ca.key gets a new certificate of the same name, which the old leaves still fit', async () => {
    const { ring, clock, path } = await newRing();
    const old = readFileSync(join(path, 'ca.crt'), 'utf8');
    await ring.close();
    rmSync(join(path, 'ca.crt'));
    clock.advance(DAY);
    const again = await ringOn(path, clock);
    expect(again.ring.authority().pem).not.toBe(old);
    expect(again.ring.authority().certificate.subject).toMatch(/^CN=wharfpass CA /);
    expect(activeFile(again.ring)).toBe('leaf-1.pem');
  });

  test('a CA that ends soon is told of, once a day', async () => {
    const { ring, clock, lines } = await newRing({ caLifetime: 100 * DAY });
    const warnings = () => lines.filter((line) => line.level === 'warn').length;
    clock.advance(89 * DAY);
    await ring.refresh();
    expect(warnings()).toBe(0);
    clock.advance(2 * DAY);
    await ring.refresh();
    await ring.refresh();
    expect(warnings()).toBe(1);
    clock.advance(DAY);
    await ring.refresh();
    expect(warnings()).toBe(2);
  });

  test('a CA that has ended stops the start with what to do', async () => {
    const { ring, clock, path } = await newRing({ caLifetime: 30 * DAY });
    await ring.close();
    clock.advance(31 * DAY);
    await expect(ringOn(path, clock)).rejects.toThrow(/ca\.crt ended on .* Remove it/);
  });
});
