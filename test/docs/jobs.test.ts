/** docs/jobs.md: each command does what the page says of it. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { systemClock } from '../../src/clock.ts';
import { startServer, type RunningServer } from '../../src/compose.ts';
import { createLog } from '../../src/log.ts';
import { loadSettings } from '../../src/settings/load.ts';
import type { Settings } from '../../src/settings/schema.ts';
import { wharfpass } from '../cli/harness.ts';
import { plainEnvironment } from '../support/run-program.ts';
import { readPage, tableRows } from './page.ts';

interface StartedJob {
  readonly id: number;
  readonly token: string;
  readonly job_info: { readonly extended_job_token?: string };
}

const page = readPage('jobs.md');
let folder: string;
let settings: Settings;
let server: RunningServer;

const cli = async (command: string): Promise<string> => {
  const options = { env: { WHARFPASS_URL: server.url }, cwd: folder };
  const { exitCode, stdout, stderr } = await wharfpass(command.split(/\s+/), options);
  expect([command, stderr, exitCode]).toEqual([command, '', 0]);
  return stdout;
};

async function curl(command: string): Promise<string> {
  const token = readFileSync(join(settings.data_dir, 'admin-token'), 'utf8').trim();
  const env = plainEnvironment({ URL: `${server.url}/api/v4`, TOKEN: token });
  const { stdout } = await promisify(execFile)('sh', ['-c', `curl -sSf ${command.slice(5)}`], {
    env,
  });
  return stdout;
}

const loginAs = async (password: string): Promise<number> => {
  const authorization = `Basic ${Buffer.from(`gitlab-ci-token:${password}`).toString('base64')}`;
  return (await fetch(`${server.url}/token`, { headers: { authorization } })).status;
};

const [start, enable, listAndRevoke, extended] = [...page.matchAll(/^```sh\n([^]*?)^```/gm)].map(
  ([, block = '']) => block.replaceAll('\\\n', ' ').trim().split('\n'),
);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wharfpass-jobs-'));
  const env = {
    WHARFPASS_LISTEN: '127.0.0.1:0',
    WHARFPASS_METRICS__LISTEN: 'off',
    WHARFPASS_JOBS__EXTENDED_TOKEN__ENABLED: 'true',
  };
  settings = loadSettings({ env, cwd: folder });
  const log = createLog({ level: 'error' }, { write: () => undefined });
  server = await startServer({ settings, log, clock: systemClock });
  for (const command of [
    'group create acme',
    'project create acme/app',
    'user create jane',
    'member add jane --project acme/app --access developer',
  ]) {
    await wharfpass(command.split(' '), { env: { WHARFPASS_URL: server.url }, cwd: folder });
  }
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

test('CD-18 JOB-17: the commands of the page, from the start of a job to a password that is revoked', async () => {
  await cli((enable?.[0] ?? '').replace(/^wharfpass /, ''));
  const job = JSON.parse(await curl(start?.[0] ?? '')) as StartedJob;
  expect(await loginAs(job.token)).toBe(200);
  const path = `"$URL/projects/acme%2Fapp/jobs/${job.id}"`;
  await curl(`curl -X PUT -H "PRIVATE-TOKEN: $TOKEN" ${path} --json '{"status": "success"}'`);
  expect(await loginAs(job.token)).toBe(200);
  const [list = '', revoke = ''] = listAndRevoke ?? [];
  const found = JSON.parse(await curl(list)) as { id: number; job_id: number }[];
  expect(found).toEqual([expect.objectContaining({ id: 1, job_id: job.id })]);
  await curl(revoke);
  expect(await loginAs(job.token)).toBe(401);
  expect(JSON.parse(await curl(list))).toEqual([]);
});

test('EXT-03: the command that asks for an extended token gets one', async () => {
  const { job_info: info } = JSON.parse(await curl(extended?.[0] ?? '')) as StartedJob;
  expect(await loginAs(info.extended_job_token ?? '')).toBe(200);
});

test('each setting of the page has the default that it says', () => {
  const { after_job: afterJob, extended_token: token } = loadSettings({
    env: {},
    cwd: folder,
  }).jobs;
  const defaults = new Map(tableRows(page).map(([key = '', value = '']) => [key, value]));
  for (const name of ['max_age', 'write_attempts', 'write_window'] as const) {
    expect(defaults.get(`\`jobs.after_job.${name}\``)).toBe(`\`${afterJob[name]}\``);
  }
  expect(afterJob.force).toBeUndefined();
  expect(defaults.get('`jobs.extended_token.enabled`')).toBe(`\`${token.enabled}\``);
  const executors = defaults.get('`jobs.extended_token.executors`')?.match(/[\w+-]+/g);
  expect(executors).toEqual(token.executors);
});
