/** docs/audit.md: it has every type, and each of its commands runs and finds what it says. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { EVENT_TYPES } from '../../src/audit/events.ts';
import { systemClock } from '../../src/clock.ts';
import { startServer, type RunningServer } from '../../src/compose.ts';
import { createLog } from '../../src/log.ts';
import { loadSettings } from '../../src/settings/load.ts';
import { wharfpass } from '../cli/harness.ts';
import { describeWith } from '../support/programs.ts';
import { plainEnvironment } from '../support/run-program.ts';
import { get } from '../support/token-server.ts';
import { readPage, tableRows } from './page.ts';

const document = readPage('audit.md');

test('it has each type once, and no other', () => {
  const types = document.slice(document.indexOf('## Types'), document.indexOf('## Asking'));
  const named = tableRows(types).flatMap(([first = '']) =>
    Array.from(first.matchAll(/`([a-z_]+\.[a-z_]+)`/g), ([, type]) => type),
  );
  expect(named.toSorted()).toEqual([...EVENT_TYPES].toSorted());
});

test('the example is an event as it is written', () => {
  const example = JSON.parse(/```json\n([^`]*)```/.exec(document)?.[1] ?? '') as object;
  const fields = 'id time instance type author ip request_id details';
  expect(Object.keys(example).join(' ')).toBe(fields);
});

describeWith(['curl', 'jq'], 'the commands', () => {
  let folder: string;
  let server: RunningServer;
  let variables: Record<string, string>;

  const run = async (command: string): Promise<string> => {
    const options = { env: { WHARFPASS_URL: server.url }, cwd: folder };
    const { exitCode, stdout, stderr } = await wharfpass(command.split(/\s+/), options);
    expect([command, exitCode, exitCode === 0 ? '' : stderr]).toEqual([command, 0, '']);
    return stdout + stderr;
  };
  /** Commands of the page that hold the text, in their order. */
  const commands = (text: string): string[] =>
    [...document.matchAll(/```sh\n([^`]*)```/g)]
      .flatMap(([, block = '']) => block.trimEnd().split('\n'))
      .filter((line) => line.includes(text));
  const shell = async (command: string): Promise<string> => {
    const env = plainEnvironment(variables);
    const { stdout } = await promisify(execFile)('sh', ['-c', command], { env, cwd: folder });
    return stdout;
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wharfpass-audit-docs-'));
    const env = { WHARFPASS_LISTEN: '127.0.0.1:0', WHARFPASS_METRICS__LISTEN: 'off' };
    const settings = loadSettings({ env, cwd: folder });
    const log = createLog({ level: 'error' }, { write: () => undefined });
    server = await startServer({ settings, log, clock: systemClock });
    for (const command of [
      'group create acme',
      'project create acme/tool',
      'project create acme/lib',
      'user create jane',
      'member add jane --group acme --access developer',
    ]) {
      await run(command);
    }
    const token = (await run('job start --project acme/tool --user jane --secret-only')).trim();
    const scope = ['repository:acme/tool:pull,push,delete', 'repository:acme/lib:pull'];
    const login = await get(server, { as: ['gitlab-ci-token', token], scope });
    expect(login.status).toBe(200);
    expect((await get(server, { as: ['jane', 'wrong'], scope })).status).toBe(401);
    variables = {
      URL: `${server.url}/api/v4`,
      TOKEN: readFileSync(join(settings.data_dir, 'admin-token'), 'utf8').trim(),
    };
  });
  afterAll(async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('ask for events', async () => {
    const answers = await Promise.all(commands('/audit_events').map(shell));
    const found = answers.map((answer) => JSON.parse(answer) as { type: string }[]);
    expect(found.map((events) => events.length)).toEqual([5, 1, 1]);
    expect(found[1]).toMatchObject([{ type: 'token.refused' }]);
    expect(found[2]).toMatchObject([{ type: 'token.issued', author: { kind: 'job' } }]);
  });

  test('show who came with a job token, and let them in', async () => {
    const [asJson = '', asCsv = '', allow = ''] = commands('auth_log');
    const until = Date.now() + 15_000;
    while ((await shell(asJson)) === '[]') {
      if (Date.now() > until) throw new Error('the refusal is not in the log');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(JSON.parse(await shell(asJson))).toMatchObject([
      { source_project_path: 'acme/tool', denied: true, refused_by: 'allowlist', count: 1 },
    ]);
    expect(await shell(asCsv)).toContain('"acme/tool",true,"allowlist",1,');
    const [list = '', letIn = ''] = commands('project auth-log').map((c) => c.slice(10));
    expect(await run(list)).toMatch(/acme\/tool +no +allowlist +1 /);
    expect(await run(letIn)).toContain('Jobs of acme/tool may come to acme/lib');
    // It is there already, by the same rule as on the allowlist.
    expect(await shell(allow)).toContain('it is on the list already');
  });

  test('read the files', async () => {
    const [jq = ''] = commands('jq ');
    expect(JSON.parse(await shell(jq))).toEqual([
      expect.any(String),
      '127.0.0.1',
      expect.any(String),
      expect.any(String),
    ]);
  });
});
