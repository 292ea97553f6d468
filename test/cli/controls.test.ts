/** Who may come in and who did: allowlists, rules, passwords after the job, the audit stream, and bare requests. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { startTokenServer, type TokenServer } from '../support/token-server.ts';
import { wharfpass, type HarnessOptions } from './harness.ts';

let server: TokenServer;
let env: Record<string, string>;

beforeAll(async () => {
  server = await startTokenServer('jobs: {enforce_allowlist: false}\n');
  const boss = await server.user('boss', { admin: true });
  const { secret } = await server.personalAccessToken(boss, ['api'], null);
  env = { WHARFPASS_URL: server.url, WHARFPASS_TOKEN: secret };
  await server.group('acme');
  for (const name of ['app', 'lib', 'night']) await server.project(`acme/${name}`);
});
afterAll(() => server.close());

const run = (line: string, options: HarnessOptions = {}) =>
  wharfpass(line.split(' '), { env, ...options });

async function ok(line: string, options: HarnessOptions = {}): Promise<string> {
  const { exitCode, stdout, stderr } = await run(line, options);
  expect([line, exitCode, stderr]).toEqual([line, EXIT.ok, expect.any(String)]);
  return stdout;
}

const json = async <T>(line: string, options?: HarnessOptions): Promise<T> =>
  JSON.parse(await ok(`${line} --json`, options)) as T;

test('an allowlist: on, with a project and a group on it, and off again', async () => {
  await ok('allowlist on acme/app');
  await ok('allowlist add acme/app --project acme/lib --policy READ_CONTAINERS');
  await ok('allowlist add acme/app --group acme');
  const list = await ok('allowlist list acme/app');
  expect(list).toMatch(/^project +acme\/lib +\d+ +READ_CONTAINERS$/m);
  expect(list).toMatch(/^group +acme +\d+ +no limit$/m);
  await ok('allowlist set acme/app --project acme/lib');
  await ok('allowlist set acme/app --group acme --policy READ_CONTAINERS,ADMIN_CONTAINERS');
  expect(await json('allowlist list acme/app')).toMatchObject({
    projects: [{ path_with_namespace: 'acme/lib', default_permissions: true }],
    groups: [{ job_token_policies: ['READ_CONTAINERS', 'ADMIN_CONTAINERS'] }],
  });
  const unknown = await run('allowlist add acme/app --project acme/night --policy READ_MAIL');
  expect(unknown).toMatchObject({ exitCode: EXIT.failed, stdout: '' });
  await ok('allowlist remove acme/app --project acme/lib');
  await ok('allowlist remove acme/app --group acme');
  expect((await run('allowlist list acme/app')).stderr).toBe('There are none.\n');
  expect(await ok('allowlist status acme/app')).toMatch(/^only from the list +yes$/m);
  await ok('allowlist off acme/app');
  expect(await ok('allowlist status acme/app')).toMatch(/^only from the list +no$/m);
});

test('rules: of both kinds, found again by their number alone', async () => {
  await ok('protection create acme/app --repository acme/app/release* --push maintainer');
  const made = await json<{ id: number }>(
    'protection create acme/app --tag v* --push maintainer --delete owner',
  );
  expect(await ok('protection list acme/app')).toMatch(
    new RegExp(`^${made.id} +tag +v\\* +maintainer +owner$`, 'm'),
  );
  const changed = await json(`protection update acme/app ${made.id} --delete anyone`);
  expect(changed).toMatchObject({
    tag_name_pattern: 'v*',
    minimum_access_level_for_push: 'maintainer',
    minimum_access_level_for_delete: null,
  });
  await ok(`protection delete acme/app ${made.id}`);
  expect(await json('protection list acme/app')).toMatchObject([
    { repository_path_pattern: 'acme/app/release*' },
  ]);
  const gone = await run(`protection delete acme/app ${made.id}`);
  expect(gone.stderr).toBe(
    `acme/app has no rule ${made.id}. See: wharfpass protection list acme/app\n`,
  );
  for (const which of ['', ' --tag v* --repository acme/app/x']) {
    expect((await run(`protection create acme/app --push owner${which}`)).exitCode).toBe(
      EXIT.usage,
    );
  }
});

test('a job sees itself by its own token, and its password after it is listed and revoked', async () => {
  await ok('project registry-access acme/night --after-job read');
  const { id, token } = await json<{ id: number; token: string }>(
    'job start --project acme/night --user boss',
  );
  const asJob = { env: { WHARFPASS_URL: server.url, WHARFPASS_JOB_TOKEN: token } };
  expect(await json('job self', asJob)).toMatchObject({ id, status: 'running' });
  expect((await run('user list', asJob)).exitCode).toBe(EXIT.notAllowed);
  await ok(`job finish ${id} --project acme/night`);
  const [converted] = await json<{ id: number }[]>(
    'converted-token list --project acme/night --active',
  );
  expect(converted).toMatchObject({ job_id: id, user: { username: 'boss' } });
  await ok(`converted-token revoke ${converted?.id} --project acme/night`);
  expect(await json('converted-token list --project acme/night --active')).toEqual([]);
});

test('the audit stream: by type, person and time, the newest first', async () => {
  await ok('user create amy');
  await ok('user block amy');
  const events = await json<{ type: string }[]>('audit list --user amy');
  expect(events.map(({ type }) => type)).toEqual(['user.blocked', 'user.created']);
  expect(await json('audit list --user amy --type user.created --author boss')).toHaveLength(1);
  expect(await json('audit list --user amy --until 2020-01-01')).toEqual([]);
  const told = await json<{ type: string }[]>('audit list --user amy --changed state');
  expect(told.map(({ type }) => type)).toContain('user.blocked');
  expect(told.map(({ type }) => type)).not.toContain('member.created');
  expect(await json('audit list --user amy --changed pockets')).toEqual([]);
  expect(await json('audit list --limit 1')).toHaveLength(1);
  expect(await ok('audit list --user amy')).toMatch(/ user\.blocked +boss +user amy /);
  const unknown = await run('audit list --type user.blokced');
  expect(unknown.exitCode).toBe(EXIT.usage);
});

test('the token can come from a file that nobody else can read', async () => {
  const file = join(server.folder, 'token');
  writeFileSync(file, `${env['WHARFPASS_TOKEN']}\n`, { mode: 0o600 });
  const { WHARFPASS_URL = '' } = env;
  const byFile = { env: { WHARFPASS_URL, WHARFPASS_TOKEN_FILE: file } };
  expect(await ok('whoami', byFile)).toMatch(/^user +boss$/m);
  chmodSync(file, 0o644);
  const { exitCode, stderr } = await run('whoami', byFile);
  expect([exitCode, stderr]).toEqual([EXIT.configuration, expect.stringContaining('chmod 600')]);
});

test('--limit takes the first of a list', async () => {
  for (const list of ['user list', 'project list', 'token list']) {
    expect((await json<unknown[]>(list)).length).toBeGreaterThan(1);
    expect(await json(`${list} --limit 1`)).toHaveLength(1);
  }
});

test('whoami tells the token that is in use, and a token ends itself', async () => {
  await ok('user unblock amy');
  const secret = (
    await ok('token create --user amy --name mine --scope read_api --secret-only')
  ).trim();
  const asAmy = { env: { ...env, WHARFPASS_TOKEN: secret } };
  const said = await ok('whoami', asAmy);
  expect(said).toMatch(/^user +amy$/m);
  expect(said).toMatch(/^scopes +read_api$/m);
  expect(await json('token show self', asAmy)).toMatchObject({ name: 'mine' });
  await ok('token revoke self', asAmy);
  expect((await run('whoami', asAmy)).exitCode).toBe(EXIT.notAllowed);
});

describe('api', () => {
  test('prints what the server says, be it yes or no', async () => {
    expect(JSON.parse(await ok('api GET /api/v4/user'))).toMatchObject({ username: 'boss' });
    expect(JSON.parse(await ok('api get projects/acme%2Fapp'))).toMatchObject({ path: 'app' });
    const missing = await run('api GET /projects/nowhere');
    expect(missing).toMatchObject({ exitCode: EXIT.failed });
    expect(JSON.parse(missing.stdout)).toEqual({ message: '404 Project Not Found' });
    expect(missing.stderr).toContain('It does not exist');
    const wrong = await run('api GET /user', { env: { ...env, WHARFPASS_TOKEN: 'x' } });
    expect(wrong.exitCode).toBe(EXIT.notAllowed);
  });

  test('sends fields as a form, lists and objects too, and JSON from standard input', async () => {
    const token = await ok(
      'api POST projects/acme%2Flib/deploy_tokens -f name=a=b -f scopes[]=read_registry -f scopes[]=write_registry',
    );
    const scopes = ['read_registry', 'write_registry'];
    expect(JSON.parse(token)).toMatchObject({ name: 'a=b', scopes });
    const input = JSON.stringify({ name: 'From JSON' });
    const changed = await ok('api PUT projects/acme%2Flib --input -', { input });
    expect(JSON.parse(changed)).toMatchObject({ name: 'From JSON' });
    const { id } = JSON.parse(token) as { id: number };
    expect(await ok(`api DELETE projects/acme%2Flib/deploy_tokens/${id}`)).toBe('');
  });

  test('--paginate makes one list of all pages', async () => {
    const all = JSON.parse(await ok('api GET /projects -f per_page=1 --paginate')) as unknown[];
    expect(all).toHaveLength(3);
    expect(JSON.parse(await ok('api GET /projects?per_page=2'))).toHaveLength(2);
  });

  test.each([
    ['api FETCH /user', 'GET, POST'],
    ['api GET https://elsewhere.example.com/user', 'WHARFPASS_URL'],
    ['api POST /users --paginate', '--paginate goes with GET'],
    ['api POST /users -f name', 'like name=value'],
    ['api POST /users --input users.json', '--input -'],
  ])('%s', async (line, said) => {
    const { exitCode, stderr } = await run(line);
    expect([exitCode, stderr]).toEqual([EXIT.usage, expect.stringContaining(said)]);
  });
});

describe('a question at a terminal', () => {
  test.each([
    ['project delete acme/night', 'This deletes the project acme/night'],
    ['token revoke 999', 'This ends personal access token 999 at once.'],
    ['protection delete acme/app 1', 'This takes rule 1 of acme/app away.'],
    ['converted-token revoke 1 --project acme/app', 'This ends converted token 1'],
    ['deploy-token revoke 1 --project acme/app', 'This ends deploy token 1 at once.'],
  ])('%s', async (line, said) => {
    const asked: string[] = [];
    const answer = (question: string): Promise<string> => {
      asked.push(question);
      return Promise.resolve('');
    };
    const { exitCode, stderr } = await run(line, { answer });
    expect([exitCode, stderr]).toEqual([EXIT.failed, 'Nothing was changed.\n']);
    expect(asked).toEqual([expect.stringContaining(said)]);
    expect(await ok('project show acme/night')).toContain('acme/night');
  });

  test('--yes answers before it, and yes does it', async () => {
    await server.project('acme/one');
    await server.project('acme/two');
    const never = () => Promise.reject(new Error('nobody was to be asked'));
    await ok('project delete acme/one --yes', { answer: never });
    await ok('project delete acme/two', { answer: () => Promise.resolve('Yes') });
    expect(await json('project list --search one')).toEqual([]);
    expect(await json('project list --search two')).toEqual([]);
  });
});
