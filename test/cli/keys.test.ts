import { afterAll, describe, expect, test } from '@jest/globals';
import { X509Certificate } from 'node:crypto';
import { chmodSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { removeFolders, setUp } from './keys-folder.ts';

afterAll(removeFolders);

const contents = (folder: string) =>
  Object.fromEntries(
    readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  );

describe('keys init', () => {
  test('makes every file and says where the CA is; a second run changes nothing', async () => {
    const { keys, run } = setUp();
    const first = await run('init');
    const secrets = ['job-token.key', 'leaf-1.pem', 'secret-hash.key', 'deploy-token-seal.key'];
    for (const name of ['ca.crt', 'ca.key', ...secrets]) {
      expect(first).toContain(`made    ${join(keys, name)}\n`);
    }
    expect(first).toContain(`rootcertbundle points at ${join(keys, 'ca.crt')}`);
    const before = contents(keys);
    const second = await run('init');
    expect(second).not.toContain('made');
    expect(second.match(/^exists {2}/gm)).toHaveLength(6);
    expect(contents(keys)).toEqual(before);
  });

  test('completes a folder in which something is missing', async () => {
    const { keys, run } = setUp();
    await run('init');
    rmSync(join(keys, 'job-token.key'));
    const again = await run('init');
    expect(again.match(/^made .*$/gm)).toEqual([`made    ${join(keys, 'job-token.key')}`]);
  });
});

describe('keys list', () => {
  test('prints a table for people', async () => {
    const { run } = setUp();
    await run('init');
    const lines = (await run('list')).trimEnd().split('\n');
    expect(lines[0]).toMatch(/^KIND +KEY ID +NOT BEFORE +NOT AFTER +STATE +FILE$/);
    expect(lines.slice(1).map((line) => line.split(/ +/)[0])).toEqual([
      'ca',
      'registry',
      'job_token',
      'secret_hash',
      'deploy_token_seal',
    ]);
    expect(lines[2]).toMatch(
      / 2026-06-01T11:00:00\.000Z +2026-06-08T12:00:00\.000Z +active +leaf-1\.pem$/,
    );
  });

  test('--json names every key, and no secret', async () => {
    const { keys, run, list } = setUp();
    await run('init');
    const rows = await list();
    expect(rows.map((row) => row.file)).toEqual([
      'ca.crt',
      'leaf-1.pem',
      'job-token.key',
      'secret-hash.key',
      'deploy-token-seal.key',
    ]);
    const secret = readFileSync(join(keys, 'secret-hash.key'), 'utf8').trim();
    expect(JSON.stringify(rows)).not.toContain(secret);
  });

  test('makes nothing and changes nothing', async () => {
    const { keys, run, advance } = setUp();
    await run('init');
    rmSync(join(keys, 'job-token.key'));
    const before = contents(keys);
    advance(30 * 86_400_000);
    const table = await run('list');
    expect(table).toMatch(/^registry .* expired +leaf-1\.pem$/m);
    expect(table).toMatch(/^job_token .* missing +job-token\.key$/m);
    expect(contents(keys)).toEqual(before);
  });
});

describe('keys rotate', () => {
  test('makes a key that signs now, and says that no registry needs a restart', async () => {
    const { run, list } = setUp();
    await run('init');
    const text = await run('rotate');
    const leaves = (await list()).filter((row) => row.kind === 'registry');
    expect(leaves.map(({ file, state }) => [file, state])).toEqual([
      ['leaf-1.pem', 'retiring'],
      ['leaf-2.pem', 'active'],
    ]);
    expect(text).toContain(`New signing key: ${leaves[1]?.key_id}\n`);
    expect(text).toContain('No registry that trusts ca.crt needs a restart or a new file.');
    expect(text).not.toContain('But the registries');
  });

  test('--after lets registries that hold the key itself be given it first', async () => {
    const services = { old: { header: 'kid-libtrust' }, new: { header: 'kid-jwks' }, plain: {} };
    const { run, list, advance } = setUp({ services });
    await run('init');
    const text = await run('rotate', '--after', '3600');
    expect(text).toContain('signs from 2026-06-01T13:00:00.000Z on');
    expect(text).toContain('old (kid-libtrust), new (kid-jwks)');
    expect(text).toContain('restart them before 2026-06-01T13:00:00.000Z');
    const states = async () =>
      (await list()).filter((row) => row.kind === 'registry').map((row) => row.state);
    expect(await states()).toEqual(['active', 'next']);
    expect(JSON.parse(await run('export', '--format', 'jwks')).keys).toHaveLength(2);
    advance(3_600_000);
    expect(await states()).toEqual(['retiring', 'active']);
  });

  test('refuses a delay that the present key does not last', async () => {
    const { run } = setUp();
    await run('init');
    await expect(run('rotate', '--after', '999999')).rejects.toThrow(/must take over before/);
    await expect(run('rotate', '--after', '1.5')).rejects.toThrow(/whole number of seconds/);
  });
});

describe('keys export', () => {
  test('jwks: public members only', async () => {
    const { run } = setUp();
    await run('init');
    const { keys } = JSON.parse(await run('export', '--format', 'jwks'));
    expect(keys.map((key: object) => Object.keys(key).toSorted())).toEqual([
      ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'],
    ]);
  });

  test('bundle: the CA alone, and the leaves too for a service that goes by libtrust ids', async () => {
    for (const [header, count] of [
      ['x5c', 1],
      ['kid-jwks', 1],
      ['kid-libtrust', 2],
    ] as const) {
      const { keys, run } = setUp({ services: { registry: { header } } });
      await run('init');
      const bundle = await run('export', '--format', 'bundle');
      const blocks = bundle.match(/-----BEGIN [A-Z ]+-----/g);
      expect(blocks).toEqual(Array.from({ length: count }, () => '-----BEGIN CERTIFICATE-----'));
      expect(bundle.startsWith(readFileSync(join(keys, 'ca.crt'), 'utf8'))).toBe(true);
    }
  });

  test('certificate: the one that signs, for a zot', async () => {
    const services = { a: {}, z: { registry: 'zot', key: 'own' } };
    const { run, list } = setUp({ services });
    await run('init');
    const certificate = new X509Certificate(
      await run('export', '--format', 'certificate', '--service', 'z'),
    );
    expect(certificate.ca).toBe(false);
    const { kid } = JSON.parse(await run('export', '--format', 'jwks', '--service', 'z')).keys[0];
    const rows = (await list()).filter((row) => row.key_id === kid);
    expect(rows).toMatchObject([{ kind: 'registry', state: 'active', service: 'z' }]);
  });

  test('P-53: no Ed25519 certificate where a Distribution 2 may read it', async () => {
    const registries = [
      ['distribution-3', 2],
      ['any', 1],
    ] as const;
    for (const [registry, count] of registries) {
      const services = { r: { header: 'kid-libtrust', registry } };
      const { run } = setUp({ services, signing: { algorithm: 'EdDSA' } });
      await run('init');
      const bundle = await run('export', '--format', 'bundle');
      expect(bundle.match(/BEGIN CERTIFICATE/g)).toHaveLength(count);
    }
  });

  test('refuses another format, or none', async () => {
    const { run } = setUp();
    await expect(run('export')).rejects.toThrow(/--format/);
    await expect(run('export', '--format', 'pem')).rejects.toThrow(/Allowed choices/);
  });
});

describe('services with keys of their own', () => {
  const services = { a: {}, z: { registry: 'zot', key: 'own' } };

  test('have them made, listed and rotated apart', async () => {
    const { run, list, keys } = setUp({ services });
    const made = await run('init');
    expect(made).toContain(`made    ${join(keys, 'services', 'z', 'ca.crt')}\n`);
    expect(await run('list')).toMatch(/^KIND .* FILE +SERVICE$/m);
    const text = await run('rotate', '--service', 'z');
    expect(text).toContain('z (zot)');
    expect(text).toContain('A zot holds one key only');
    const states = (await list()).filter(({ kind }) => kind === 'registry');
    expect(states.map(({ service, state }) => [service ?? null, state])).toEqual([
      [null, 'active'],
      ['z', 'retiring'],
      ['z', 'active'],
    ]);
    expect(await run('list', '--service', 'a')).not.toContain('services');
  });

  test('a service that does not exist is refused', async () => {
    const { run } = setUp({ services });
    await run('init');
    for (const args of [['rotate'], ['export', '--format', 'jwks'], ['ca', 'status']]) {
      await expect(run(...args, '--service', 'b')).rejects.toThrow('There is no service "b"');
    }
  });
});

describe('a folder that cannot be used', () => {
  test.each([['list'], ['rotate'], ['export', '--format', 'jwks']])(
    'without keys, %s says what to run',
    async (...args) => {
      const { run, keys } = setUp();
      await expect(run(...args)).rejects.toThrow(
        `There are no keys in ${keys} yet. Run: wharfpass keys init`,
      );
    },
  );

  test.each([['init'], ['list'], ['rotate'], ['export', '--format', 'bundle']])(
    'T45: with a key that others may read, %s refuses and says how to mend it',
    async (...args) => {
      const { run, keys } = setUp();
      await run('init');
      chmodSync(join(keys, 'ca.key'), 0o644);
      await expect(run(...args)).rejects.toThrow(`chmod 600 ${join(keys, 'ca.key')}`);
    },
  );
});
