import { afterAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeFolders, setUp } from './keys-folder.ts';

afterAll(removeFolders);

const blocks = (path: string) => readFileSync(join(path, 'ca.crt'), 'utf8').match(/BEGIN/g)?.length;

describe('keys ca', () => {
  test('renew, switch and retire each say what comes next, and list shows both CAs', async () => {
    const { keys, run, list, advance } = setUp();
    await run('init');
    expect(await run('ca', 'status')).toMatch(/^One CA, until .*Nothing is being replaced\.\n$/);
    const cas = async () =>
      (await list()).filter(({ kind }) => kind === 'ca').map(({ state }) => state);

    expect(await run('ca', 'renew')).toContain('wharfpass keys ca switch');
    expect(blocks(keys)).toBe(2);
    expect(await cas()).toEqual(['active', 'next']);
    const bundle = await run('export', '--format', 'bundle');
    expect(bundle.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);

    const switched = await run('ca', 'switch');
    expect(switched).toContain('leaf-2.pem signs now, under the new CA.\n');
    expect(switched).toContain('can go from 2026-06-01T12:17:00.000Z on: wharfpass keys ca retire');
    expect(await cas()).toEqual(['active', 'retiring']);

    await expect(run('ca', 'retire')).rejects.toThrow('Wait until 2026-06-01T12:17:00.000Z.');
    advance(17 * 60_000);
    expect(await run('ca', 'retire')).toContain('has the new CA alone');
    expect(blocks(keys)).toBe(1);
    expect(await cas()).toEqual(['active']);
  });

  test('renew --switch-after names the time', async () => {
    const { run } = setUp();
    await run('init');
    const text = await run('ca', 'renew', '--switch-after', '86400');
    expect(text).toContain('by itself at 2026-06-02T12:00:00.000Z');
    expect(await run('ca', 'status')).toBe(text);
    expect(await run('ca', 'renew')).not.toContain('by itself');
  });

  test('--now is for a stolen key', async () => {
    const { keys, run } = setUp();
    await run('init');
    await run('ca', 'renew');
    await run('ca', 'switch');
    await run('ca', 'retire', '--now');
    expect(blocks(keys)).toBe(1);
  });

  test('--service replaces the CA of one service alone', async () => {
    const { keys, run } = setUp({ services: { a: {}, b: { key: 'own' } } });
    await run('init');
    await run('ca', 'renew', '--service', 'b');
    expect(blocks(keys)).toBe(1);
    expect(blocks(join(keys, 'services', 'b'))).toBe(2);
    expect(await run('ca', 'status')).toContain('Nothing is being replaced');
    expect(await run('ca', 'status', '--service', 'b')).toContain('has two CAs');
  });

  test('without keys it says what to run', async () => {
    const { keys, run } = setUp();
    await expect(run('ca', 'renew')).rejects.toThrow(
      `There are no keys in ${keys} yet. Run: wharfpass keys init`,
    );
  });
});
