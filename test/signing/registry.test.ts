import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadOrMakeAuthority } from '../../src/signing/authority.ts';
import { bundleOf } from '../../src/signing/jwks.ts';
import { openKeyFolder } from '../../src/signing/key-folder.ts';
import { openLeafSet } from '../../src/signing/inventory.ts';
import { scheduleOf } from '../../src/signing/key-sets.ts';
import type { Keys } from '../../src/signing/open-keys.ts';
import type { HeaderForm } from '../../src/signing/ports.ts';
import { describeWith } from '../support/programs.ts';
import {
  answers,
  freePort,
  plainEnvironment,
  startService,
  type Service,
} from '../support/run-program.ts';
import {
  claimsAt,
  MAX_TTL,
  openTestKeys,
  removeTemporaryFolders,
  settingsOf,
  temporaryFolder,
} from './support.ts';

const services: Service[] = [];
const folder = mkdtempSync(join(tmpdir(), 'wharfpass-registry-'));

/** Starts a real registry that trusts the certificates of `bundle`. Resolves to its base URL. */
async function startRegistry(name: string, bundle: string): Promise<string> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const bundleFile = join(folder, `${name}.crt`);
  const configuration = join(folder, `${name}.yml`);
  writeFileSync(bundleFile, bundle);
  writeFileSync(
    configuration,
    JSON.stringify({
      version: 0.1,
      log: { level: 'warn' },
      storage: { filesystem: { rootdirectory: join(folder, name) } },
      http: { addr: `127.0.0.1:${port}` },
      auth: {
        token: {
          realm: 'http://127.0.0.1/token',
          service: 'container_registry',
          issuer: 'wharfpass',
          rootcertbundle: bundleFile,
        },
      },
    }),
  );
  services.push(
    await startService('docker-registry', ['serve', configuration], {
      env: plainEnvironment(),
      ready: answers(`${url}/v2/`, 401),
    }),
  );
  return url;
}

async function statusOf(url: string, token: string): Promise<number> {
  const response = await fetch(`${url}/v2/`, { headers: { authorization: `Bearer ${token}` } });
  await response.arrayBuffer();
  return response.status;
}

const issue = async (keys: Keys, form: HeaderForm = 'x5c', exp = 300) =>
  await keys.registrySigner.sign(
    claimsAt(Date.now(), { exp: Math.floor(Date.now() / 1000) + exp }),
    form,
  );

describeWith(['docker-registry'], 'Distribution 2.8', () => {
  let keys: Keys;
  let foreign: Keys;
  let keysFolder: string;
  let registry: string;

  beforeAll(async () => {
    keysFolder = join(await temporaryFolder(), 'keys');
    keys = await openTestKeys(keysFolder);
    foreign = await openTestKeys(join(await temporaryFolder(), 'keys'));
    registry = await startRegistry('ca', keys.caCertificatePem());
  });

  afterAll(async () => {
    await Promise.all(services.map(async (service) => await service.stop()));
    await Promise.all([keys.close(), foreign.close()]);
    rmSync(folder, { recursive: true });
    await removeTemporaryFolders();
  });

  test('T20, P-45: takes our token, and refuses one under a foreign CA', async () => {
    expect(await statusOf(registry, await issue(keys))).toBe(200);
    expect(await statusOf(registry, await issue(foreign))).toBe(401);
  });

  test('P-51: needs no restart for a rotation; old tokens stay good', async () => {
    const old = await issue(keys);
    await keys.rotate();
    const fresh = await issue(keys);
    expect(fresh.split('.')[0]).not.toBe(old.split('.')[0]);
    expect(await statusOf(registry, fresh)).toBe(200);
    expect(await statusOf(registry, old)).toBe(200);
  });

  test('P-49: takes RS256 under the same CA, and neither PS256 nor EdDSA', async () => {
    const rsa = await openTestKeys(keysFolder, { algorithm: 'RS256' });
    expect(await statusOf(registry, await issue(rsa))).toBe(200);
    await rsa.close();
    for (const algorithm of ['PS256', 'EdDSA'] as const) {
      const newer = await openTestKeys(keysFolder, { algorithm });
      expect(await statusOf(registry, await issue(newer))).toBe(401);
      await newer.close();
    }
  });

  test('still trusts the old certificate of a CA whose certificate was made anew', async () => {
    const other = join(await temporaryFolder(), 'keys');
    const first = await openTestKeys(other);
    const url = await startRegistry('renewed', first.caCertificatePem());
    const old = await issue(first);
    await first.close();
    rmSync(join(other, 'ca.crt'));
    const second = await openTestKeys(other);
    expect(second.caCertificatePem()).not.toBe(first.caCertificatePem());
    await second.rotate();
    expect(await statusOf(url, await issue(second))).toBe(200);
    const renewed = await startRegistry('renewed-again', second.caCertificatePem());
    expect(await statusOf(renewed, old)).toBe(200);
    await second.close();
  });

  test('P-47, P-53: kid-libtrust needs the leaves in the bundle and survives a renewal', async () => {
    const path = join(await temporaryFolder(), 'keys');
    const choices = { services: { old: 'kid-libtrust' } as const };
    const libtrust = await openTestKeys(path, choices);
    const keyFolder = await openKeyFolder(path, false);
    const authority = await loadOrMakeAuthority(keyFolder, Date.now(), 1);
    const schedule = scheduleOf(settingsOf(choices), MAX_TTL);
    const clock = { now: () => Date.now() };
    const leaves = (await openLeafSet(keyFolder, schedule, true, clock)).leaves();
    const bundle = bundleOf(authority, leaves);
    expect(bundle.match(/-----BEGIN [A-Z ]+-----/g)).toEqual(
      Array.from({ length: 2 }, () => '-----BEGIN CERTIFICATE-----'),
    );
    const [withLeaf, withoutLeaf] = [
      await startRegistry('libtrust', bundle),
      await startRegistry('libtrust-ca', libtrust.caCertificatePem()),
    ];
    const token = await issue(libtrust, 'kid-libtrust');
    expect(await statusOf(withLeaf, token)).toBe(200);
    expect(await statusOf(withoutLeaf, token)).toBe(401);
    await libtrust.close();
  });
});
