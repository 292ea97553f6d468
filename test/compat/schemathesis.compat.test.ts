/**
 * schemathesis against our REST API: requests made up from /api/openapi.json, well formed and not, and every answer held
 * against that document. How it is set is in schemathesis/.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { locateTools } from '../../scripts/tools/folder.mjs';
import { plainEnvironment, runProgram } from '../support/run-program.ts';
import { startApiServer, type ApiServer } from './api-server.ts';
import { fillApiWorld, makeMaintainer } from './api-world.ts';

const tool = locateTools()['schemathesis'];
const folder = join(import.meta.dirname, 'schemathesis');
const settings = join(folder, 'schemathesis.toml');

interface Report {
  readonly complete: boolean;
  readonly operations: { readonly selected: number; readonly tested: number };
  readonly test_cases: { readonly generated: number };
}

/**
 * Rules that no schema can say (a date in the future, a place that is taken) look like faults to these two, and a new
 * one turns up by luck. `API_CHECKS=all` has them too, for people who look into what they find.
 */
const UNSURE = ['positive_data_acceptance', 'negative_data_rejection'];
const checks = process.env['API_CHECKS'] === 'all' ? [] : ['--exclude-checks', UNSURE.join(',')];

/** Milliseconds. */
const PATIENCE = 15 * 60_000;

(tool === undefined ? describe.skip : describe)('schemathesis', () => {
  let server: ApiServer;
  let job: string;
  beforeAll(async () => {
    server = await startApiServer({
      WHARFPASS_API__RATE_LIMIT__REQUESTS: '0',
      WHARFPASS_API__RATE_LIMIT__FAILURES: '0',
      NODE_OPTIONS: '--trace-warnings',
    });
    job = await fillApiWorld(server);
  }, 120_000);
  afterAll(() => server?.close());

  /** How many requests the server has named so far (X-Request-Id counts them), this one too. */
  async function served(): Promise<number> {
    const { headers } = await fetch(`${server.url}/api/v4/version`);
    return parseInt(headers.get('x-request-id')?.split('-')[1] ?? '', 36);
  }

  async function run(name: string, token: string, ...args: string[]): Promise<Report> {
    const env = plainEnvironment({
      HOOKS: join(folder, 'hooks.py'),
      URL: `${server.url}/api/v4`,
      TOKEN: token,
      ADMIN_TOKEN: server.token,
      JOB_TOKEN: job,
      PYTHONDONTWRITEBYTECODE: '1',
    });
    const report = join(server.folder, `${name}.json`);
    const what = ['--config-file', settings, 'run', `${server.url}/api/openapi.json`];
    const where = ['--report', 'json', '--report-json-path', report, '--no-color'];
    const options = { env, cwd: server.folder, patience: PATIENCE };
    const { code, stdout } = await runProgram(
      tool?.path ?? '',
      [...what, ...where, ...checks, ...args],
      options,
    );
    const [, failures = stdout] = stdout.split('= FAILURES =');
    expect([code, code === 0 ? '' : failures.slice(0, 10_000)]).toEqual([0, '']);
    const told = JSON.parse(await readFile(report, 'utf8')) as Report;
    expect(told).toMatchObject({
      complete: true,
      operations: { tested: told.operations.selected },
    });
    return told;
  }

  test.each([
    ['nobody', async () => ''],
    ['a Maintainer', makeMaintainer],
  ])(
    '%s: some hundreds',
    async (name, tokenOf) => {
      const token = await tokenOf(server);
      const report = await run(name, token, '-n', '5', '--phases', 'examples,fuzzing');
      expect(report.test_cases.generated).toBeGreaterThan(500);
    },
    PATIENCE,
  );

  test(
    'an administrator: 20,000 requests',
    async () => {
      const before = await served();
      const { test_cases: cases } = await run('administrator', server.token, '-n', '130');
      expect(cases.generated).toBeGreaterThanOrEqual(20_000);
      expect((await served()) - before).toBeGreaterThanOrEqual(cases.generated);
    },
    PATIENCE,
  );

  test('the server has logged no fault and no warning, and holds little memory', async () => {
    const lines = server.output().split('\n');
    expect(lines.filter((line) => /"level":"(warn|error|fatal)"/.test(line))).toEqual([]);
    expect(lines.filter((line) => /Warning:|Rejection|Exception/.test(line))).toEqual([]);
    const status = await readFile(`/proc/${server.pid}/status`, 'utf8');
    const peak = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]);
    expect(peak).toBeLessThan(400_000);
  });
});
