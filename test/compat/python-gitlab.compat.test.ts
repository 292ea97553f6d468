/** python-gitlab against our REST API; what it does is in python-gitlab/. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { locateTools } from '../../scripts/tools/folder.mjs';
import { readPage } from '../docs/page.ts';
import { plainEnvironment, runProgram } from '../support/run-program.ts';
import { startApiServer, type ApiServer } from './api-server.ts';

const tool = locateTools()['python-gitlab'];
const folder = join(import.meta.dirname, 'python-gitlab');

const CHECKS = {
  objects: ['users', 'groups_and_projects', 'members', 'deploy_tokens', 'personal_access_tokens'],
  lists: [
    'keyset_pagination',
    'offset_pagination',
    'job_token_scope',
    'protection_rules',
    'job_token',
    'refusals',
  ],
};

(tool === undefined ? describe.skip : describe)('python-gitlab', () => {
  let server: ApiServer;
  beforeAll(async () => {
    server = await startApiServer({ WHARFPASS_JOBS__ENFORCE_ALLOWLIST: 'false' });
  });
  afterAll(() => server?.close());

  const run = (args: readonly string[]) => {
    const own = { HOST: server.url, URL: server.url, TOKEN: server.token };
    const env = plainEnvironment({ ...own, PYTHONDONTWRITEBYTECODE: '1' });
    return runProgram(tool?.path ?? '', args, { env, patience: 60_000 });
  };

  const checks = Object.entries(CHECKS).flatMap(([module, names]) =>
    names.map((check) => [module, check] as const),
  );
  test.each(checks)(
    '%s: %s',
    async (module, check) => {
      const outcome = await run([join(folder, 'common.py'), module, check]);
      expect(outcome).toEqual({ code: 0, stdout: '', stderr: '' });
    },
    60_000,
  );

  test('the example of docs/clients.md', async () => {
    await server.api('POST', '/groups', { name: 'Acme', path: 'acme' });
    await server.api('POST', '/projects', { path: 'app', namespace_id: 'acme' });
    const example = /^```python\n([^]*?)^```/m.exec(readPage('clients.md'))?.[1] ?? '';
    const { code, stdout, stderr } = await run(['-c', example]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^gitlab\+deploy-token-\d+ gldt-\w+\n.*acme\/app$/ms);
  }, 60_000);
});
