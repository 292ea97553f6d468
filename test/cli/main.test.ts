/** The built program in processes of its own: signals, exit codes, start-up errors. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { distDir } from '../support/built.ts';

const MAIN = join(distDir(), 'main.js');
let cwd: string;
let children: ChildProcess[];

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'wharfpass-main-'));
  children = [];
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(cwd, { recursive: true, force: true });
});

interface Running {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly err: () => string;
  readonly ended: Promise<number | NodeJS.Signals>;
}

function start(args: readonly string[], env: Record<string, string> = {}, input = ''): Running {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('WHARFPASS_'));
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd,
    env: {
      ...Object.fromEntries(inherited),
      WHARFPASS_LISTEN: '127.0.0.1:0',
      WHARFPASS_METRICS__LISTEN: '127.0.0.1:0',
      ...env,
    },
  });
  children.push(child);
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => (out += String(chunk)));
  child.stderr.on('data', (chunk) => (err += String(chunk)));
  child.stdin.end(input);
  const ended = new Promise<number | NodeJS.Signals>((resolve) =>
    child.on('close', (code, signal) => resolve(code ?? signal ?? -1)),
  );
  return { child, out: () => out, err: () => err, ended };
}

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let waited = 0; !holds(); waited += 20) {
    if (waited > 15_000) throw new Error(`waited in vain for ${what}`);
    await sleep(20);
  }
}

async function serve(env: Record<string, string> = {}): Promise<Running & { url: string }> {
  const running = start(['serve'], env);
  await until(`the server: ${running.err()}`, () => running.err().includes('Ctrl-C ends it.'));
  return { ...running, url: /serves on (\S+)/.exec(running.err())?.[1] ?? '' };
}

async function refused(env: Record<string, string>): Promise<string> {
  const running = start(['serve'], env);
  expect(await running.ended).toBeGreaterThan(0);
  expect(running.out() + running.err()).not.toMatch(/\n\s+at |"level":"error"/);
  return running.err();
}

describe('serve', () => {
  test('prints what to do next for people, and logs JSON apart from it', async () => {
    const { err, out, child, ended, url } = await serve();
    const said = err();
    expect(said).toMatch(/realm +http:\/\/localhost:\d+\/token\n/);
    expect(said).toMatch(/CA +keys\/ca\.crt\n/);
    expect(said).toMatch(/admin token +data\/admin-token\n/);
    expect(said).toContain('docker-registry serve registry-config.yml');
    expect(said).toContain(
      'docker login 127.0.0.1:5000 --username root --password-stdin < data/admin-token',
    );
    expect(said).toContain('README.md');
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const metrics = /metrics +(http:\/\/127\.0\.0\.1:\d+\/metrics)\n/.exec(said)?.[1] ?? '';
    expect(await (await fetch(metrics)).text()).toContain('wharfpass_signing 1\n');
    expect(statSync(join(cwd, 'data/admin-token')).mode & 0o777).toBe(0o600);
    const secret = readFileSync(join(cwd, 'data/admin-token'), 'utf8').trim();
    child.kill('SIGTERM');
    expect(await ended).toBe(EXIT.ok);
    const lines = out().trim().split('\n');
    for (const line of lines) expect(JSON.parse(line)).toHaveProperty('msg');
    expect(lines.at(-1)).toContain('"stopped"');
    expect(out()).toContain(`"metrics":"${metrics}"`);
    await expect(fetch(metrics)).rejects.toThrow();
    expect(said + out()).not.toContain(secret);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)(
    '%s lets the running request finish, then ends with 0',
    async (signal) => {
      const { child, ended, url, out } = await serve();
      // A body that is still on its way keeps the request running.
      const answered = new Promise<number>((resolve, reject) => {
        const options = { method: 'POST', agent: false };
        const req = request(`${url}/token`, options, (res) => {
          res.resume().on('end', () => resolve(res.statusCode ?? 0));
        });
        req.on('error', reject);
        req.setHeader('content-type', 'application/x-www-form-urlencoded');
        req.write('grant_type=password');
        setTimeout(() => req.end('&service=container_registry&username=a&password=b'), 700);
      });
      await sleep(200);
      child.kill(signal);
      await until('the log', () => out().includes('"stopping"'));
      expect(await answered).toBe(401);
      expect(await ended).toBe(EXIT.ok);
    },
  );

  test('a second signal ends it at once', async () => {
    const { child, ended, url, out } = await serve();
    const req = request(`${url}/token`, { method: 'POST' }).on('error', () => undefined);
    req.setHeader('content-length', '1000').write('a');
    await sleep(200);
    child.kill('SIGTERM');
    await until('the log', () => out().includes('"stopping"'));
    child.kill('SIGINT');
    expect(await ended).toBe('SIGINT');
  });

  test('T49: SIGHUP applies the directory file; a bad one changes nothing and stops nothing', async () => {
    const file = join(cwd, 'directory.yml');
    writeFileSync(file, 'users: {jane: }\n');
    const { child, err, url } = await serve({ WHARFPASS_DIRECTORY__FILE: 'directory.yml' });
    writeFileSync(file, 'users: {jane: {external: true}}\n');
    child.kill('SIGHUP');
    await until('the reload', () => err().includes('Directory reloaded.'));
    expect(err()).toContain('~ user jane: external false → true');
    writeFileSync(file, 'users: {joe: {admn: true}}\n');
    child.kill('SIGHUP');
    await until('the refusal', () => err().includes('not reloaded'));
    expect(err()).toContain(`${file}:1: users.joe.admn: unknown key; did you mean "admin"?`);
    const token = readFileSync(join(cwd, 'data/admin-token'), 'utf8').trim();
    const users = await fetch(`${url}/api/v4/users`, { headers: { 'private-token': token } });
    expect(await users.json()).toMatchObject([
      { username: 'jane', external: true },
      { username: 'root' },
    ]);
  });

  test('whoever reads the log may stop reading: the server serves on and still ends', async () => {
    const { child, ended, url } = await serve();
    child.stdout?.destroy();
    await fetch(`${url}/token?service=container_registry`);
    await sleep(300);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    child.kill('SIGTERM');
    expect(await ended).toBe(EXIT.ok);
  });
});

describe('start-up errors are a clear sentence and no stack', () => {
  test('a port that is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const address = `127.0.0.1:${(other.address() as AddressInfo).port}`;
    expect(await refused({ WHARFPASS_LISTEN: address })).toBe(
      `The address ${address} is in use: another wharfpass, or another program. Stop it, or set WHARFPASS_LISTEN to another host:port.\n`,
    );
    other.close();
  });

  test('a port for the metrics that is taken, as by a first server on the same machine', async () => {
    const { err, url } = await serve();
    const address = /http:\/\/(\S+)\/metrics/.exec(err())?.[1] ?? '';
    expect(await refused({ WHARFPASS_METRICS__LISTEN: address })).toBe(
      `metrics.listen: the address ${address} is in use: another wharfpass, or another program. Set WHARFPASS_METRICS__LISTEN to another host:port, or to off.\n`,
    );
    const off = await serve({ WHARFPASS_METRICS__LISTEN: 'off' });
    expect(off.err()).toMatch(/metrics +off \(metrics\.listen\)\n/);
    for (const each of [url, off.url]) expect((await fetch(`${each}/readyz`)).status).toBe(200);
  });

  test('the default port for the metrics may be taken: nobody asked for it', async () => {
    const other = createServer();
    await new Promise((resolve) => {
      // Where it is taken already, that is what the test needs.
      other.once('error', resolve).listen(9464, '127.0.0.1', () => resolve(null));
    });
    const { err, url } = await serve({ WHARFPASS_METRICS__LISTEN: '127.0.0.1:9464' });
    expect(err()).toMatch(/metrics +none: .*9464 is in use/);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    other.close();
  });

  test('settings that are wrong', async () => {
    writeFileSync(join(cwd, 'w.yml'), 'token:\n  ttl: {pul: 60}\n');
    expect(await refused({ WHARFPASS_CONFIG: 'w.yml', WHARFPASS_LISTEN: 'x' })).toBe(
      'Nothing was done, because of:\n' +
        '  WHARFPASS_LISTEN: must be host:port, but is "x"\n' +
        '  w.yml:2: token.ttl.pul: unknown key; did you mean "pull"?\n',
    );
    expect(existsSync(join(cwd, 'keys'))).toBe(false);
  });

  test('keys and data that others can read, with the command that mends them', async () => {
    await start(['init']).ended;
    chmodSync(join(cwd, 'keys/ca.key'), 0o644);
    expect(await refused({})).toMatch(/ca\.key has mode 0644.*chmod 600 /);
    chmodSync(join(cwd, 'keys/ca.key'), 0o600);
    chmodSync(join(cwd, 'data'), 0o755);
    expect(await refused({})).toMatch(/data has mode 0755.*chmod 0?700 /);
  });

  test('a directory file that is wrong', async () => {
    writeFileSync(join(cwd, 'd.yml'), 'users:\n  jane: {admin: maybe}\n');
    expect(await refused({ WHARFPASS_DIRECTORY__FILE: 'd.yml' })).toContain(
      'd.yml:2: users.jane.admin: must be true or false, but is "maybe"',
    );
  });
});

describe('init and check', () => {
  test('init makes all there is to make, once; check is content with it', async () => {
    const first = start(['init']);
    expect(await first.ended).toBe(EXIT.ok);
    expect(first.out()).not.toContain('exists');
    const before = ['config/wharfpass.yml', 'keys/ca.crt', 'data/admin-token'].map((name) =>
      readFileSync(join(cwd, name), 'utf8'),
    );
    expect(existsSync(join(cwd, 'config/wharfpass.schema.json'))).toBe(true);
    const second = start(['init']);
    expect(await second.ended).toBe(EXIT.ok);
    expect(second.out()).not.toContain('made');
    const after = ['config/wharfpass.yml', 'keys/ca.crt', 'data/admin-token'].map((name) =>
      readFileSync(join(cwd, name), 'utf8'),
    );
    expect(after).toEqual(before);
    const check = start(['check']);
    expect(await check.ended).toBe(EXIT.ok);
    expect(check.out()).toMatch(/^✓ settings$/m);
    expect(check.out()).toMatch(/^✓ store +whole$/m);
    expect(check.out()).not.toContain('✗');
    expect(check.out()).toMatch(/a job token \(glcbt-\) +served while its job runs/);
  });

  test.each([
    ['127.0.0.1:9464', '✓ metrics   http://127.0.0.1:9464/metrics'],
    ['0.0.0.0:9464', '! metrics   http://127.0.0.1:9464/metrics is open to the network'],
    ['127.0.0.1:0', '✓ metrics   a free port, named at the start'],
    ['off', '✓ metrics   off (metrics.listen)'],
  ])('check says where the metrics are: %s', async (listen, line) => {
    const check = start(['check'], { WHARFPASS_METRICS__LISTEN: listen });
    expect(await check.ended).toBe(EXIT.ok);
    expect(check.out()).toContain(line);
  });

  test('check before the first start makes nothing', async () => {
    const check = start(['check']);
    expect(await check.ended).toBe(EXIT.ok);
    expect(existsSync(join(cwd, 'keys'))).toBe(false);
    expect(existsSync(join(cwd, 'data'))).toBe(false);
  });

  test('check finds everything at once, and says what mends it', async () => {
    await start(['init']).ended;
    chmodSync(join(cwd, 'keys/ca.key'), 0o640);
    chmodSync(join(cwd, 'data/admin-token'), 0o644);
    writeFileSync(join(cwd, 'd.yml'), 'users:\n  jane: {admn: true}\n');
    const check = start(['check'], {
      WHARFPASS_DIRECTORY__FILE: 'd.yml',
      WHARFPASS_LISTEN: '0.0.0.0:0',
    });
    expect(await check.ended).toBe(EXIT.failed);
    expect(check.out()).toMatch(/✗ keys .*ca\.key has mode 0640.*\n +mend it with: chmod 600 /);
    expect(check.out()).toMatch(
      /✗ data .*admin-token has mode 0644.*\n +mend it with: chmod 0600 /,
    );
    expect(check.out()).toMatch(/✗ directory .*d\.yml:2: users\.jane\.admn: unknown key/);
    expect(check.out()).toMatch(/^! listen .*without TLS/m);
    expect(check.err()).toBe('3 things are wrong.\n');
  });

  test('check names what is wrong in the settings', async () => {
    const check = start(['check'], { WHARFPASS_TOKEN__TTL__PULL: '1' });
    expect(await check.ended).toBe(EXIT.failed);
    expect(check.out()).toBe(
      '✗ settings  WHARFPASS_TOKEN__TTL__PULL: must be at least 60, but is 1\n',
    );
  });

  test('a damaged store is found', async () => {
    await start(['init']).ended;
    writeFileSync(join(cwd, 'data/wharfpass.db'), 'no database at all, but long enough to be read');
    const check = start(['check']);
    expect(await check.ended).toBe(EXIT.failed);
    expect(check.out()).toMatch(/✗ store .*docs\/backup\.md/);
  });
});

describe('directory', () => {
  test('check, diff and apply next to a running server, which takes it up at once', async () => {
    writeFileSync(
      join(cwd, 'd.yml'),
      'users:\n  jane:\ngroups:\n  acme: {members: {jane: owner}}\n',
    );
    const { url } = await serve();
    const check = start(['directory', 'check', 'd.yml']);
    expect(await check.ended).toBe(EXIT.ok);
    expect(check.out()).toContain('is good: 1 users, 1 groups, 0 projects.');
    const plan = '+ user jane\n+ group acme (private)\n+ member jane of group acme: owner\n';
    for (const verb of ['diff', 'diff', 'apply']) {
      const command = start(['directory', verb, 'd.yml']);
      expect(await command.ended).toBe(EXIT.ok);
      expect(command.out()).toBe(plan);
    }
    const again = start(['directory', 'diff', 'd.yml']);
    expect(await again.ended).toBe(EXIT.ok);
    expect(again.err()).toBe('Nothing differs.\n');
    const token = readFileSync(join(cwd, 'data/admin-token'), 'utf8').trim();
    const read = async (path: string) =>
      (await fetch(`${url}/api/v4${path}`, { headers: { 'private-token': token } })).json();
    expect(await read('/groups/acme')).toMatchObject({ full_path: 'acme', managed_by: 'file' });
    expect(await read('/audit_events?author=system&per_page=3')).toMatchObject([
      { type: 'member.updated', details: { user: 'jane', file: expect.stringMatching(/d\.yml$/) } },
      { type: 'group.created', target: { path: 'acme' } },
      { type: 'user.created', target: { path: 'jane' } },
    ]);
  });

  test('hash-password makes what the file takes', async () => {
    const hash = start(['directory', 'hash-password'], {}, 'correct horse\nsecond line');
    expect(await hash.ended).toBe(EXIT.ok);
    writeFileSync(join(cwd, 'd.yml'), `users:\n  jane: {password_hash: '${hash.out().trim()}'}\n`);
    const check = start(['directory', 'check', 'd.yml']);
    expect(await check.ended).toBe(EXIT.ok);
    const empty = start(['directory', 'hash-password'], {}, '');
    expect(await empty.ended).toBe(EXIT.usage);
    const short = start(['directory', 'hash-password'], {}, 'short\n');
    expect(await short.ended).toBe(EXIT.usage);
  });
});

describe('the process', () => {
  test('help is quick: it loads neither the server nor the settings', () => {
    const program = readFileSync(join(distDir(), 'cli/program.js'), 'utf8');
    const context = readFileSync(join(distDir(), 'cli/context.js'), 'utf8');
    const eager = [...(program + context).matchAll(/^import .* from '(.*)'/gm)].map((m) => m[1]);
    expect(eager.join(' ')).not.toMatch(/compose|express|settings\/load|yaml|zod/);
  });

  test('help with a trace of what is loaded', async () => {
    const trace = start(['--help'], { NODE_DEBUG: 'esm' });
    expect(await trace.ended).toBe(EXIT.ok);
    expect(trace.err()).not.toMatch(/node_modules\/(express|zod|yaml|jose|pino)\//);
  });

  test('a reader that stops reading is no error', async () => {
    const { child, err, ended } = start(['--help']);
    child.stdout?.destroy();
    expect(await ended).toBe(EXIT.ok);
    expect(err()).toBe('');
  });
});
