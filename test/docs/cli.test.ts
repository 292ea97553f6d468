/** docs/cli.md: each command does what the page says of it. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { wharfpass } from '../cli/harness.ts';
import { startTokenServer, type TokenServer } from '../support/token-server.ts';
import { readPage } from './page.ts';

let server: TokenServer;
let env: Record<string, string>;

const [people, scripts, pipe, completion] = [
  ...readPage('cli.md').matchAll(/^```sh\n([^]*?)^```/gm),
].map(([, block = '']) => block.trim().split('\n'));

beforeAll(async () => {
  server = await startTokenServer();
  const boss = await server.user('boss', { admin: true });
  const { secret } = await server.personalAccessToken(boss, ['api'], null);
  env = { WHARFPASS_URL: server.url, WHARFPASS_TOKEN: secret };
});
afterAll(() => server.close());

/** @param line as on the page, without what stands behind a pipe */
async function ok(line: string): Promise<string> {
  const { exitCode, stdout, stderr } = await wharfpass(line.split(' ').slice(1), { env });
  expect([line, exitCode, stderr]).toEqual([line, EXIT.ok, expect.any(String)]);
  return stdout;
}

test('for people: from an empty server to a member', async () => {
  const said: string[] = [];
  for (const line of people ?? []) said.push(await ok(line));
  expect(said[4]).toMatch(/^jane +developer /m);
  expect(said[6]).toMatch(/^\S+ +member\.created +boss +project acme\/app /m);
  expect(said[7]).toMatch(/^user +boss$/m);
});

test('for scripts: JSON, and any request', async () => {
  const said: string[] = [];
  for (const line of scripts ?? []) said.push(await ok(line));
  const [list, project, token, users] = said.map((text) => JSON.parse(text) as unknown);
  expect(list).toEqual([project]);
  expect(project).toMatchObject({ path_with_namespace: 'acme/app' });
  expect(token).toMatchObject({
    name: 'cluster',
    scopes: ['read_registry'],
    token: expect.stringMatching(/^gldt-/),
  });
  expect(users).toMatchObject([{ username: 'jane' }]);
  const secret = await ok((pipe?.[0] ?? '').replace(/ \|$/, ''));
  expect(secret).toMatch(/^glcbt-\S+\n$/);
});

test('completion: one script for each shell', async () => {
  const commands = (completion ?? []).map(
    (line) => /wharfpass completion \w+/.exec(line)?.[0] ?? '',
  );
  expect(commands).toHaveLength(3);
  for (const command of commands) expect(await ok(command)).toContain('pull-secret');
});
