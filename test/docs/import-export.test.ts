/** docs/import-export.md: its commands do what the page says, and its file is one that is taken. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Secret } from '../../src/credential/secret.ts';
import { recordSchemas } from '../../src/directory/record-schema.ts';
import { wharfpass } from '../cli/harness.ts';
import { ADMIN_TOKEN, openApi, type Api } from '../http/api/support.ts';
import { readPage, tableRows } from './page.ts';

const page = readPage('import-export.md');
const blocks = (language: string): string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))].map(
    ([, block = '']) => block,
  );

let folder: string;
let api: Api;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wharfpass-docs-import-'));
  api = await openApi();
});
afterAll(async () => {
  await api.close();
  await rm(folder, { recursive: true, force: true });
});

async function run(command: string): Promise<string> {
  const env = { WHARFPASS_URL: api.url, WHARFPASS_TOKEN: ADMIN_TOKEN };
  const words = command.split(' ').slice(1);
  const { exitCode, stdout, stderr } = await wharfpass(words, { env, cwd: folder });
  expect([command, stderr.replace(/^Warning.*\n/, ''), exitCode]).toEqual([
    command,
    command.includes('--dry-run') ? 'Nothing was changed.\n' : '',
    0,
  ]);
  return stdout;
}

test('the file of the page is taken whole, and its deploy token works', async () => {
  const [file = ''] = blocks('yaml');
  await writeFile(join(folder, 'by-hand.yml'), file);
  expect(await run('wharfpass import by-hand.yml')).toMatch(/^deploy_tokens +1 +0 +0$/m);
  const { store, secretHash } = api.world;
  const secret = /secret: (\S+)/.exec(file)?.[1] ?? '';
  const found = await store.deployTokens.admit(secretHash(new Secret(secret)));
  expect(found?.token.username).toBe('gitlab+deploy-token-7');
});

test('each command of the page does what it says', async () => {
  const commands = blocks('sh').flatMap((block) => block.trim().split('\n'));
  expect(commands).toHaveLength(6);
  for (const command of commands) await run(command);
  expect(await readFile(join(folder, 'directory.yml'), 'utf8')).toMatch(/"path": "acme\/app"/);
});

test('the page names every key of every section', () => {
  const rows = new Map(tableRows(page).map(([name = '', keys = '']) => [name, keys]));
  for (const [kind, schema] of Object.entries(recordSchemas)) {
    const keys = rows.get(`\`${kind}\``) ?? '';
    for (const key of Object.keys(schema.shape)) {
      if (key === 'managed_by' || key === 'created_at') continue;
      expect(`${kind}: ${keys}`).toContain(`\`${key}\``);
    }
  }
});
