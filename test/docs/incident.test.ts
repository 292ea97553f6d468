/** docs/incident.md: each command does what the page says of it. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { systemClock } from '../../src/clock.ts';
import { startServer, type RunningServer } from '../../src/compose.ts';
import { createLog } from '../../src/log.ts';
import { loadSettings } from '../../src/settings/load.ts';
import { wharfpass } from '../cli/harness.ts';
import { plainEnvironment } from '../support/run-program.ts';
import { readPage } from './page.ts';

const page = readPage('incident.md');
let folder: string;
let server: RunningServer;
let token: string;

const options = () => ({ env: { WHARFPASS_URL: server.url }, cwd: folder });

async function cli(command: string): Promise<{ stdout: string; stderr: string }> {
  const args = command.split(/\s+/).filter((word) => word !== 'wharfpass');
  // In the first minutes of a day 14:00 is still to come.
  const now = args.map((word) => (word === '14:00' ? '10m' : word));
  const { exitCode, stdout, stderr } = await wharfpass(now, options());
  expect([command, exitCode, stderr]).toEqual([command, 0, stderr]);
  return { stdout, stderr };
}

const [runner, shown, audit, leaked, prefix, person, issuer, places, rest] = [
  ...page.matchAll(/^```sh\n([^]*?)^```/gm),
].map(([, block = '']) => block.trim().split('\n'));

async function job(project = 'acme/app', runnerId = 17, as = 'jane') {
  const path = `${server.url}/api/v4/projects/${encodeURIComponent(project)}/jobs`;
  const body = JSON.stringify({ username: as, runner: { id: runnerId } });
  const headers = { 'PRIVATE-TOKEN': token, 'Content-Type': 'application/json' };
  const answer = await fetch(path, { method: 'POST', headers, body });
  return (await answer.json()) as {
    id: number;
    token: string;
    variables: { key: string; value: string }[];
  };
}

async function login(user: string, password: string): Promise<number> {
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  return (await fetch(`${server.url}/token`, { headers: { authorization } })).status;
}
const jobWorks = async ({ token: secret }: { token: string }) =>
  (await login('gitlab-ci-token', secret)) === 200;

const deployToken = async (): Promise<{ username: string; token: string }> => {
  const create = 'deploy-token create --name x --scope read_registry --project acme/app --json';
  return JSON.parse((await cli(create)).stdout) as { username: string; token: string };
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wharfpass-incident-'));
  const env = { WHARFPASS_LISTEN: '127.0.0.1:0', WHARFPASS_METRICS__LISTEN: 'off' };
  const settings = loadSettings({ env, cwd: folder });
  const log = createLog({ level: 'error' }, { write: () => undefined });
  server = await startServer({ settings, log, clock: systemClock });
  token = readFileSync(join(settings.data_dir, 'admin-token'), 'utf8').trim();
  for (const command of [
    'group create acme',
    'project create acme/app',
    'user create jane',
    'user create bob',
  ]) {
    await cli(command);
  }
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

test('a runner was compromised: its jobs end, others go on, the shown deploy token is named', async () => {
  const [mine, other] = [await job(), await job('acme/app', 18)];
  const [dry = '', real = ''] = runner ?? [];
  const seen = await cli(dry);
  expect(seen.stdout).toMatch(/KIND +COUNT\njobs +1/);
  expect(seen.stderr).toMatch(/^After: \w{3} \d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}/);
  expect(await jobWorks(mine)).toBe(true);
  const done = await cli(real);
  expect(done.stdout).toMatch(/jobs +1/);
  expect(done.stderr).toMatch(/they were shown|were shown/);
  expect(done.stderr).toContain('Registry tokens that were given out before work until');
  expect([await jobWorks(mine), await jobWorks(other)]).toEqual([false, true]);

  const secretOf = ({ variables }: Awaited<ReturnType<typeof job>>) =>
    ['CI_DEPLOY_USER', 'CI_DEPLOY_PASSWORD'].map(
      (wanted) => variables.find(({ key }) => key === wanted)?.value ?? '',
    );
  const [user = '', password = ''] = secretOf(mine);
  expect(await login(user, password)).toBe(200);
  await cli(shown?.[0] ?? '');
  expect(await login(user, password)).toBe(401);
  expect((await cli(audit?.[0] ?? '')).stdout).toContain('job.finished');
});

test('a token leaked: by its secret, and by its prefix', async () => {
  const { username, token: secret } = await deployToken();
  writeFileSync(join(folder, 'leaked.txt'), `${secret}\n`);
  expect((await cli(leaked?.[0] ?? '')).stderr).toMatch(/^Ended: deploy token \d+ \(x\)\./);
  expect(await login(username, secret)).toBe(401);
  expect((await cli(leaked?.[0] ?? '')).stderr).toMatch(/had ended before/);
  await deployToken();
  expect((await cli(prefix?.[0] ?? '')).stdout).toMatch(/deploy tokens +\d+/);
});

test('a person left: their jobs and tokens, and what they made', async () => {
  await cli('token create --user jane --name laptop --scope read_registry');
  const mine = await job('acme/app', 3);
  for (const command of person ?? []) await cli(command);
  expect(await jobWorks(mine)).toBe(false);
  const { stdout } = await cli('token list --user jane --json');
  expect(JSON.parse(stdout)).toEqual([expect.objectContaining({ revoked: true })]);
  for (const command of issuer ?? []) {
    expect((await cli(command)).stderr).toContain('Nothing meets these criteria.');
  }
});

test('a whole project or group', async () => {
  const { username, token: secret } = await deployToken();
  const first = await job('acme/app', 1, 'bob');
  const [ofProject = '', ofGroup = ''] = places ?? [];
  await cli(ofProject);
  expect([await jobWorks(first), await login(username, secret)]).toEqual([false, 401]);
  const [second, kept] = [await job('acme/app', 1, 'bob'), await deployToken()];
  await cli(ofGroup);
  expect(await jobWorks(second)).toBe(false);
  expect(await login(kept.username, kept.token)).toBe(200);
});

test('over the REST API', async () => {
  const env = plainEnvironment({ URL: `${server.url}/api/v4`, TOKEN: token });
  const [command = ''] = rest ?? [];
  const { stdout } = await promisify(execFile)('sh', ['-c', command.replace('curl', 'curl -sSf')], {
    env,
  });
  expect(JSON.parse(stdout)).toMatchObject({ dry_run: true, remaining: false, cursor: null });
});
