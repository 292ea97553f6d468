/** The object commands against a real server with a real store. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { systemClock } from '../../src/clock.ts';
import { startServer, type RunningServer } from '../../src/compose.ts';
import { createLog } from '../../src/log.ts';
import { loadSettings } from '../../src/settings/load.ts';
import { wharfpass, type HarnessOptions } from './harness.ts';

let folder: string;
let server: RunningServer;
let env: Record<string, string>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wharfpass-cli-'));
  const settings = loadSettings({
    env: { WHARFPASS_LISTEN: '127.0.0.1:0', WHARFPASS_METRICS__LISTEN: 'off' },
    cwd: folder,
  });
  const log = createLog({ level: 'error' }, { write: () => undefined });
  server = await startServer({ settings, log, clock: systemClock });
  env = { WHARFPASS_URL: server.url };
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a command that must succeed; returns what it printed. */
async function ok(command: string, options: HarnessOptions = {}): Promise<string> {
  const outcome = await wharfpass(command.split(' '), { env, cwd: folder, ...options });
  expect([command, outcome.stderr, outcome.exitCode]).toEqual([
    command,
    expect.not.stringContaining('rror'),
    EXIT.ok,
  ]);
  return outcome.stdout;
}

async function json<T>(command: string, options?: HarnessOptions): Promise<T> {
  return JSON.parse(await ok(`${command} --json`, options)) as T;
}

const fails = (command: string, options: HarnessOptions = {}) =>
  wharfpass(command.split(' '), { env, cwd: folder, ...options });

test('a first day: group, project, people, job, deploy token, and an end to each', async () => {
  expect(await ok('group create acme')).toContain('path        acme\n');
  await ok('group create acme/platform --visibility internal --name Platform');
  expect(await json('group show acme/platform')).toMatchObject({ visibility: 'internal' });
  expect(await ok('project create acme/platform/app')).toContain('visibility  private');
  await ok('user create jane --name Jane --email jane@example.com');
  await ok('user create joe --external');
  await ok('project create jane/tool --visibility public');
  await ok('member add jane --project acme/platform/app --access developer');
  await ok('member add joe --group acme --access 20 --expires-at 2099-01-31');
  const members = await ok('member list --project acme/platform/app --all');
  expect(members).toMatch(/^jane +developer +- +active +api$/m);
  expect(members).toMatch(/^joe +reporter +2099-01-31 +active +api$/m);
  await ok('member set jane --project acme/platform/app --access maintainer');
  await ok('member remove joe --group acme');
  expect(await json('member list --group acme')).toHaveLength(1);

  const started = await json<{ id: number; token: string }>(
    'job start --project acme/platform/app --user jane --containers read --timeout 600 --lease 60 --ref main',
  );
  expect(started.token).toMatch(/^glcbt-/);
  const job = `${started.id} --project acme/platform/app`;
  expect(await ok(`job heartbeat ${job}`)).toMatch(/^lease ends {2}20/);
  expect(await ok('job list --project acme/platform/app --status running')).toMatch(
    /^\d+ +running +job +main +jane /m,
  );
  expect(await json(`job finish ${job} --status failed`)).toMatchObject({ status: 'failed' });
  expect(await json(`job show ${job}`)).toMatchObject({ permissions: { containers: 'read' } });
  expect(await fails(`job finish ${job} --status success`)).toMatchObject({
    exitCode: EXIT.failed,
    stdout: '',
  });

  await ok('project archive acme/platform/app');
  expect(await json('project show acme/platform/app')).toMatchObject({ archived: true });
  await ok('project unarchive acme/platform/app');
  await ok('project update acme/platform/app --registry-access private --jobs disabled');
  expect(await ok('project list --group acme --all --search app')).toMatch(
    /acme\/platform\/app +private +private +disabled +no/,
  );
  await ok('user update joe --no-external --admin');
  expect(await json('user show joe')).toMatchObject({ external: false, is_admin: true });
  await ok('user block joe');
  expect(await ok('user list')).toMatch(/joe +joe +blocked +yes/);
  await ok('user unblock joe');
  await ok('user delete joe --yes');
  await ok('project delete jane/tool --yes');
  await ok('group delete acme --yes');
  expect(await json('project list')).toEqual([]);
});

describe('secrets', () => {
  beforeAll(async () => {
    await ok('group create vault');
    await ok('project create vault/app');
    await ok('user create kim');
  });

  test('a deploy token is shown once, and alone where asked', async () => {
    const made = await fails(
      'deploy-token create --project vault/app --name one --scope read_registry --scope write_registry --username cluster',
    );
    expect(made.stdout).toMatch(/^username +cluster$/m);
    expect(made.stdout).toMatch(/^scopes +read_registry write_registry$/m);
    expect(made.stdout).toMatch(/^token +gldt-\w+$/m);
    expect(made.stderr).toBe('The token is shown this once. Keep it in a safe place.\n');
    const alone = await ok(
      'deploy-token create --group vault --name two --scope read_registry --secret-only',
    );
    expect(alone).toMatch(/^gldt-\w+\n$/);
    const [, token] = await json<{ id: number }[]>(
      'deploy-token list --project vault/app --active',
    );
    expect(token).toMatchObject({ name: 'one', username: 'cluster' });
    expect(token).not.toHaveProperty('token');
    await ok(`deploy-token revoke ${token?.id} --project vault/app`);
    expect(await json('deploy-token list --project vault/app --active')).toHaveLength(1);
  });

  test('AUTO-16: a deploy token is rotated, and its old secret ended', async () => {
    await ok('project create vault/turn');
    const at = '--project vault/turn';
    const create = `deploy-token create ${at} --name t --scope read_registry --secret-only`;
    const old = (await ok(create)).trim();
    const [, token] = await json<{ id: number }[]>(`deploy-token list ${at}`);
    const id = `${token?.id} ${at}`;
    const secret = (await ok(`deploy-token rotate ${id} --grace 60 --secret-only`)).trim();
    expect(secret).toMatch(/^gldt-/);
    expect(secret).not.toBe(old);
    const secrets = await json<{ id: number; expires_at: string | null }[]>(
      `deploy-token secrets ${id}`,
    );
    expect(secrets.map(({ expires_at }) => expires_at)).toEqual([expect.any(String), null]);
    const [first, last] = secrets;
    await ok(`deploy-token end-secret ${token?.id} ${first?.id} ${at}`);
    const newest = await fails(`deploy-token end-secret ${token?.id} ${last?.id} ${at}`);
    expect(newest.exitCode).toBe(EXIT.failed);
    expect(newest.stderr).toContain('newest');
  });

  test('AUTO-19: rotations by the calendar, and what is due', async () => {
    await ok('project create vault/due');
    const at = '--project vault/due';
    const [token] = await json<{ id: number }[]>(`deploy-token list ${at}`);
    expect(await ok(`deploy-token rotation ${token?.id} ${at} --every 20`)).toMatch(
      /^rotate by +20/m,
    );
    expect(await ok('deploy-token list --expiring 30d')).toMatch(/^project vault\/due +\d+ /m);
    const both = await fails(`deploy-token list --expiring 30d ${at}`);
    expect(both.exitCode).toBe(EXIT.usage);
    const neither = await fails(`deploy-token rotation ${token?.id} ${at}`);
    expect(neither.exitCode).toBe(EXIT.usage);
    expect(await ok(`deploy-token rotation ${token?.id} ${at} --never`)).toMatch(/^rotate by +-$/m);
  });

  test('AUTO-08: the automatic token keeps its new secret to itself', async () => {
    await ok('project create vault/auto');
    const [token] = await json<{ id: number }[]>('deploy-token list --project vault/auto');
    const rotated = await fails(`deploy-token rotate ${token?.id} --project vault/auto`);
    expect(rotated).toMatchObject({ exitCode: EXIT.ok });
    expect(rotated.stdout).toMatch(/^origin +auto$/m);
    expect(rotated.stdout + rotated.stderr).not.toContain('gldt-');
  });

  test('AUTO-14: the switches of a project', async () => {
    await ok('project create vault/switch');
    const command = 'project registry-access vault/switch';
    expect(await ok(command)).toMatch(/^automatic deploy token +as the server is set$/m);
    const changed = await json(
      `${command} --auto-deploy-token off --auto-devops on --after-job read`,
    );
    const fields = { auto_deploy_token: false, auto_devops: true, job_token_after_job: 'read' };
    expect(changed).toMatchObject(fields);
    expect(await json(command)).toEqual(changed);
    expect(await json(`${command} --auto-deploy-token default`)).toMatchObject({
      auto_deploy_token: null,
    });
  });

  test('CD-14: a personal access token is exchanged, by its number or by itself', async () => {
    await ok('user create kurt');
    const secret = (
      await ok('token create --user kurt --name turn --scope api --secret-only')
    ).trim();
    const as = (token: string) => ({ env: { ...env, WHARFPASS_TOKEN: token } });
    const second = (await ok('token rotate self --secret-only', as(secret))).trim();
    expect((await fails('token list', as(secret))).exitCode).toBe(EXIT.notAllowed);
    const tokens = await json<{ id: number; name: string }[]>('token list --active', as(second));
    const id = tokens.find(({ name }) => name === 'turn')?.id;
    const third = await json<{ token: string }>(`token rotate ${id} --expires-at 2099-01-31`);
    expect((await fails('token list', as(second))).exitCode).toBe(EXIT.notAllowed);
    expect((await fails('token list', as(third.token))).exitCode).toBe(EXIT.ok);
  });

  test('a personal access token does what its scopes say, until it is revoked', async () => {
    const secret = await ok('token create --user kim --name t --scope read_api --secret-only');
    const asKim = { env: { ...env, WHARFPASS_TOKEN: secret.trim() } };
    expect(await json('token list', asKim)).toMatchObject([{ name: 't', active: true }]);
    const refused = await fails('group create kims', asKim);
    expect(refused.exitCode).toBe(EXIT.notAllowed);
    expect(refused.stderr).toContain('insufficient_scope');
    const [token] = await json<{ id: number }[]>('token list --user kim --active');
    await ok(`token revoke ${token?.id}`);
    const dead = await fails('token list', asKim);
    expect(dead.exitCode).toBe(EXIT.notAllowed);
    expect(dead.stderr).not.toContain(secret.trim());
  });

  test('a password comes from standard input and is printed nowhere', async () => {
    const secret = 'correct horse battery';
    const made = await fails('user create lee --password-stdin', { secret });
    expect(made.exitCode).toBe(EXIT.ok);
    expect(made.stdout + made.stderr).not.toContain(secret);
    const short = await fails('user create max --password-stdin', { secret: 'short' });
    expect(short).toMatchObject({ exitCode: EXIT.failed });
  });
});

test('what is not there is said to be missing', async () => {
  const missing = await fails('user show nobody');
  expect(missing.stderr).toBe('There is no user nobody. See: wharfpass user list\n');
  const project = await fails('project show acme/nothing');
  expect(project.exitCode).toBe(EXIT.failed);
  expect(project.stderr).toContain('404 Project Not Found.\nIt does not exist');
});

test('lists longer than a page are whole', async () => {
  for (let i = 0; i < 105; i++) await ok(`group create many-${i}`);
  expect(await json('group list --search many-')).toHaveLength(105);
});

test('without a token of one’s own, the local administrator’s is used, if there is one', async () => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'wharfpass-cli-'));
  const none = await fails('user list', { cwd: elsewhere });
  expect(none.exitCode).toBe(EXIT.notAllowed);
  expect(none.stderr).toContain('It is made when the server first starts');
  const wrong = { ...env, WHARFPASS_TOKEN: 'glpat-wrong' };
  expect((await fails('user list', { env: wrong })).exitCode).toBe(EXIT.notAllowed);
  rmSync(elsewhere, { recursive: true });
});
