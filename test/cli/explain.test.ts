import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { openApi, ADMIN_TOKEN, type Api, type Person } from '../http/api/support.ts';
import { wharfpass } from './harness.ts';

let api: Api;
let jane: Person;

beforeAll(async () => {
  api = await openApi('deploy_tokens: { automatic: "off" }');
  jane = await api.user('jane');
  await api.admin('post', '/groups', { name: 'acme', path: 'acme' });
  await api.admin('post', '/projects', { path: 'app', namespace_id: 'acme' });
  const member = { user_id: jane.id, access_level: 20 };
  await api.admin('post', '/projects/acme%2Fapp/members', member);
});
afterAll(() => api.close());

const explain = (args: string, token = ADMIN_TOKEN) => {
  const env = { WHARFPASS_URL: api.url, WHARFPASS_TOKEN: token };
  return wharfpass(['explain', ...args.split(' ').filter((arg) => arg !== '')], { env });
};

test('JOB-24: it marks the first refusal, and says what would change it', async () => {
  const { exitCode, stdout } = await explain('--scope repository:acme/app:pull,push', jane.token);
  expect(exitCode).toBe(EXIT.ok);
  const [pull = '', push = ''] = stdout.split('\n\n');
  expect(pull).toMatch(/^repository:acme\/app:pull {2}granted\n/);
  expect(pull).not.toMatch(/^>|REFUSED|To change it/m);
  expect(push).toMatch(/^repository:acme\/app:push {2}refused by role\n/);
  expect(push.match(/^>.*$/gm)).toEqual([
    expect.stringMatching(/^> role +REFUSED {2}jane has the role Reporter on acme\/app/),
  ]);
  expect(push).toContain('\nTo change it: A Maintainer of acme/app gives jane the role Developer');
});

test('JOB-25: one asks about a user, a job of theirs, and a deploy token of a project or group', async () => {
  const first = async (as: string) => {
    const { stdout, stderr } = await explain(`${as} --scope repository:acme/app:push --json`);
    const { as: who, resources } = JSON.parse(stdout === '' ? `"${stderr}"` : stdout);
    return [who.kind, resources[0].actions[0].refused_by];
  };
  expect(await first('--as jane')).toEqual(['user', 'role']);
  expect(await first('--as jane --in-project acme/app')).toEqual(['job', 'role']);
  // The administrator made the group, so they own it.
  expect(await first('--in-project acme/app')).toEqual(['job', null]);
  const start = { username: 'jane' };
  const job = (await api.admin('post', '/projects/acme%2Fapp/jobs', start)).body.id;
  expect(await first(`--as job:acme/app#${job}`)).toEqual(['job', 'role']);
  expect(await first(`--as job:acme/app#${job} --extended`)).toEqual(['job', 'credential']);
  for (const [path, holder] of [
    ['/projects/acme%2Fapp', 'acme/app'],
    ['/groups/acme', 'acme'],
  ]) {
    const body = { name: 'x', scopes: ['read_registry'] };
    const { id } = (await api.admin('post', `${path}/deploy_tokens`, body)).body;
    const as = `--as deploy-token:${holder}#${id}`;
    expect(await first(as)).toEqual(['deploy_token', 'credential_ability']);
  }
});

describe('what makes no sense is said before anything is asked', () => {
  test.each([
    ['', /required option '--scope/],
    ['--scope acme/app', /It must be like repository:acme\/app:pull,push/],
    ['--as job:acme/app --scope repository:a/b:pull', /needs a path and a number: acme\/app#12/],
    [
      '--as job:a/b#1 --in-project a/b --scope repository:a/b:pull',
      /--in-project goes with a user/,
    ],
  ])('%s', async (args, error) => {
    const { exitCode, stdout, stderr } = await explain(args);
    expect([exitCode, stdout]).toEqual([EXIT.usage, '']);
    expect(stderr).toMatch(error);
  });

  test('what the server refuses is one sentence', async () => {
    const { exitCode, stderr } = await explain('--as nobody --scope repository:acme/app:pull');
    expect([exitCode, stderr]).toEqual([
      EXIT.failed,
      expect.stringContaining('404 User Not Found'),
    ]);
  });
});
