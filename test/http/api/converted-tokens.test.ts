import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Secret } from '../../../src/credential/secret.ts';
import { storeUnavailable } from '../../../src/errors.ts';
import { ADMIN_TOKEN, openApi, type Api, type Person } from './support.ts';

const DAY = 86_400_000;
let api: Api;
let dev: Person;
let maintainer: Person;
let projectId: number;
let tokens: string;

beforeAll(async () => {
  api = await openApi();
  dev = await api.user('dev');
  maintainer = await api.user('maintainer');
  await api.admin('post', '/groups', { name: 'acme', path: 'acme' });
  const made = await api.admin('post', '/projects', { path: 'app', namespace_id: 'acme' });
  projectId = made.body.id;
  for (const [user_id, access_level] of [
    [dev.id, 30],
    [maintainer.id, 40],
  ]) {
    await api.admin('post', `/projects/${projectId}/members`, { user_id, access_level });
  }
  const fields = { jobTokenAfterJob: 'read' } as const;
  await api.world.apply({ kind: 'project.update', project: 'acme/app', fields });
  tokens = `/projects/${projectId}/converted_job_tokens`;
});
afterAll(() => api.close());

async function endedJob(): Promise<{ id: number; token: string }> {
  const { body } = await api.admin('post', `/projects/${projectId}/jobs`, {
    user_id: dev.id,
    pipeline_id: 7,
  });
  const end = { status: 'success' };
  const done = await api.admin('put', `/projects/${projectId}/jobs/${body.id}`, end);
  expect(done.status).toBe(200);
  return body;
}

describe('CD-17: passwords of ended jobs', () => {
  test('are listed with all but the secret, for Maintainers', async () => {
    const now = api.world.clock.now();
    const job = await endedJob();
    const { status, body, text } = await api.call('get', tokens, maintainer.token);
    expect([status, body]).toEqual([
      200,
      [
        {
          id: expect.any(Number),
          job_id: job.id,
          pipeline_id: 7,
          user: expect.objectContaining({ id: dev.id, username: 'dev' }),
          created_at: new Date(now).toISOString(),
          expires_at: new Date(now + 90 * DAY).toISOString(),
          expired: false,
          revoked: false,
          last_used_at: null,
          write_attempts: 0,
          last_write_attempt_at: null,
        },
      ],
    ]);
    expect(text).not.toMatch(/glcbt|hash/);
    expect((await api.call('get', tokens, dev.token)).status).toBe(403);
    expect((await api.call('get', tokens, (await api.user('stranger')).token)).status).toBe(404);
    expect((await api.call('get', tokens, null)).status).toBe(401);
  });

  test('are revoked by Maintainers, once and for all', async () => {
    const job = await endedJob();
    const list = await api.call('get', `${tokens}?active=true&per_page=100`, maintainer.token);
    const { id } = list.body.find((token: { job_id: number }) => token.job_id === job.id);
    expect((await api.call('delete', `${tokens}/${id}`, dev.token)).status).toBe(403);
    const revoke = () => api.call('delete', `${tokens}/${id}`, maintainer.token);
    expect([(await revoke()).status, (await revoke()).status]).toEqual([204, 204]);
    const of = async (query: string) => {
      const { body } = await api.call('get', `${tokens}?per_page=100&${query}`, maintainer.token);
      return body.map((token: { id: number }) => token.id);
    };
    expect(await of('active=true')).not.toContain(id);
    expect(await of('active=false')).toEqual([id]);
    expect(await of('')).toContain(id);
    const found = await api.world.store.convertedTokens.admit(hashOf(job.token));
    expect(found?.token.revokedAt).toBe(api.world.clock.now());
  });

  test('of another project, or of none', async () => {
    const job = await endedJob();
    const found = await api.world.store.convertedTokens.admit(hashOf(job.token));
    const other = await api.admin('post', '/projects', { path: 'other', namespace_id: 'acme' });
    const through = `/projects/${other.body.id}/converted_job_tokens/${found?.token.id}`;
    expect((await api.admin('delete', through)).body.message).toMatch(/^404 Converted Job Token/);
    expect((await api.admin('delete', `${tokens}/999999`)).status).toBe(404);
    expect(
      (await api.admin('get', `/projects/${other.body.id}/converted_job_tokens`)).body,
    ).toEqual([]);
  });

  test('CD-06: open no route of the API', async () => {
    const { id, token } = await endedJob();
    const asJob = (method: string, path: string) =>
      api.raw(method, `/api/v4${path}`).set('JOB-TOKEN', token);
    expect((await asJob('get', '/job')).status).toBe(401);
    const beat = `/projects/${projectId}/jobs/${id}/heartbeat`;
    expect((await asJob('post', beat)).status).toBe(401);
    expect((await api.call('get', '/user', token)).status).toBe(401);
  });
});

const hashOf = (token: string): string => api.world.secretHash(new Secret(token));

test('CD-09: an end that cannot be recorded is a 503, and the next try is a 200', async () => {
  const { convertedTokens } = api.world.store;
  const { record } = convertedTokens;
  const { body } = await api.admin('post', `/projects/${projectId}/jobs`, { user_id: dev.id });
  const path = `/projects/${projectId}/jobs/${body.id}`;
  Object.assign(convertedTokens, { record: () => Promise.reject(storeUnavailable('away')) });
  try {
    expect((await api.admin('put', path, { status: 'success' })).status).toBe(503);
  } finally {
    Object.assign(convertedTokens, { record });
  }
  expect(await convertedTokens.admit(hashOf(body.token))).toBeNull();
  expect((await api.admin('put', path, { status: 'success' })).status).toBe(200);
  expect(await convertedTokens.admit(hashOf(body.token))).not.toBeNull();
});

describe('the extended job token', () => {
  const runner = { id: 5, executor: 'docker', features: { extended_job_token: true, trace: true } };
  let on: Api;
  let path: string;
  beforeAll(async () => {
    on = await openApi('jobs: {extended_token: {enabled: true}}');
    await on.user('dev');
    await on.admin('post', '/groups', { name: 'acme', path: 'acme' });
    const made = await on.admin('post', '/projects', { path: 'app', namespace_id: 'acme' });
    path = `/projects/${made.body.id}/jobs`;
  });
  afterAll(() => on.close());
  const start = (more: object) => on.call('post', path, ADMIN_TOKEN, { username: 'dev', ...more });

  test('EXT-03, EXT-04: stands in job_info, and nowhere else in the answer', async () => {
    const { status, body, text } = await start({ runner });
    const secret: string = body.job_info.extended_job_token;
    expect([status, secret]).toEqual([201, expect.stringMatching(/^glxjt-[\w-]+(\.[\w-]+){2}$/)]);
    expect(text.split(secret)).toHaveLength(2);
    const { job_info: info, ...rest } = body;
    expect(JSON.stringify(rest)).not.toContain(secret);
    expect(JSON.stringify({ ...info, extended_job_token: '' })).not.toContain('glxjt-');
    // Nor does anything else of it stand anywhere, not even its signature.
    expect(JSON.stringify(rest)).not.toContain(secret.split('.')[2]);
    const shown = await on.admin('get', `${path}/${body.id}`);
    expect(shown.text).not.toContain('glxjt-');
    expect(on.world.logged.text()).not.toContain('glxjt-');
  });

  test.each([
    ['a runner that does not say it', { id: 5, executor: 'docker' }],
    ['an unsafe executor', { ...runner, executor: 'shell' }],
    ['a privileged one', { ...runner, privileged: true }],
    ['no runner', null],
  ])('EXT-05: is not there for %s', async (_what, unsafe) => {
    const { status, text } = await start({ runner: unsafe });
    expect([status, text.includes('extended_job_token')]).toEqual([201, false]);
  });

  test('EXT-11: opens no route of the API', async () => {
    const { body } = await start({ runner });
    const secret = body.job_info.extended_job_token as string;
    const asJob = on.raw('get', '/api/v4/job').set('JOB-TOKEN', secret);
    expect((await asJob).status).toBe(401);
    expect((await on.call('get', '/user', secret)).status).toBe(401);
  });

  test.each([
    [{ runner: { ...runner, privileged: 'perhaps' } }, /^runner.privileged is invalid/],
    [{ runner: { ...runner, project_specific: 5 } }, /^runner.project_specific is invalid/],
    [
      { runner: { ...runner, features: { extended_job_token: 'x' } } },
      /^runner.features.extended_job_token is invalid/,
    ],
    [{ runner: { ...runner, tags: [] } }, /^runner.tags is unknown here/],
  ])('EXT-05: %j is refused', async (more, error) => {
    const { status, body } = await start(more);
    expect([status, body.error]).toEqual([400, expect.stringMatching(error)]);
  });
});
