/** Commands find the REST API by the settings, and `check` and `serve` say where it is. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { banner } from '../../src/cli/banner.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { startTokenServer, type TokenServer } from '../support/token-server.ts';
import { wharfpass } from './harness.ts';

let server: TokenServer;
let env: Record<string, string>;
beforeAll(async () => {
  server = await startTokenServer('api: {listen: 127.0.0.1:0}');
  const { running, settings } = server;
  env = {
    WHARFPASS_CONFIG: join(server.folder, 'wharfpass.yml'),
    WHARFPASS_DATA_DIR: settings.data_dir,
    WHARFPASS_KEYS_DIR: settings.keys_dir,
    WHARFPASS_LISTEN: new URL(running.url).host,
    WHARFPASS_API__LISTEN: new URL(running.apiUrl ?? '').host,
  };
});
afterAll(() => server.close());

const run = (args: string, more: Readonly<Record<string, string>> = {}) =>
  wharfpass(args.split(' '), { env: { ...env, ...more }, cwd: server.folder });

describe('commands on the same machine', () => {
  test('ask the API where it listens, with the administrator’s token', async () => {
    const { exitCode, stdout, stderr } = await run('user list');
    expect([exitCode, stderr]).toEqual([EXIT.ok, '']);
    expect(stdout).toContain('root');
  });

  test('where there is no API, that is said, with what to do', async () => {
    const { exitCode, stderr } = await run('user list', { WHARFPASS_API__LISTEN: 'off' });
    expect(exitCode).toBe(EXIT.configuration);
    expect(stderr).toContain('This server has no REST API (api.listen is off)');
    expect(stderr).toContain('WHARFPASS_URL');
  });

  test('WHARFPASS_URL wins', async () => {
    const url = server.running.apiUrl ?? '';
    const more = { WHARFPASS_API__LISTEN: 'off', WHARFPASS_URL: url };
    expect((await run('user list', more)).exitCode).toBe(EXIT.ok);
  });
});

test.each([
  ['127.0.0.1:5002', '✓ api       http://127.0.0.1:5002/api/v4\n'],
  ['0.0.0.0:5002', '! api       http://127.0.0.1:5002/api/v4 is open to the network without TLS'],
  ['127.0.0.1:0', '✓ api       on a free port, named at the start\n'],
  ['off', '✓ api       off (api.listen): the commands cannot reach it\n'],
])('check says where it is: %s', async (listen, line) => {
  const { stdout } = await run('check', { WHARFPASS_API__LISTEN: listen });
  expect(stdout).toContain(line);
});

test('the banner says where it is', () => {
  const { running, settings, folder } = server;
  expect(banner(running, settings, folder)).toContain(`REST API       ${running.apiUrl}/api/v4\n`);
  const off = { ...running, apiUrl: null };
  expect(banner(off, settings, folder)).toContain('REST API       off (api.listen)\n');
});
