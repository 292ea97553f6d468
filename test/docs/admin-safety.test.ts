/** docs/admin-safety.md: each of its commands runs and does what the page says. */
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
import { settingsSchema } from '../../src/settings/schema.ts';
import { wharfpass } from '../cli/harness.ts';
import { describeWith } from '../support/programs.ts';
import { plainEnvironment } from '../support/run-program.ts';
import { readPage, tableRows } from './page.ts';

const document = readPage('admin-safety.md');
const commands = [...document.matchAll(/```sh\n([^`]*)```/g)].flatMap(([, block = '']) =>
  block.trimEnd().split('\n'),
);

test('the defaults are those of the settings', () => {
  const { api } = settingsSchema.parse({});
  const rows = new Map(tableRows(document).map(([key = '', value = '']) => [key, value]));
  expect(api.listen).toBeUndefined();
  expect(rows.get('`api.listen`')).toBe('as `listen`');
  for (const [name, value] of Object.entries(api.rate_limit))
    expect([name, rows.get(`\`api.rate_limit.${name}\``)]).toEqual([name, `\`${value}\``]);
});

describeWith(['curl', 'jq'], 'the commands', () => {
  let folder: string;
  let server: RunningServer;
  let variables: Record<string, string>;

  const next = (start: string): string => {
    const found = commands.shift();
    if (found?.startsWith(start) !== true) throw new Error(`${start} does not begin ${found}`);
    return found;
  };
  /** A command of ours, with the variables that stand before it. */
  const run = async (command: string, env: Record<string, string> = {}): Promise<string> => {
    const words = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, a, b]) => a ?? b ?? '');
    const args = words.slice(words.indexOf('wharfpass') + 1);
    const before = words.slice(0, words.indexOf('wharfpass')).map((word) => word.split('='));
    const all = { ...env, ...(Object.fromEntries(before) as Record<string, string>) };
    const { exitCode, stdout, stderr } = await wharfpass(args, { env: all, cwd: folder });
    expect([command, exitCode, exitCode === 0 ? '' : stderr]).toEqual([command, 0, '']);
    return stdout;
  };
  const shell = async (command: string): Promise<string> => {
    const env = plainEnvironment(variables);
    return (await promisify(execFile)('sh', ['-c', command], { env, cwd: folder })).stdout;
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wharfpass-admin-safety-'));
    const listen = '127.0.0.1:0';
    const env = {
      WHARFPASS_LISTEN: listen,
      WHARFPASS_API__LISTEN: listen,
      WHARFPASS_METRICS__LISTEN: 'off',
    };
    const settings = loadSettings({ env, cwd: folder });
    const log = createLog({ level: 'error' }, { write: () => undefined });
    server = await startServer({ settings, log, clock: systemClock });
    variables = {
      URL: `${server.apiUrl}/api/v4`,
      TOKEN: readFileSync(join(settings.data_dir, 'admin-token'), 'utf8').trim(),
    };
  });
  afterAll(async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('run, in their order', async () => {
    const at = { WHARFPASS_URL: server.apiUrl ?? '', WHARFPASS_TOKEN: variables['TOKEN'] ?? '' };
    expect(await run(next('WHARFPASS_API__LISTEN'))).toContain(
      '✓ api       http://127.0.0.1:5002/api/v4\n',
    );
    await run(next('wharfpass user create ci-system'), at);
    expect(await run(next('wharfpass token create'), at)).toContain('glpat-');
    const headers = await shell(next('curl -si'));
    expect(headers).toMatch(/^RateLimit-Limit: 2000\r\nRateLimit-Observed: \d\r\n/);
    expect(headers).toMatch(/\r\nRateLimit-Remaining: 199\d\r\nRateLimit-Reset: \d{10}\r\n$/);
    await run('wharfpass user update ci-system --admin', at);
    const changes = (await shell(next('curl -s '))).trimEnd().split('\n');
    expect(JSON.parse(changes[0] ?? '')).toEqual([
      'root',
      'ci-system',
      { admin: false },
      { admin: true },
    ]);
    await run(next('wharfpass token revoke'), at);
    expect(await shell(next('curl -s '))).toBe('');
    expect(commands).toEqual([]);
  });
});
