/** docs/explain.md: each command runs, and prints what the page shows. */
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
import { wharfpass } from '../cli/harness.ts';
import { plainEnvironment } from '../support/run-program.ts';
import { readPage } from './page.ts';

let folder: string;
let server: RunningServer;
let variables: Record<string, string>;

const run = async (command: string): Promise<string> => {
  const options = { env: { WHARFPASS_URL: server.url }, cwd: folder };
  const { exitCode, stdout, stderr } = await wharfpass(command.split(/\s+/), options);
  expect([command, stderr, exitCode]).toEqual([command, '', 0]);
  return stdout;
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wharfpass-explain-'));
  const settings = loadSettings({
    env: {
      WHARFPASS_LISTEN: '127.0.0.1:0',
      WHARFPASS_METRICS__LISTEN: 'off',
      WHARFPASS_DEPLOY_TOKENS__AUTOMATIC: 'off',
    },
    cwd: folder,
  });
  const log = createLog({ level: 'error' }, { write: () => undefined });
  server = await startServer({ settings, log, clock: systemClock });
  for (const command of [
    'group create acme',
    'project create acme/app',
    'project create acme/lib',
    'user create jane',
    'member add jane --project acme/app --access developer',
    'member add jane --project acme/lib --access reporter',
    'deploy-token create --project acme/app --name cluster --scope read_registry --json',
  ]) {
    await wharfpass(command.split(' '), { env: { WHARFPASS_URL: server.url }, cwd: folder });
  }
  const job = await run('job start --project acme/app --user jane --json');
  variables = {
    URL: `${server.url}/api/v4`,
    TOKEN: readFileSync(join(settings.data_dir, 'admin-token'), 'utf8').trim(),
    CI_JOB_TOKEN: (JSON.parse(job) as { token: string }).token,
  };
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Every command of the page, one that goes on over several lines as one, with the output that is shown under it. */
const commands = [
  ...readPage('explain.md').matchAll(/^```sh\n([^]*?)^```(?:\n\n```text\n([^]*?)^```)?/gm),
].flatMap(([, block = '', output]) => {
  const lines = block.replaceAll('\\\n', ' ').trim().split('\n');
  return lines.map((line, i) => [line, i === lines.length - 1 ? output : undefined] as const);
});

test('the page has commands', () => {
  expect(commands.length).toBeGreaterThan(5);
});

test.each(commands)('%s', async (command, output) => {
  if (command.startsWith('wharfpass ')) {
    const printed = await run(command.slice('wharfpass '.length));
    expect(printed).toMatch(/^repository:\S+ {2}(granted|refused by )/);
    if (output !== undefined) expect(printed).toBe(output);
    return;
  }
  expect(command).toMatch(/^curl /);
  const env = plainEnvironment(variables);
  const { stdout } = await promisify(execFile)('sh', ['-c', command], { env });
  const answer = JSON.parse(stdout) as { resources: { actions: object[] }[] };
  expect(answer.resources[0]?.actions[0]).toHaveProperty('refused_by');
});
