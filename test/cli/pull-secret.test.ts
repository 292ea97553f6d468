/** docs/kubernetes.md, command by command, and that what comes out logs in. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { secretName } from '../../src/cli/pull-secret-manifest.ts';
import { get, startTokenServer, type TokenServer } from '../support/token-server.ts';
import { readPage } from '../docs/page.ts';
import { wharfpass } from './harness.ts';

const DAY = 86_400_000;
const HOST = 'registry.example.com';
let server: TokenServer;
let env: Record<string, string>;

beforeAll(async () => {
  server = await startTokenServer(`registry: ${HOST}\n`);
  const boss = await server.user('boss', { admin: true });
  const { secret } = await server.personalAccessToken(boss, ['api'], null);
  env = { WHARFPASS_URL: server.url, WHARFPASS_TOKEN: secret };
  await server.group('acme');
  for (const name of ['app', 'other', 'push', 'twice']) await server.project(`acme/${name}`);
});
afterAll(() => server.close());

const run = (line: string) => wharfpass(line.split(' '), { env });

async function ok(line: string): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const { exitCode, stdout, stderr } = await run(line);
  expect([line, stderr, exitCode]).toEqual([line, expect.any(String), EXIT.ok]);
  return { stdout, stderr };
}

interface Login {
  readonly username: string;
  readonly password: string;
  readonly auth: string;
}

/** The one login of a docker config.json. */
function loginOf(config: string, host = HOST): Login {
  const { auths } = JSON.parse(config) as { auths: Record<string, Login> };
  expect(Object.keys(auths)).toEqual([host]);
  const [login] = Object.values(auths);
  if (login === undefined) throw new Error('no login');
  expect(Buffer.from(login.auth, 'base64').toString()).toBe(`${login.username}:${login.password}`);
  return login;
}

interface Manifest {
  readonly metadata: { readonly name: string; readonly annotations: Record<string, string> };
  readonly data: { readonly '.dockerconfigjson': string };
}

/** Holds the manifest against the shape that Kubernetes wants: core/v1 Secret, kubernetes.io/dockerconfigjson. */
function manifestOf(text: string): Manifest & { readonly config: string } {
  const manifest = parse(text) as Manifest;
  expect(manifest).toEqual({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: expect.objectContaining({
      name: expect.stringMatching(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/),
      annotations: { 'wharfpass/deploy-token': expect.stringMatching(/^\d+$/) },
    }),
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': expect.stringMatching(/^[A-Za-z0-9+/]+=*$/) },
  });
  const config = Buffer.from(manifest.data['.dockerconfigjson'], 'base64').toString();
  return { ...manifest, config };
}

/** The status of a request for a token to pull the repository. */
async function pull({ username, password }: Login, repository: string): Promise<number> {
  const scope = `repository:${repository}:pull`;
  const answer = await get(server, { as: [username, password], scope });
  if (answer.status !== 200) return answer.status;
  const [, claims = ''] = String(answer.body['token']).split('.');
  const { access } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as {
    access: object[];
  };
  return access.length > 0 ? 200 : 403;
}

test('docs/kubernetes.md: every command does what the page says', async () => {
  const blocks = [...readPage('kubernetes.md').matchAll(/^```sh\n([^]*?)^```/gm)];
  const lines = blocks.flatMap(([, block = '']) => block.trim().split('\n'));
  expect(lines.length).toBeGreaterThan(6);
  const old: Login[] = [];
  for (const line of lines) {
    const [command = '', sink] = line.split(/ (?:\| kubectl apply -f -|> config\.json)$/);
    const { stdout } = await ok(command.replace(/^wharfpass /, ''));
    if (sink === undefined) {
      expect(stdout).not.toBe('');
    } else {
      const config = line.includes('kubectl') ? manifestOf(stdout).config : stdout;
      const login = loginOf(config);
      expect([line, await pull(login, 'acme/app')]).toEqual([line, 200]);
      if (line.includes('--project acme/app') && line.includes('kubectl')) old.push(login);
    }
  }
  const statuses = await Promise.all(old.map((login) => pull(login, 'acme/app')));
  expect(statuses).toEqual([...old.slice(1).map(() => 401), 200]);
});

test('a manifest says what it is and whose; the token reads and no more', async () => {
  const { stdout, stderr } = await ok(
    'pull-secret --project acme/other --namespace prod --expires-at 2099-01-31 --registry [::1]:5000',
  );
  const manifest = manifestOf(stdout);
  expect(manifest.metadata).toMatchObject({ name: 'acme-other-pull', namespace: 'prod' });
  const login = loginOf(manifest.config, '[::1]:5000');
  expect(await pull(login, 'acme/other')).toBe(200);
  expect(await pull(login, 'acme/app')).toBe(403);
  const id = manifest.metadata.annotations['wharfpass/deploy-token'];
  expect(stderr).toMatch(new RegExp(`^Deploy token ${id} .*read_registry.* expires at 2099-01-31`));
  expect(stderr).not.toContain(login.password);
  const shown = JSON.parse(
    (await ok(`deploy-token show ${id} --project acme/other --json`)).stdout,
  );
  expect(shown).toMatchObject({ name: 'acme-other-pull', scopes: ['read_registry'] });
});

test('rotating: both secrets work until the grace ends, then the new one alone', async () => {
  const make = '--project acme/other --name rotated --format docker';
  const before = loginOf((await ok(`pull-secret ${make}`)).stdout);
  const { stdout, stderr } = await ok(`pull-secret ${make} --rotate --grace-period 7d`);
  const after = loginOf(stdout);
  expect(after.username).toBe(before.username);
  const ends = new Date(server.clock.now() + 7 * DAY).toISOString();
  expect(stderr).toContain(`The old secret works until ${ends}`);
  const both = async () => [await pull(before, 'acme/other'), await pull(after, 'acme/other')];
  expect(await both()).toEqual([200, 200]);
  server.clock.advance(7 * DAY - 120_000);
  expect(await both()).toEqual([200, 200]);
  server.clock.advance(120_000);
  expect(await both()).toEqual([401, 200]);
});

describe('refusals change nothing', () => {
  test('a token that may push, unless it is meant to', async () => {
    const create = '--project acme/push --name pusher --scopes read_registry,write_registry';
    const login = loginOf((await ok(`pull-secret ${create} --format docker`)).stdout);
    const rotate = 'pull-secret --project acme/push --name pusher --rotate --grace-period 0';
    const refused = await run(rotate);
    expect(refused).toMatchObject({ exitCode: EXIT.failed, stdout: '' });
    expect(refused.stderr).toContain('may do more than pull: write_registry');
    expect(refused.stderr).toContain('--scopes read_registry,write_registry');
    expect(await pull(login, 'acme/push')).toBe(200);
    await ok(`${rotate} --scopes read_registry,write_registry`);
    expect(await pull(login, 'acme/push')).toBe(401);
  });

  test('the automatic token, whose secret nobody is shown', async () => {
    await ok('project registry-access acme/twice --auto-deploy-token on');
    const [auto] = JSON.parse(
      (await ok('deploy-token list --project acme/twice --json')).stdout,
    ) as { id: number; origin: string }[];
    expect(auto?.origin).toBe('auto');
    const refused = await run(`pull-secret --project acme/twice --token-id ${auto?.id} --rotate`);
    expect(refused).toMatchObject({ exitCode: EXIT.failed, stdout: '' });
    expect(refused.stderr).toContain('automatic');
  });

  test('a name that no token has, or two', async () => {
    const rotate = 'pull-secret --project acme/twice --rotate';
    expect((await run(rotate)).stderr).toContain(
      'no active deploy token with the name acme-twice-pull',
    );
    await ok('pull-secret --project acme/twice');
    await ok('pull-secret --project acme/twice');
    expect((await run(rotate)).stderr).toContain('--token-id <id>');
  });

  test.each([
    ['', 'Name one of them'],
    ['--project acme/app --token-id 1', 'add --rotate'],
    ['--project acme/app --grace-period 7d', 'goes with --rotate'],
    ['--project acme/app --rotate --grace-period soon', '12h or 7d'],
    ['--project acme/app --name Acme_App', 'Kubernetes takes'],
    ['--project acme/app --namespace prod.eu', 'Kubernetes takes'],
    ['--project acme/app --namespace prod --format docker', '--format kubernetes'],
    ['--project acme/app --registry https://registry.example.com/v2', 'without https://'],
  ])('%s', async (options, said) => {
    const { exitCode, stdout, stderr } = await run(`pull-secret ${options}`.trim());
    expect([exitCode, stdout]).toEqual([EXIT.usage, '']);
    expect(stderr).toContain(said);
  });
});

test.each([
  ['acme/app', 'acme-app-pull'],
  ['Acme/My_App.v2', 'acme-my-app-v2-pull'],
  [`acme/${'x'.repeat(80)}-`, `acme-${'x'.repeat(53)}-pull`],
])('the Secret of %s is %s', (path, name) => {
  expect(secretName(path)).toBe(name);
});
