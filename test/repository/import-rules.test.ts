/**
 * The import rules of ARCHITECTURE.md, held against the linter itself: violations are planted in a copy of the folder
 * tree, and a rule that does not fire fails here.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';

const root = resolve(import.meta.dirname, '../..');
let tree: string;

beforeAll(async () => {
  tree = await mkdtemp(join(tmpdir(), 'wharfpass-rules-'));
  await cp(join(root, '.oxlintrc.json'), join(tree, '.oxlintrc.json'));
  await cp(join(root, 'tsconfig.json'), join(tree, 'tsconfig.json'));
  await symlink(join(root, 'node_modules'), join(tree, 'node_modules'));
});

afterAll(() => rm(tree, { recursive: true, force: true }));

interface Finding {
  readonly file: string;
  readonly code: string;
  readonly message: string;
}

/** Writes the files, lints them, and takes them away again. */
async function lint(
  files: Readonly<Record<string, string>>,
  typeAware = false,
): Promise<Finding[]> {
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(tree, file)), { recursive: true });
    await writeFile(join(tree, file), text);
  }
  const oxlint = join(root, 'node_modules/.bin/oxlint');
  const args = [...(typeAware ? ['--type-aware'] : []), '--format', 'json', '--', 'src'];
  const run = promisify(execFile)(oxlint, args, { cwd: tree, maxBuffer: 64 << 20 });
  const { stdout } = await run.catch((error: { stdout: string }) => error);
  await rm(join(tree, 'src'), { recursive: true, force: true });
  const { diagnostics } = JSON.parse(stdout) as {
    diagnostics: { code: string; message: string; help?: string; filename: string }[];
  };
  return diagnostics.map(({ code, message, help, filename }) => ({
    file: filename,
    code,
    message: `${message} ${help ?? ''}`,
  }));
}

/** For every planted import, whether the linter refused it. Each goes into a file of its own. */
async function refusals(plants: readonly { file: string; imports: string }[]): Promise<boolean[]> {
  const files: Record<string, string> = {};
  const names = plants.map(({ file, imports }, index) => {
    const folder = file.replace(/\/[^/]*$/, '');
    const name = file.endsWith('/*') ? `${folder}/plant-${index}.ts` : file;
    const line = `import '${imports}';\n`;
    files[name] = (files[name] ?? '') + line;
    return { name, imports };
  });
  const found = await lint(files);
  const refused = found.filter(({ code }) => code.includes('no-restricted-imports'));
  return names.map(({ name, imports }) =>
    refused.some(({ file, message }) => file === name && message.includes(`'${imports}'`)),
  );
}

/** Where each runtime dependency may be imported. */
const HOMES: Readonly<Record<string, readonly string[]>> = {
  express: ['src/http/*', 'src/http/api/*', 'src/http/oauth/*', 'src/http/notifications/*'],
  helmet: ['src/http/*', 'src/http/api/*'],
  jose: ['src/signing/*'],
  'node-forge': ['src/signing/*'],
  '@photostructure/sqlite': ['src/store/embedded/*'],
  ioredis: ['src/store/redis/connection/*'],
  pino: ['src/log.ts'],
  'prom-client': ['src/metrics/*'],
  'rate-limiter-flexible': ['src/http/api/*'],
  commander: ['src/cli/*', 'src/cli/store.ts'],
  yaml: ['src/settings/*', 'src/directory/*', 'src/cli/*', 'src/cli/store.ts'],
  zod: ['src/settings/*', 'src/directory/*', 'src/http/api/*'],
};

const PLACES = [
  'src/main.ts',
  'src/compose.ts',
  'src/compose-listeners.ts',
  'src/compose-parts.ts',
  'src/compose-oauth.ts',
  'src/compose-token.ts',
  'src/compose-store.ts',
  'src/log.ts',
  'src/errors.ts',
  'src/http/*',
  'src/http/api/*',
  'src/http/oauth/*',
  'src/http/notifications/*',
  'src/token/*',
  'src/credential/*',
  'src/policy/*',
  'src/explain/*',
  'src/audit/*',
  'src/signing/*',
  'src/store/*',
  'src/store/embedded/*',
  'src/store/redis/*',
  'src/store/redis/connection/*',
  'src/store/redis/jobs/*',
  'src/metrics/*',
  'src/doctor/*',
  'src/lifecycle/*',
  'src/directory/*',
  'src/settings/*',
  'src/cli/*',
  'src/cli/store.ts',
];

/** Files that stand for what each folder offers. */
const TARGETS = [
  'src/compose.ts',
  'src/http/server.ts',
  'src/http/api/route.ts',
  'src/token/issue-token.ts',
  'src/credential/authenticate.ts',
  'src/credential/principal.ts',
  'src/policy/decide.ts',
  'src/explain/explain.ts',
  'src/audit/open.ts',
  'src/signing/ports.ts',
  'src/signing/key-ring.ts',
  'src/store/ports.ts',
  'src/store/embedded/open.ts',
  'src/store/embedded/facts.ts',
  'src/store/redis/open.ts',
  'src/store/redis/keys.ts',
  'src/metrics/metrics.ts',
  'src/metrics/ports.ts',
  'src/doctor/walk.ts',
  'src/lifecycle/start-job.ts',
  'src/directory/parse.ts',
  'src/settings/schema.ts',
  'src/cli/program.ts',
] as const;

const PORTS = ['src/signing/ports.ts', 'src/store/ports.ts'];
const STORE = ['src/store/ports.ts', 'src/store/embedded/facts.ts'];
const CREDENTIAL = ['src/credential/authenticate.ts', 'src/credential/principal.ts'];

/** What each place may import of TARGETS, beside its own folder. ARCHITECTURE.md says it in words. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  'src/main.ts': ['src/cli/program.ts', 'src/compose.ts'],
  'src/compose.ts': TARGETS,
  'src/compose-listeners.ts': TARGETS,
  'src/compose-parts.ts': TARGETS,
  'src/compose-oauth.ts': TARGETS,
  'src/compose-token.ts': TARGETS,
  'src/compose-store.ts': TARGETS,
  'src/log.ts': [],
  'src/errors.ts': ['src/credential/principal.ts'],
  'src/http/*': [
    'src/http/api/route.ts',
    'src/token/issue-token.ts',
    ...CREDENTIAL,
    'src/policy/decide.ts',
    'src/audit/open.ts',
    ...PORTS,
    'src/metrics/ports.ts',
    'src/lifecycle/start-job.ts',
    'src/directory/parse.ts',
    'src/settings/schema.ts',
  ],
  'src/http/api/*': [
    'src/http/server.ts',
    'src/token/issue-token.ts',
    ...CREDENTIAL,
    'src/policy/decide.ts',
    'src/explain/explain.ts',
    'src/audit/open.ts',
    ...PORTS,
    'src/metrics/ports.ts',
    'src/lifecycle/start-job.ts',
    'src/directory/parse.ts',
    'src/settings/schema.ts',
  ],
  'src/http/oauth/*': [
    'src/http/server.ts',
    'src/token/issue-token.ts',
    ...CREDENTIAL,
    'src/store/ports.ts',
    'src/lifecycle/start-job.ts',
    'src/settings/schema.ts',
  ],
  'src/http/notifications/*': ['src/http/server.ts', 'src/audit/open.ts'],
  'src/token/*': [
    ...CREDENTIAL,
    'src/policy/decide.ts',
    'src/audit/open.ts',
    ...PORTS,
    'src/settings/schema.ts',
  ],
  'src/credential/*': [...PORTS, 'src/settings/schema.ts'],
  'src/policy/*': ['src/credential/principal.ts'],
  'src/explain/*': ['src/credential/principal.ts', 'src/policy/decide.ts'],
  'src/audit/*': ['src/credential/principal.ts', 'src/store/ports.ts'],
  'src/signing/*': ['src/settings/schema.ts'],
  'src/store/*': ['src/credential/principal.ts'],
  'src/store/embedded/*': ['src/store/ports.ts', 'src/credential/principal.ts'],
  'src/store/redis/*': [...STORE, 'src/credential/principal.ts', 'src/settings/schema.ts'],
  'src/store/redis/connection/*': ['src/store/redis/keys.ts'],
  'src/store/redis/jobs/*': [
    ...STORE,
    'src/store/redis/open.ts',
    'src/store/redis/keys.ts',
    'src/credential/principal.ts',
    'src/settings/schema.ts',
  ],
  'src/metrics/*': ['src/store/ports.ts'],
  'src/doctor/*': [],
  'src/lifecycle/*': [
    ...CREDENTIAL,
    'src/policy/decide.ts',
    'src/audit/open.ts',
    ...PORTS,
    'src/settings/schema.ts',
  ],
  'src/directory/*': ['src/policy/decide.ts', 'src/store/ports.ts', 'src/settings/schema.ts'],
  'src/settings/*': [],
  'src/cli/*': [
    'src/compose.ts',
    'src/audit/open.ts',
    ...CREDENTIAL,
    'src/doctor/walk.ts',
    'src/directory/parse.ts',
    'src/settings/schema.ts',
    'src/signing/ports.ts',
    'src/signing/key-ring.ts',
    'src/store/ports.ts',
  ],
};

const specifier = (from: string, to: string): string => {
  const path = relative(dirname(from.replace('*', 'x.ts')), to);
  return path.startsWith('.') ? path : `./${path}`;
};

describe('import rules', () => {
  test('each runtime dependency is imported in its home and nowhere else', async () => {
    const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    expect(Object.keys(HOMES).sort()).toEqual(Object.keys(manifest.dependencies).sort());
    const plants = PLACES.flatMap((file) =>
      Object.keys(HOMES).map((imports) => ({ file, imports })),
    );
    const refused = await refusals(plants);
    const admitted = plants.filter((_plant, index) => refused[index] === false);
    const expected = plants.filter(({ file, imports }) => HOMES[imports]?.includes(file));
    expect(admitted).toEqual(expected);
  });

  test('each folder imports what ARCHITECTURE.md gives it and nothing else', async () => {
    const plants = Object.keys(ALLOWED).flatMap((place) =>
      TARGETS.filter((target) => target !== place && dirname(target) !== dirname(place)).map(
        (target) => ({ file: place, imports: specifier(place, target), target }),
      ),
    );
    const refused = await refusals(plants);
    const admitted = plants.filter((_plant, index) => refused[index] === false);
    const expected = plants.filter(({ file, target }) => ALLOWED[file]?.includes(target));
    expect(admitted).toEqual(expected);
  });

  test('only cli/store.ts and the composition name the embedded store', async () => {
    const places = PLACES.filter((place) => place !== 'src/store/embedded/*');
    const plants = places.map((file) => ({
      file,
      imports: specifier(file, 'src/store/embedded/open.ts'),
    }));
    const refused = await refusals(plants);
    const admitted = places.filter((_place, index) => refused[index] === false);
    const composition = [
      'compose',
      'compose-listeners',
      'compose-parts',
      'compose-oauth',
      'compose-token',
      'compose-store',
    ];
    expect(admitted).toEqual([...composition.map((name) => `src/${name}.ts`), 'src/cli/store.ts']);
  });

  test('a folder without a rule is refused all but its own files', async () => {
    const [other, own] = await refusals([
      { file: 'src/novelty/*', imports: '../errors.ts' },
      { file: 'src/novelty/*', imports: './own.ts' },
    ]);
    expect([other, own]).toEqual([true, false]);
  });

  test('an index.ts is refused everywhere, and there is none', async () => {
    const plants = PLACES.map((file) => ({ file, imports: './index.ts' }));
    expect(await refusals(plants)).toEqual(plants.map(() => true));
    const files = await readdir(join(root, 'src'), { recursive: true });
    expect(files.filter((file) => /(^|\/)index\.[a-z]+$/.test(file))).toEqual([]);
  });

  test('dynamic, type-only and re-exporting forms are held too', async () => {
    const found = await lint({
      'src/policy/dynamic.ts': "export const load = (): Promise<unknown> => import('express');\n",
      'src/policy/types.ts': "import type { Logger } from '../log.ts';\nexport type L = Logger;\n",
      'src/policy/again.ts': "export { systemClock } from '../clock.ts';\n",
    });
    const refused = found.filter(({ code }) => code.includes('no-restricted-imports'));
    expect(refused.map(({ file }) => file).sort()).toEqual([
      'src/policy/again.ts',
      'src/policy/dynamic.ts',
      'src/policy/types.ts',
    ]);
  });

  test('only main.ts and cli/ touch the process', async () => {
    const text = 'export const home: unknown = process.env;\n';
    const places = PLACES.map((place) => place.replace('*', 'touches-process.ts'));
    const found = await lint(Object.fromEntries(places.map((place) => [place, text])));
    const refused = found.filter(({ code }) => code.includes('no-restricted-globals'));
    const free = places.filter((place) => !refused.some(({ file }) => file === place));
    expect(free).toEqual(['src/main.ts', 'src/cli/touches-process.ts', 'src/cli/store.ts']);
    const imported = await refusals(PLACES.map((file) => ({ file, imports: 'node:process' })));
    const admitted = PLACES.filter((_place, index) => imported[index] === false);
    expect(admitted).toEqual(['src/main.ts', 'src/cli/*', 'src/cli/store.ts']);
  });
});

const MISTAKES: readonly [rule: string, text: string][] = [
  ['no-floating-promises', 'export function f(): void {\n  Promise.resolve(1);\n}\n'],
  [
    'no-misused-promises',
    'export const f = (): void => [1].forEach(async () => Promise.resolve());\n',
  ],
  ['no-explicit-any', 'export const f = (x: any): unknown => x;\n'],
  [
    'switch-exhaustiveness-check',
    "export function f(x: 'a' | 'b'): void {\n  switch (x) {\n    case 'a':\n      break;\n  }\n}\n",
  ],
  ['no-console', "export const f = (): void => console.log('x');\n"],
  ['eqeqeq', 'export const f = (x: number): boolean => x == 1;\n'],
  ['only-throw-error', "export function f(): never {\n  throw 'text';\n}\n"],
  ['consistent-type-imports', "import { G } from './g.ts';\nexport type F = G;\n"],
];

test.each(MISTAKES)('the linter finds %s', async (rule, text) => {
  const files = {
    'src/policy/f.ts': text,
    'src/policy/g.ts': 'export interface G {\n  x: 1;\n}\n',
  };
  const found = await lint(files, true);
  expect(found.map(({ code }) => code)).toContainEqual(expect.stringContaining(`(${rule})`));
});

test('the linter finds an import cycle', async () => {
  const found = await lint({
    'src/policy/a.ts': "import { b } from './b.ts';\nexport const a = (): unknown => b;\n",
    'src/policy/b.ts': "import { a } from './a.ts';\nexport const b = (): unknown => a;\n",
  });
  expect(found.map(({ code }) => code)).toContainEqual(expect.stringContaining('(no-cycle)'));
});
