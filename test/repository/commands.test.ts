/** The commands of the README: they do what is needed, once, and end when they are told to. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../support/built.ts';
import {
  answers,
  freePort,
  plainEnvironment,
  runProgram,
  startService,
} from '../support/run-program.ts';

/** For what only /proc tells. */
const onLinux = process.platform === 'linux' ? test : test.skip;

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wharfpass-commands-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe('npm start', () => {
  async function start() {
    const port = await freePort();
    const health = `http://127.0.0.1:${port}/healthz`;
    const service = await startService('npm', ['start'], {
      cwd: root,
      env: plainEnvironment({
        WHARFPASS_LISTEN: `127.0.0.1:${port}`,
        WHARFPASS_DATA_DIR: join(folder, 'data'),
        WHARFPASS_KEYS_DIR: join(folder, 'keys'),
      }),
      ready: answers(health, 200),
    });
    return { service, health };
  }

  test('on what is current it neither installs nor builds, and SIGTERM ends it with exit code 0', async () => {
    const { service, health } = await start();
    expect(service.output()).not.toMatch(/installing|building/);
    expect(await service.stop('SIGTERM')).toBe(0);
    await expect(fetch(health)).rejects.toThrow();
  });

  onLinux(
    'Ctrl-C, which reaches the server from the terminal and again from npm, lets a request finish',
    async () => {
      const { service, health } = await start();
      const npm = service.child.pid;
      const children = await readFile(`/proc/${npm}/task/${npm}/children`, 'utf8');
      // A body that is still on its way keeps its request running.
      const answered = new Promise<number | undefined>((resolve, reject) => {
        const slow = request(
          new URL('/token', health),
          { method: 'POST', agent: false },
          (response) => {
            response.resume().on('end', () => resolve(response.statusCode));
          },
        );
        slow.on('error', reject);
        slow.setHeader('content-type', 'application/x-www-form-urlencoded');
        slow.write('grant_type=password');
        setTimeout(() => slow.end('&username=a&password=b'), 700);
      });
      await new Promise((resolve) => setTimeout(resolve, 300));
      process.kill(Number(children.trim()), 'SIGINT');
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(await service.stop('SIGINT')).toBe(0);
      expect(await answered).toBe(401);
      await expect(fetch(health)).rejects.toThrow();
    },
  );

  test('when npm is killed outright the server does not stay behind', async () => {
    const { service, health } = await start();
    await service.stop('SIGKILL');
    const until = Date.now() + 10_000;
    const serves = () =>
      fetch(health).then(
        () => true,
        () => false,
      );
    while (await serves()) expect(Date.now()).toBeLessThan(until);
  });

  test('an old Node.js is told what it takes', async () => {
    const old = 'Object.defineProperty(process.versions,"node",{value:"20.18.3"})';
    const args = ['--import', `data:text/javascript,${old}`, join(root, 'scripts/start.mjs')];
    const { code, stderr } = await runProgram(process.execPath, args, { env: plainEnvironment() });
    expect([code, stderr]).toEqual([1, expect.stringContaining('needs Node.js 20.19 or newer')]);
  });
});

describe('npm run build', () => {
  const source = (name: string) => join(folder, 'src', name);
  const built = (name: string) => readFile(join(folder, 'dist', name), 'utf8');

  beforeEach(async () => {
    for (const name of [
      'package.json',
      'package-lock.json',
      'tsconfig.json',
      'tsconfig.build.json',
    ]) {
      await cp(join(root, name), join(folder, name));
    }
    await cp(join(root, 'scripts'), join(folder, 'scripts'), { recursive: true });
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    await mkdir(join(folder, 'src', 'sql'), { recursive: true });
    await writeFile(source('main.ts'), "console.log('first');\n");
    await writeFile(source('sql/schema.sql'), 'SELECT 1;\n');
  });

  const start = () =>
    runProgram(process.execPath, [join(folder, 'scripts/start.mjs')], { env: plainEnvironment() });

  test('builds when a source has changed, and only then', async () => {
    expect(await start()).toMatchObject({
      code: 0,
      stdout: 'first\n',
      stderr: expect.stringContaining('building'),
    });
    expect(await start()).toMatchObject({ code: 0, stdout: 'first\n', stderr: '' });
    await utimes(source('main.ts'), new Date(), new Date());
    expect(await start()).toMatchObject({ stderr: '' });
    await writeFile(source('main.ts'), "console.log('second');\n");
    expect(await start()).toMatchObject({
      stdout: 'second\n',
      stderr: expect.stringContaining('building'),
    });
    expect(await built('sql/schema.sql')).toBe('SELECT 1;\n');
  });

  test('takes away what no source makes any more', async () => {
    await writeFile(source('gone.ts'), 'export const gone = 1;\n');
    await start();
    expect(await built('gone.js')).toContain('gone');
    await rm(source('gone.ts'));
    await start();
    await expect(built('gone.js')).rejects.toThrow('ENOENT');
  });

  test('a build that fails leaves dist as it was', async () => {
    await start();
    await writeFile(source('main.ts'), "const wrong: number = 'text';\nconsole.log(wrong);\n");
    const { code, stderr } = await start();
    expect(code).not.toBe(0);
    expect(stderr).toContain('the build failed');
    expect(await built('main.js')).toContain('first');
  });

  test('two builds at once leave a whole dist', async () => {
    const args = [join(folder, 'scripts/build.mjs')];
    const options = { env: plainEnvironment() };
    const runs = await Promise.all(
      [1, 2, 3].map(() => runProgram(process.execPath, args, options)),
    );
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(await start()).toMatchObject({ code: 0, stdout: 'first\n', stderr: '' });
  });
});

describe('npm test', () => {
  const runTests = (args: string[]) =>
    runProgram(process.execPath, [join(root, 'scripts/test.mjs'), ...args], {
      env: plainEnvironment(),
    });

  test('a run without a test fails, and ends with its one line', async () => {
    const { code, stdout } = await runTests(['no/such/test']);
    expect(code).not.toBe(0);
    expect(stdout).toMatch(/\nTests: 0 passed, 0 failed, 0 skipped\n$/);
  });

  test('the last line counts what passed, alone on its line', async () => {
    const { code, stdout } = await runTests(['test/repository/closing-line.test.ts']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/(^|\n)Tests: 1 passed, 0 failed, 0 skipped\n$/);
  });
});
