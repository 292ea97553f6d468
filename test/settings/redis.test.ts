import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { inspect } from 'node:util';
import { join } from 'node:path';
import { loadSettings } from '../../src/settings/load.ts';
import { redisForm } from '../../src/settings/redis-section.ts';
import { Secret } from '../../src/credential/secret.ts';
import { problemsOf, temporaryFolder, type Folder } from './support.ts';

let folder: Folder;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => folder.remove());

const SENTINEL = 'redis+sentinel://a:26379,b:26379,c:26379/main';
const here = (env: Record<string, string> = {}, file?: string) => ({ env, file, cwd: folder.path });
const load = (env: Record<string, string>, file?: string) => loadSettings(here(env, file)).redis;

test('without a word of Redis there is none, and the safe defaults stand', () => {
  const { url, check_url, ...rest } = load({});
  expect([url, check_url]).toEqual([undefined, undefined]);
  expect(rest).toEqual({
    prefix: 'wharfpass',
    stale_credentials: 0,
    stale_anonymous: 60,
    job_retention: 604_800,
    tls: {},
    unsafe: false,
  });
});

describe('the URL', () => {
  const text = 'redis://wharfpass:hunter2@cache:6379/2';

  test.each(['WHARFPASS_REDIS_URL', 'WHARFPASS_REDIS__URL'])('from %s, or its file', (name) => {
    expect(load({ [name]: text }).url?.reveal()).toBe(text);
    folder.write('url', `${text}\n`);
    expect(load({ [`${name}_FILE`]: 'url' }).url?.reveal()).toBe(text);
    folder.write('open', text, 0o644);
    expect(problemsOf(here({ [`${name}_FILE`]: 'open' }))[0]).toMatch(/everybody can read/);
  });

  test('one of the names at a time', () => {
    folder.write('url', text);
    const pairs = [
      ['WHARFPASS_REDIS_URL', 'WHARFPASS_REDIS__URL', text],
      ['WHARFPASS_REDIS_URL_FILE', 'WHARFPASS_REDIS__URL', 'url'],
      ['WHARFPASS_REDIS__URL_FILE', 'WHARFPASS_REDIS__URL', 'url'],
      ['WHARFPASS_REDIS_URL_FILE', 'WHARFPASS_REDIS__URL_FILE', 'url'],
    ] as const;
    for (const [one, other, value] of pairs) {
      const second = other.endsWith('_FILE') ? 'url' : text;
      const expected = [`${one}: set it or ${other}, not both`];
      expect(problemsOf(here({ [one]: value, [other]: second }))).toEqual(expected);
      expect(problemsOf(here({ [other]: second, [one]: value }))).toEqual(expected);
    }
    expect(
      problemsOf(here({ WHARFPASS_REDIS_URL: text, WHARFPASS_REDIS_URL_FILE: 'url' })),
    ).toEqual(['WHARFPASS_REDIS_URL_FILE: set it or WHARFPASS_REDIS_URL, not both']);
  });

  test('a short name that is mistyped is suggested', () => {
    expect(problemsOf(here({ WHARFPASS_REDIS_UR: text }))).toEqual([
      'WHARFPASS_REDIS_UR: no setting has this variable; did you mean "WHARFPASS_REDIS_URL"?',
    ]);
  });

  test('T32: it shows stars wherever it is printed, and is not repeated where it is wrong', () => {
    const settings = loadSettings(
      here({ WHARFPASS_REDIS_URL: text, WHARFPASS_REDIS__CHECK_URL: text }),
    );
    expect(JSON.stringify(settings) + inspect(settings, { depth: 9 })).not.toContain('hunter2');
    const wrong = ['http://u:hunter2@x', 'redis:hunter2@x', 'hunter2', '', 'redis://:hun ter2@x'];
    for (const url of wrong) {
      const file = folder.write('wrong.yml', `redis: {url: ${JSON.stringify(url)}}`);
      for (const problems of [
        problemsOf(here({ WHARFPASS_REDIS_URL: url })),
        problemsOf(here({}, file)),
      ]) {
        expect(problems).toHaveLength(1);
        expect(problems[0]).toMatch(/must (start with redis:\/\/|hold no white space)/);
        expect(problems[0]).not.toMatch(/hun ?ter2/);
      }
    }
  });

  test('an empty variable is refused: the embedded store would be another truth', () => {
    expect(problemsOf(here({ WHARFPASS_REDIS_URL: '' }))).toHaveLength(1);
  });

  test('in the file, which then must not be readable by everybody', () => {
    const yml = `redis:\n  prefix: x\n  url: ${text}\n`;
    const file = folder.write('w.yml', yml, 0o644);
    expect(problemsOf(here({}, file))).toEqual([
      `${file}:3: redis.url: a secret in a file that everybody can read; run: chmod o-r ${file}`,
    ]);
    folder.write('w.yml', yml, 0o640);
    expect(load({}, file).url?.reveal()).toBe(text);
    folder.write('w.yml', 'redis: {prefix: x}\n', 0o644);
    expect(problemsOf(here({}, file))).toEqual([]);
  });

  test('its start says how the servers hang together', () => {
    const form = (start: string) => redisForm(new Secret(`${start}://x`));
    expect(form('redis')).toEqual({ form: 'single', tls: false });
    expect(form('rediss')).toEqual({ form: 'single', tls: true });
    expect(form('redis+sentinel')).toEqual({ form: 'sentinel', tls: false });
    expect(form('rediss+cluster')).toEqual({ form: 'cluster', tls: true });
  });
});

describe('what contradicts', () => {
  test('R4: no replica with Sentinel or Cluster, unless asked for as unsafe', () => {
    const env = { WHARFPASS_REDIS_URL: SENTINEL, WHARFPASS_REDIS__REPLICAS: '0' };
    expect(problemsOf(here(env))).toEqual([
      'WHARFPASS_REDIS__REPLICAS: must be at least 1 with Sentinel or Cluster: a failover would bring finished jobs back',
    ]);
    expect(problemsOf(here({ ...env, WHARFPASS_REDIS__UNSAFE: 'true' }))).toEqual([]);
    expect(problemsOf(here({ ...env, WHARFPASS_REDIS_URL: 'redis://a' }))).toEqual([]);
    expect(load({ WHARFPASS_REDIS_URL: SENTINEL }).replicas).toBeUndefined();
  });

  test('a second URL without the first, or of another form', () => {
    const alone = problemsOf(here({ WHARFPASS_REDIS__CHECK_URL: 'redis://a' }));
    expect(alone).toEqual(['WHARFPASS_REDIS__CHECK_URL: needs redis.url beside it']);
    for (const url of ['redis://a', 'rediss+sentinel://a/main']) {
      const env = { WHARFPASS_REDIS_URL: SENTINEL, WHARFPASS_REDIS__CHECK_URL: url };
      expect(problemsOf(here(env))).toEqual([
        'WHARFPASS_REDIS__CHECK_URL: must start like redis.url: only user and password may differ',
      ]);
    }
  });

  test('TLS files: there, complete, private, and for a URL with TLS', () => {
    folder.write('ca.crt', 'x');
    folder.write('a.key', 'x', 0o644);
    const tls = (url: string, name: string, file: string) =>
      problemsOf(here({ WHARFPASS_REDIS_URL: url, [`WHARFPASS_REDIS__TLS__${name}`]: file }));
    expect(tls('rediss://a', 'CA', 'ca.crt')).toEqual([]);
    expect(tls('redis://a', 'CA', 'ca.crt')).toEqual([
      expect.stringMatching(
        /: redis.tls: has no effect while redis.url starts with redis: write rediss/,
      ),
    ]);
    expect(tls('rediss://a', 'CA', 'none')).toEqual([
      'WHARFPASS_REDIS__TLS__CA: names a file that cannot be read (ENOENT)',
    ]);
    expect(tls('rediss://a', 'CA', '.')).toEqual(['WHARFPASS_REDIS__TLS__CA: must name a file']);
    expect(tls('rediss://a', 'CERT', 'ca.crt')).toEqual([
      'WHARFPASS_REDIS__TLS__CERT: needs redis.tls.key beside it',
    ]);
    expect(tls('rediss://a', 'KEY', 'a.key')).toEqual([
      'WHARFPASS_REDIS__TLS__KEY: needs redis.tls.cert beside it',
      'WHARFPASS_REDIS__TLS__KEY: names a key that everybody can read; make its mode 0600 (chmod 600)',
    ]);
    const ca = { WHARFPASS_REDIS_URL: 'rediss://a', WHARFPASS_REDIS__TLS__CA: 'ca.crt' };
    expect(load(ca).tls).toEqual({ ca: join(folder.path, 'ca.crt') });
  });

  test.each([
    ['PREFIX', 'Wharf', /must be 1 to 32 lower-case letters/],
    ['PREFIX', 'a{b}', /must be 1 to 32 lower-case letters/],
    ['REPLICAS', '6', /must be at most 5/],
    ['STALE_CREDENTIALS', '3601', /must be at most 3600/],
    ['STALE_ANONYMOUS', '-1', /must be at least 0/],
    ['JOB_RETENTION', '60', /must be at least 86400/],
    ['UNSAFE', '1', /must be true or false/],
  ])('T49: %s %s is refused', (name, value, message) => {
    const [problem, ...more] = problemsOf(here({ [`WHARFPASS_REDIS__${name}`]: value }));
    expect(problem).toMatch(message);
    expect(more).toEqual([]);
  });
});
