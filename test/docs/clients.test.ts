/** docs/clients.md: each example does what the page says. The one in Python is run by npm run test:compat. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { root } from '../support/built.ts';
import { plainEnvironment, runProgram } from '../support/run-program.ts';
import { ADMIN_TOKEN, openApi, type Api } from '../http/api/support.ts';
import { readPage } from './page.ts';

const page = readPage('clients.md');
const blocks = (language: string): string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))].map(
    ([, text = '']) => text,
  );

let api: Api;
beforeAll(async () => {
  api = await openApi();
  await api.admin('post', '/groups', { name: 'Acme', path: 'acme' });
  await api.admin('post', '/projects', { path: 'app', namespace_id: 'acme' });
});
afterAll(() => api.close());

const run = (program: string, args: readonly string[]) =>
  runProgram(program, args, {
    env: plainEnvironment({ HOST: api.url, TOKEN: ADMIN_TOKEN }),
    cwd: root,
  });

test('the example for @gitbeaker/rest', async () => {
  const [example = ''] = blocks('js');
  const { code, stdout, stderr } = await run(process.execPath, [
    '--input-type=module',
    '--eval',
    example,
  ]);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^gitlab\+deploy-token-\d+ gldt-\w+\nacme\/app\n$/);
});

test('the examples for curl', async () => {
  const [, example = ''] = blocks('sh');
  const { code, stdout, stderr } = await run('sh', ['-ec', example]);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/"token":"gldt-\w+".*"path_with_namespace":"acme\/app"/);
});
