import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { loadSettings } from '../../src/settings/load.ts';
import { ConfigurationError } from '../../src/settings/problem.ts';
import { problemsOf, temporaryFolder, type Folder } from './support.ts';

const SERVICE = {
  header: 'x5c',
  tag_protection: 'refuse',
  registry: 'any',
  key: 'shared',
  refresh_tokens: false,
};

let folder: Folder;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => folder.remove());

const here = (env: Record<string, string> = {}, file?: string) => ({
  env,
  file,
  cwd: folder.path,
});

describe('defaults', () => {
  test('no file and no variable give the defaults, with absolute folders and the default service', () => {
    const settings = loadSettings(here());
    expect(settings).toMatchObject({
      listen: '127.0.0.1:5001',
      data_dir: join(folder.path, 'data'),
      keys_dir: join(folder.path, 'keys'),
      issuer: 'wharfpass',
      services: { container_registry: SERVICE },
      token: { ttl: { pull: 300, push: 900, delete: 300 } },
      anonymous: { pull: true, login: false },
      jobs: { enforce_allowlist: true },
      metrics: { listen: '127.0.0.1:9464' },
    });
    expect(settings.admin_token).toBeUndefined();
    expect(settings.directory.file).toBeUndefined();
  });

  test('settings are frozen all the way down', () => {
    const settings = loadSettings(here());
    expect(() => Object.assign(settings, { issuer: 'x' })).toThrow(TypeError);
    expect(() => Object.assign(settings.token.ttl, { pull: 1 })).toThrow(TypeError);
    expect(() => settings.credentials.prefixes.job_token.push('x-')).toThrow(TypeError);
  });

  test('an empty file and empty sections are all defaults', () => {
    const empty = folder.write('empty.yml', '');
    const sections = folder.write('sections.yml', 'token:\nservices:\n  container_registry:\n');
    expect(loadSettings(here({}, empty))).toEqual(loadSettings(here()));
    expect(loadSettings(here({}, sections))).toEqual(loadSettings(here()));
  });
});

describe('metrics.listen', () => {
  test('off is a word, with quotes and without', () => {
    const plain = folder.write('off.yml', 'metrics: {listen: off}\n');
    const quoted = folder.write('off-quoted.yml', "metrics: {listen: 'off'}\n");
    for (const file of [plain, quoted])
      expect(loadSettings(here({}, file)).metrics.listen).toBe('off');
    expect(loadSettings(here({ WHARFPASS_METRICS__LISTEN: 'off' })).metrics.listen).toBe('off');
  });

  test('port 0 may be named twice, since it is another one each time', () => {
    const listen = '127.0.0.1:0';
    const env = { WHARFPASS_LISTEN: listen, WHARFPASS_METRICS__LISTEN: listen };
    expect(loadSettings(here(env)).metrics.listen).toBe(listen);
  });
});

describe('precedence', () => {
  test('the environment wins over the file, the file over the default', () => {
    folder.write('a.yml', 'issuer: from-file\ntoken: {ttl: {pull: 100, push: 200}}\n');
    const settings = loadSettings(
      here({ WHARFPASS_CONFIG: 'a.yml', WHARFPASS_TOKEN__TTL__PULL: '120' }),
    );
    expect(settings.issuer).toBe('from-file');
    expect(settings.token).toMatchObject({
      ttl: { pull: 120, push: 200, delete: 300 },
      clock_skew: 10,
    });
  });

  test('the file named on the command line wins over WHARFPASS_CONFIG', () => {
    folder.write('one.yml', 'issuer: one\n');
    folder.write('two.yml', 'issuer: two\n');
    expect(loadSettings(here({ WHARFPASS_CONFIG: 'one.yml' }, 'two.yml')).issuer).toBe('two');
  });

  test('the default file is read from the working folder', () => {
    const other = temporaryFolder();
    other.write('config/wharfpass.yml', 'issuer: default-place\n');
    expect(loadSettings({ env: {}, cwd: other.path }).issuer).toBe('default-place');
    other.remove();
  });

  test('a file that was named must exist', () => {
    expect(problemsOf(here({ WHARFPASS_CONFIG: 'none.yml' }))).toEqual([
      'none.yml: there is no such settings file; make one with `wharfpass init`, or name another in WHARFPASS_CONFIG',
    ]);
    expect(problemsOf(here({}, folder.path))[0]).toMatch(/cannot be read \(EISDIR\)/);
  });
});

describe('environment', () => {
  test('each type of key, and the entries of services', () => {
    const settings = loadSettings(
      here({
        WHARFPASS_LISTEN: '[::1]:80',
        WHARFPASS_ANONYMOUS__PULL: 'false',
        WHARFPASS_CREDENTIALS__PREFIXES__JOB_TOKEN: 'ci-, glcbt-',
        WHARFPASS_TRUSTED_PROXIES: '10.0.0.0/8,::1',
        WHARFPASS_SERVICE: 'my-registry.example',
        WHARFPASS_SERVICES__MY_REGISTRY_EXAMPLE__HEADER: 'kid-jwks',
        WHARFPASS_DIRECTORY__FILE: 'people.yml',
        PATH: '/bin',
      }),
    );
    expect(settings.listen).toBe('[::1]:80');
    expect(settings.anonymous.pull).toBe(false);
    expect(settings.credentials.prefixes.job_token).toEqual(['ci-', 'glcbt-']);
    expect(settings.trusted_proxies).toEqual(['10.0.0.0/8', '::1']);
    expect(settings.services).toEqual({
      'my-registry.example': { ...SERVICE, header: 'kid-jwks' },
    });
    expect(settings.directory.file).toBe(join(folder.path, 'people.yml'));
  });

  test('an unknown variable is refused, with the one that was meant', () => {
    expect(problemsOf(here({ WHARFPASS_TOKEN__TTL__PUL: '60', WHARFPASS_NONSENSE: '1' }))).toEqual([
      'WHARFPASS_TOKEN__TTL__PUL: no setting has this variable; did you mean "WHARFPASS_TOKEN__TTL__PULL"?',
      'WHARFPASS_NONSENSE: no setting has this variable',
    ]);
  });

  test('a variable of an earlier version is refused with its name now', () => {
    expect(problemsOf(here({ WHARFPASS_TOKEN__PULL_TTL: '60' }))).toEqual([
      'WHARFPASS_TOKEN__PULL_TTL: no setting has this variable; it is called WHARFPASS_TOKEN__TTL__PULL now',
    ]);
  });

  test('a value of the wrong type names the variable', () => {
    expect(
      problemsOf(
        here({
          WHARFPASS_TOKEN__TTL__PULL: '5m',
          WHARFPASS_ANONYMOUS__PULL: 'yes',
          WHARFPASS_SERVICES__CONTAINER_REGISTRY__HEADER: 'x5d',
          WHARFPASS_TRUSTED_PROXIES: '10.0.0.0/8,proxy',
          WHARFPASS_LISTEN: '',
        }),
      ),
    ).toEqual([
      'WHARFPASS_LISTEN: must be host:port, but is ""',
      'WHARFPASS_SERVICES__CONTAINER_REGISTRY__HEADER: must be one of x5c, kid-jwks, kid-libtrust, but is "x5d"; did you mean "x5c"?',
      'WHARFPASS_TOKEN__TTL__PULL: must be a whole number, but is "5m"',
      'WHARFPASS_ANONYMOUS__PULL: must be true or false, but is "yes"',
      'WHARFPASS_TRUSTED_PROXIES: must be an IP address or a network such as 10.0.0.0/8, but is "proxy"',
    ]);
  });

  test('what this version cannot do is refused, never ignored', () => {
    expect(problemsOf(here({ WHARFPASS_WORKERS: '4' }))).toHaveLength(1);
    expect(problemsOf(here({ WHARFPASS_WORKERS: '1' }))).toEqual([]);
  });

  test('variables of the commands are left alone', () => {
    const env = { WHARFPASS_URL: 'http://x', WHARFPASS_TOKEN: 't', WHARFPASS_TOKEN_FILE: 'f' };
    expect(problemsOf(here(env))).toEqual([]);
  });
});

describe('secrets', () => {
  const text = 'glpat-0123456789abcdef0123';

  test('the admin token shows stars wherever it is printed', () => {
    const settings = loadSettings(here({ WHARFPASS_ADMIN_TOKEN: text }));
    expect(settings.admin_token?.reveal()).toBe(text);
    expect(JSON.stringify(settings)).not.toContain(text);
  });

  test('from a file, without the newline that ends it', () => {
    folder.write('token', `${text}\r\n`);
    const settings = loadSettings(here({ WHARFPASS_ADMIN_TOKEN_FILE: 'token' }));
    expect(settings.admin_token?.reveal()).toBe(text);
  });

  test('a file that everybody can read, is empty, or is not there, is refused without its name', () => {
    const cases: [string, RegExp][] = [
      [folder.write('open', text, 0o644), /everybody can read; make its mode 0600 \(chmod 600\)/],
      [folder.write('blank', '\n'), /names an empty file/],
      [folder.path, /must name a file/],
      [text, /cannot be read \(ENOENT\)/],
    ];
    for (const [path, message] of cases) {
      const [problem, ...more] = problemsOf(here({ WHARFPASS_ADMIN_TOKEN_FILE: path }));
      expect(problem).toMatch(message);
      expect(problem).not.toContain(text);
      expect(more).toEqual([]);
    }
  });

  test('both ways at once are refused', () => {
    folder.write('token', text);
    const env = { WHARFPASS_ADMIN_TOKEN: text, WHARFPASS_ADMIN_TOKEN_FILE: 'token' };
    expect(problemsOf(here(env))).toEqual([
      'WHARFPASS_ADMIN_TOKEN_FILE: set it or WHARFPASS_ADMIN_TOKEN, not both',
    ]);
  });

  test('a bad secret is not repeated, in the variable or in the file', () => {
    const short = 'hunter2';
    const file = folder.write('short.yml', `issuer: a\nadmin_token: ${short}\n`);
    for (const options of [here({ WHARFPASS_ADMIN_TOKEN: short }), here({}, file)]) {
      const [problem] = problemsOf(options);
      expect(problem).toMatch(/must have at least 20 characters$/);
      expect(problem).not.toContain(short);
    }
  });

  test('a settings file with a secret in it must not be readable by everybody', () => {
    const file = folder.write('open.yml', `\nadmin_token: ${text}\n`, 0o644);
    expect(problemsOf(here({}, file))).toEqual([
      `${file}:2: admin_token: a secret in a file that everybody can read; run: chmod o-r ${file}`,
    ]);
    folder.write('open.yml', `admin_token: ${text}\n`, 0o640);
    expect(problemsOf(here({}, file))).toEqual([]);
  });
});

describe('T49: mistakes', () => {
  const shipped = readFileSync(resolve('config/wharfpass.yml'), 'utf8');

  test('a wrong key anywhere in the shipped file is refused with its line', () => {
    const lines = shipped.split('\n');
    let tried = 0;
    for (const [index, line] of lines.entries()) {
      const key = /^ *([a-z_]+):/.exec(line)?.[1];
      if (key === undefined || /^ {2}container_registry/.test(line)) continue;
      tried++;
      const changed = lines.with(index, line.replace(key, `${key}x`)).join('\n');
      const file = folder.write('mutant.yml', changed);
      const problems = problemsOf(here({}, file));
      expect(problems.join('\n')).toContain(`${file}:${index + 1}: `);
      expect(problems.join('\n')).toContain(`did you mean "${key}"?`);
    }
    expect(tried).toBeGreaterThan(35);
  });

  test('random edits end in settings or in problems that have a line, never in a crash', () => {
    const edit = fc.record({
      at: fc.nat(shipped.length),
      drop: fc.nat(12),
      add: fc.string({ maxLength: 6, unit: 'binary' }),
    });
    fc.assert(
      fc.property(edit, ({ at, drop, add }) => {
        const file = folder.write('m.yml', shipped.slice(0, at) + add + shipped.slice(at + drop));
        try {
          loadSettings(here({}, file));
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigurationError);
          for (const problem of (error as ConfigurationError).problems) {
            expect(problem.where).toMatch(/m\.yml:\d+$/);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  test('prototype names are refused like any unknown key', () => {
    const file = folder.write(
      'proto.yml',
      'constructor: 1\ntoString: 2\ntoken: {hasOwnProperty: 1}\n',
    );
    expect(problemsOf(here({}, file))).toHaveLength(3);
    const proto = folder.write('proto2.yml', 'services:\n  __proto__: {header: x5c}\n');
    expect(problemsOf(here({}, proto))).toEqual([
      `${proto}:2: __proto__ cannot be a key; quote a number`,
    ]);
    const env = {
      WHARFPASS_SERVICE: '__proto__',
      WHARFPASS_SERVICES____PROTO____HEADER: 'kid-jwks',
    };
    expect(problemsOf(here(env)).length).toBeGreaterThan(0);
    expect(({} as Record<string, unknown>)['header']).toBeUndefined();
  });
});
