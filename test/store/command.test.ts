import { expect, test } from '@jest/globals';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { storeCommand } from '../../src/cli/store.ts';
import { settingsSchema } from '../../src/settings/schema.ts';
import { ALL, apply, makeUser, seed } from './fixtures.ts';
import { useWorkplace } from './embedded/support.ts';

const { folder, open } = useWorkplace();

/** What `wharfpass store <args>` prints. */
async function run(dataDir: string, ...args: string[]): Promise<string> {
  let printed = '';
  const settings = settingsSchema.parse({ data_dir: dataDir });
  const command = storeCommand({
    loadSettings: async () => settings,
    stdout: (text) => (printed += text),
    stderr: (text) => (printed += text),
    cwd: dataDir,
  });
  await command.exitOverride().parseAsync(args, { from: 'user' });
  return printed;
}

test('backup copies a store that is in use, and says how to treat the copy', async () => {
  const dataDir = folder();
  const store = await open(dataDir);
  await seed(store);
  const target = join(folder(), 'copy.db');
  expect(await run(dataDir, 'backup', target)).toContain(target);
  expect(statSync(target).mode & 0o777).toBe(0o600);
  expect(await apply(store, makeUser('kim'))).toBe(3);
  const restored = folder();
  writeFileSync(join(restored, 'wharfpass.db'), readFileSync(target), { mode: 0o600 });
  expect((await (await open(restored)).directory.users(ALL)).total).toBe(2);
});

test('backup never overwrites', async () => {
  const dataDir = folder();
  await seed(await open(dataDir));
  const target = join(folder(), 'copy.db');
  writeFileSync(target, 'precious');
  await expect(run(dataDir, 'backup', target)).rejects.toThrow(`${target} exists`);
  expect(readFileSync(target, 'utf8')).toBe('precious');
});

test('check tells a sound store from a damaged one', async () => {
  const dataDir = folder();
  const store = await open(dataDir);
  await seed(store);
  expect(await run(dataDir, 'check')).toContain('is sound');
  await store.close();
  writeFileSync(join(dataDir, 'wharfpass.db'), 'no database at all, '.repeat(100));
  await expect(run(dataDir, 'check')).rejects.toThrow('docs/backup.md');
});

test.each(['check', 'backup'])('%s makes no store where there is none', async (verb) => {
  const dataDir = folder();
  const args = verb === 'backup' ? [join(folder(), 'copy.db')] : [];
  await expect(run(dataDir, verb, ...args)).rejects.toThrow(`There is no store at ${dataDir}`);
  expect(() => statSync(join(dataDir, 'wharfpass.db'))).toThrow('ENOENT');
});
