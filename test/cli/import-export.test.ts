/** The whole directory of a server as a file, and back. */
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'yaml';
import { toEntry } from '../../src/directory/record-entry.ts';
import { readRecordFile } from '../../src/directory/record-file.ts';
import { recordLine, toRecord, type PlainRecord } from '../../src/directory/record-text.ts';
import { recordSchemas } from '../../src/directory/record-schema.ts';
import { Secret } from '../../src/credential/secret.ts';
import { BULK_KINDS, type BulkEntry, type BulkKind } from '../../src/store/bulk.ts';
import { openEmbeddedStore, type EmbeddedStore } from '../../src/store/embedded/open.ts';
import { batches, type Batches } from '../directory/records.ts';
import { ADMIN_TOKEN, openApi, type Api } from '../http/api/support.ts';
import { wharfpass } from './harness.ts';

let folder: string;
const open: Api[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wharfpass-import-'));
});
afterEach(async () => {
  for (const api of open.splice(0)) await api.close();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function server(): Promise<Api> {
  const api = await openApi();
  open.push(api);
  return api;
}

const at = (name: string): string => join(folder, name);

const run = (api: Api, ...args: string[]) =>
  wharfpass(args, { env: { WHARFPASS_URL: api.url, WHARFPASS_TOKEN: ADMIN_TOKEN }, cwd: folder });

/** A server of which each part of a directory has something, by way of the API alone. */
async function lively(): Promise<Api> {
  const api = await server();
  const { body: acme } = await api.admin('post', '/groups', { path: 'acme', name: 'Ačme – 🦑' });
  await api.admin('post', '/groups', { path: 'web', name: 'web', parent_id: acme.id });
  const { body: app } = await api.admin('post', '/projects', {
    path: 'App',
    namespace_id: acme.id,
    visibility: 'internal',
  });
  await api.admin('post', '/projects', { path: 'site', namespace_id: 'acme/web' });
  const jane = await api.user('jane');
  const member = { user_id: jane.id, access_level: 30, expires_at: '2099-01-01' };
  await api.admin('post', `/groups/${acme.id}/members`, member);
  const tokens = `/projects/${app.id}/deploy_tokens`;
  const { body: token } = await api.admin('post', tokens, {
    name: 'pull',
    scopes: ['read_registry'],
    username: 'puller',
  });
  await api.admin('post', `${tokens}/${token.id}/rotate`);
  const rules = `/projects/${app.id}/registry/protection/tag/rules`;
  const rule = { tag_name_pattern: 'v*', minimum_access_level_for_push: 'maintainer' };
  expect((await api.admin('post', rules, rule)).status).toBe(201);
  const { body: site } = await api.admin('get', '/projects/acme%2Fweb%2Fsite');
  const scope = `/projects/${app.id}/job_token_scope/allowlist`;
  expect((await api.admin('post', scope, { target_project_id: site.id })).status).toBe(201);
  return api;
}

describe('export and import', () => {
  test('what was imported is exported again byte for byte, and a second import changes nothing', async () => {
    const from = await lively();
    expect(await run(from, 'export', 'one.yml')).toMatchObject({ exitCode: 0 });
    const to = await server();
    const imported = await run(to, 'import', 'one.yml');
    expect(imported).toMatchObject({ exitCode: 0 });
    expect(imported.stdout).toMatch(/^users +1 +1 +0$/m);
    expect(imported.stdout).toMatch(/^projects +2 +0 +0$/m);
    await run(to, 'export', 'two.yml');
    const text = await readFile(at('one.yml'), 'utf8');
    expect(await readFile(at('two.yml'), 'utf8')).toBe(text);
    expect(text).not.toMatch(/hash|deploy_tokens|gl(dt|pat)-/);
    const again = await run(to, 'import', 'one.yml', '--json');
    const counts = JSON.parse(again.stdout) as { created: number; updated: number }[];
    expect(counts.map(({ created, updated }) => created + updated)).toEqual(counts.map(() => 0));
  });

  test('hashes come along when asked for, in a file for its owner only, and fit the same keys only', async () => {
    const from = await lively();
    const exported = await run(from, 'export', '--credentials', 'all.yml');
    expect(exported.stderr).toMatch(/holds hashes of passwords and tokens/);
    expect((await stat(at('all.yml'))).mode & 0o777).toBe(0o600);
    const text = await readFile(at('all.yml'), 'utf8');
    expect(text).toMatch(/"name": "pull".*"secrets": \[\{"hash".*\{"hash"/);
    for (const secret of from.secrets) expect(text).not.toContain(secret);

    const to = await server();
    const refused = await run(to, 'import', 'all.yml');
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toMatch(/made with another key.*--without-tokens/s);
    expect((await run(to, 'export')).stdout).not.toContain('jane');
    const without = await run(to, 'import', 'all.yml', '--without-tokens');
    expect(without.stdout).not.toMatch(/tokens/);
    expect((await run(to, 'export')).stdout).toContain('jane');
  });

  test('a deploy token that is brought in clear works, and its secret is nowhere', async () => {
    const api = await server();
    const secret = 'gldt-0123456789abcdefghij';
    const file = [
      'wharfpass_export: 1',
      'groups:',
      '  - path: acme',
      'deploy_tokens:',
      '  # from the old place',
      '  - group: acme',
      '    name: old',
      '    username: puller',
      '    scopes:',
      '      - read_registry',
      `    secret: ${secret}`,
    ];
    await writeFile(at('clear.yml'), file.join('\n'));
    expect(await run(api, 'import', 'clear.yml')).toMatchObject({ exitCode: 0, stderr: '' });
    const { stdout } = await run(api, 'export', '--credentials');
    expect(stdout).toContain('"username": "puller"');
    expect(stdout).not.toContain(secret);
    const { store, secretHash } = api.world;
    const admission = await store.deployTokens.admit(secretHash(new Secret(secret)));
    expect(admission?.token).toMatchObject({ name: 'old', username: 'puller' });
  });

  test('--dry-run tells what would change, and changes nothing', async () => {
    const api = await server();
    const before = (await run(api, 'export')).stdout;
    const lines = ['groups:', '- {"path": "acme"}', 'projects:', '- {"path": "acme/app"}'];
    await writeFile(at('dry.yml'), ['wharfpass_export: 1', ...lines].join('\n'));
    const { stdout, stderr } = await run(api, 'import', '--dry-run', 'dry.yml');
    expect(stdout).toMatch(/^groups +1 +0 +0 +0$/m);
    expect(stdout).toMatch(/^projects +0 +0 +0 +1$/m);
    expect(stderr).toBe('Nothing was changed.\n');
    expect((await run(api, 'export')).stdout).toBe(before);
  });

  test('a file with mistakes changes nothing, and each is told with its line', async () => {
    const api = await server();
    const lines = [
      'wharfpass_export: 1',
      'users:',
      '- {"username": "jane"}',
      '- username: joe',
      '  nmae: Joe',
      '- {"username": "jo", "admin": "yes"}',
    ];
    await writeFile(at('wrong.yml'), lines.join('\n'));
    const { exitCode, stderr } = await run(api, 'import', 'wrong.yml');
    expect(exitCode).toBe(78);
    expect(stderr).toContain('wrong.yml:5: nmae: unknown key; did you mean "name"?');
    expect(stderr).toContain('wrong.yml:6: admin: must be true or false, but is "yes"');
    expect((await run(api, 'export')).stdout).not.toContain('jane');
  });

  test('what the server refuses is told with its line, and its batch is left out as a whole', async () => {
    const api = await server();
    const lines = ['wharfpass_export: 1', 'groups:', '- path: good', '- path: nowhere/below'];
    await writeFile(at('orphan.yml'), lines.join('\n'));
    const { exitCode, stderr } = await run(api, 'import', 'orphan.yml');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('orphan.yml:4: There is no group "nowhere".');
    expect((await run(api, 'export')).stdout).not.toContain('good');
    await writeFile(at('self.yml'), 'wharfpass_export: 1\nusers:\n- username: ROOT\n');
    expect((await run(api, 'import', 'self.yml')).stderr).toContain('no active administrator');
  });
});

describe('any directory', () => {
  const clock = { now: () => Date.parse('2030-01-01') };
  const log = { level: 'silent' } as never;
  const stores: EmbeddedStore[] = [];
  afterAll(async () => {
    for (const store of stores) await store.close();
  });

  async function freshStore(): Promise<EmbeddedStore> {
    const dataDir = await mkdtemp(join(folder, 'store-'));
    const store = await openEmbeddedStore({ dataDir, clock, log });
    stores.push(store);
    return store;
  }

  async function put(store: EmbeddedStore, directory: Batches): Promise<void> {
    for (const [kind, records] of directory) {
      const entries = records.map((record) =>
        toEntry(kind, recordSchemas[kind].parse(record), String),
      );
      const report = await store.bulk.put({ kind, entries }, { dryRun: false, now: 0 });
      expect(report.errors).toEqual([]);
    }
  }
  /** All of it in pieces of a few, so that each way on from one piece to the next is taken. */
  async function read(store: EmbeddedStore): Promise<string> {
    let text = '';
    for (const kind of BULK_KINDS) {
      for (let after: string | null = null, more = true; more;) {
        const { entries, next } = await store.bulk.read(kind, after, 3);
        text += entries.map((entry) => `${kind} ${line(kind, entry)}`).join('');
        [after, more] = [next, next !== null];
      }
    }
    return text;
  }

  const line = (kind: BulkKind, entry: BulkEntry): string =>
    recordLine(toRecord(kind, entry, { credentials: true }));

  /** What a file says, read back from the text of its lines. */
  async function parsed(text: string): Promise<Batches> {
    const lines = text.split('\n').slice(0, -1);
    const parts = BULK_KINDS.map((kind) => {
      const own = lines.filter((one) => one.startsWith(`${kind} `));
      return `${kind}:\n${own.map((one) => `${one.slice(kind.length + 1)}\n`).join('')}`;
    });
    const file = `wharfpass_export: 1\nkey_fingerprint: x\n${parts.join('')}`;
    // The same by the library, whose word on what YAML is counts.
    const whole = parse(file) as Record<string, PlainRecord[] | null>;
    const found = new Map<BulkKind, PlainRecord[]>(BULK_KINDS.map((kind) => [kind, []]));
    async function* chunks() {
      const bytes = Buffer.from(file);
      for (let from = 0; from < bytes.length; from += 97) yield bytes.subarray(from, from + 97);
    }
    for await (const { records } of readRecordFile(chunks(), { name: 'x', check: true })) {
      for (const { kind, text: json } of records) found.get(kind)?.push(JSON.parse(json));
    }
    for (const kind of BULK_KINDS) expect(found.get(kind)).toEqual(whole[kind] ?? []);
    return [...found];
  }

  test('comes out of an empty store as it went in, by way of the text', async () => {
    const one = fc.asyncProperty(batches, async (directory) => {
      const from = await freshStore();
      await put(from, directory);
      const text = await read(from);
      for (const [kind, records] of directory) {
        const lines = records.map((record) => `${kind} ${recordLine(record)}`);
        const own = text
          .split('\n')
          .flatMap((each) => (each.startsWith(`${kind} `) ? [`${each}\n`] : []));
        expect(own.toSorted()).toEqual(lines.toSorted());
      }
      const to = await freshStore();
      await put(to, await parsed(text));
      expect(await read(to)).toBe(text);
      // Once more, which changes nothing.
      await put(to, await parsed(text));
      expect(await read(to)).toBe(text);
    });
    await fc.assert(one, { numRuns: 8 });
  });
});
