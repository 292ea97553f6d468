/** The doctor as a person or a script calls it: what it prints, and what it ends with. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeWith } from '../support/programs.ts';
import { freePort } from '../support/run-program.ts';
import { openYard, type Yard } from '../doctor/yard.ts';
import { wharfpass, type HarnessOptions } from './harness.ts';

describe('the command line', () => {
  test.each([
    ['no URL', []],
    ['another scheme', ['ftp://registry.example.com']],
    ['a path', ['https://registry.example.com/acme/app']],
    ['a credential in the URL', ['https://jane:secret@registry.example.com']],
    ['a repository that is none', ['a.example.com', '--repository', 'acme/../app']],
    ['a user without a secret', ['a.example.com', '--user', 'jane']],
    ['a secret without a user', ['a.example.com', '--password-stdin']],
    ['two secrets', ['a.example.com', '--user', 'j', '--password-stdin', '--token-file', 'f']],
  ])('%s is a usage error, and nothing is tried', async (_name, args) => {
    const { exitCode, stdout, stderr } = await wharfpass(['doctor', ...args]);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).not.toContain('secret@');
  });

  test.each([
    ['--registry-config', ['--registry-config', '/nowhere/config.yml']],
    ['--ca', ['--ca', '/nowhere/ca.crt']],
    ['--token-file', ['--user', 'jane', '--token-file', '/nowhere/token']],
  ])('%s that cannot be read', async (name, args) => {
    const { exitCode, stderr } = await wharfpass(['doctor', 'http://127.0.0.1:1', ...args]);
    expect([exitCode, stderr]).toEqual([
      78,
      expect.stringContaining(name === '--registry-config' ? 'config.yml' : name),
    ]);
  });

  test('where nothing answers it is worth another try', async () => {
    const outcome = await wharfpass(['doctor', `127.0.0.1:${await freePort()}`]);
    expect(outcome.exitCode).toBe(69);
    expect(outcome.stdout).toMatch(/^http:\/\/127[^]*✗ registry +The registry cannot be reached/);
    expect(outcome.stdout).toContain('Not come to: challenge, realm, trust.');
    expect(outcome.stderr).toBe('1 fault.\n');
  });
});

describeWith(['docker-registry'], 'at a real registry', () => {
  let yard: Yard;
  let url: string;
  let token: string;

  beforeAll(async () => {
    yard = await openYard();
    const { server } = yard;
    const jane = await server.user('jane');
    await server.group('acme');
    await server.project('acme/app');
    await server.member('acme/app', 'jane', 'developer');
    token = (await server.personalAccessToken(jane, ['api'])).secret;
    url = (await yard.registry()).url;
  });

  afterAll(() => yard?.close());

  async function doctor(args: readonly string[], options: HarnessOptions = {}) {
    yard.server.clock.advance(Date.now() - yard.server.clock.now());
    const outcome = await wharfpass(['doctor', ...args], { cwd: yard.folder, ...options });
    const all = outcome.stdout + outcome.stderr;
    expect(all).not.toContain(token);
    expect(all).not.toMatch(/eyJ[\w-]{20}/);
    for (const line of outcome.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(140);
    return outcome;
  }
  const asJane = ['--user', 'jane', '--password-stdin'];

  test('all is well, with everything asked for', async () => {
    const config = join(yard.folder, 'registry.yml');
    writeFileSync(config, JSON.stringify(await yard.configuration({})));
    const more = ['--repository', 'acme/app:pull,push', '--deep', '--registry-config', config];
    const { exitCode, stdout, stderr } = await doctor([url, ...asJane, ...more], { secret: token });
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/✓ repository +pull, push granted for acme\/app\.\n/);
    expect(stdout).toMatch(/✓ configuration +The file fits/);
    expect(stdout).toMatch(/\nAll is well\.\n$/);
  });

  test('a token in a file, and --json for scripts', async () => {
    const file = join(yard.folder, 'token');
    writeFileSync(file, `${token}\n`);
    chmodSync(file, 0o600);
    const { exitCode, stdout } = await doctor([
      url,
      '--user',
      'jane',
      '--token-file',
      file,
      '--json',
    ]);
    const { findings, ...rest } = JSON.parse(stdout) as { findings: object[] };
    expect([exitCode, rest]).toEqual([0, { registry: url, faults: 0, warnings: 0 }]);
    expect(findings[0]).toEqual({
      step: 'registry',
      verdict: 'ok',
      code: null,
      sentence: expect.stringContaining('Distribution 2'),
      remedy: null,
    });
  });

  test('a wrong credential, and one that may not do it, end with 77', async () => {
    const wrong = await doctor([url, ...asJane], { secret: 'glpat-wrong-wrong-wrong' });
    expect(wrong.exitCode).toBe(77);
    expect(wrong.stdout).toContain('mend it: Check username and secret');
    const more = ['--repository', 'acme/app:delete'];
    const denied = await doctor([url, ...asJane, ...more], { secret: token });
    expect([denied.exitCode, denied.stderr]).toEqual([77, '1 fault.\n']);
    expect(denied.stdout).toContain('wharfpass says (role)');
  });

  test('another fault ends with 1, and a warning with 0', async () => {
    const service = await yard.registry({ token: { service: 'nobody' } });
    expect((await doctor([service.url])).exitCode).toBe(1);
    const slash = await yard.registry({ token: { realm: `${yard.realm}/` } });
    const { exitCode, stdout } = await doctor([slash.url]);
    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/No fault, 1 warning\.\n$/)]);
  });

  test('beside the server it says whether that is the one of the settings', async () => {
    const { settings } = yard.server;
    const env = { WHARFPASS_KEYS_DIR: settings.keys_dir };
    expect((await doctor([url], { env })).stdout).toContain('It is the one of the settings here');
    const elsewhere = await doctor([url], { env: { WHARFPASS_LISTEN: 'nonsense' } });
    expect([elsewhere.exitCode, elsewhere.stderr]).toEqual([
      0,
      'The settings here cannot be used and are left out of this: see `wharfpass check`.\n',
    ]);
  });

  test('with --ca, and SSL_CERT_FILE, an authority of one’s own counts', async () => {
    const tls = yard.authority.issue('cli', ['localhost'], 60);
    const realm = `${await yard.proxy(yard.server.url, { tls })}/token`;
    const secure = (await yard.registry({ tls, token: { realm } })).url;
    const ca = yard.write('own.crt', yard.authority.pem);
    expect((await doctor([secure])).exitCode).toBe(1);
    expect((await doctor([secure, '--ca', ca])).exitCode).toBe(0);
    expect((await doctor([secure], { env: { SSL_CERT_FILE: ca } })).exitCode).toBe(0);
  });
});
