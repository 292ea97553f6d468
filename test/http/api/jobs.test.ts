import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ADMIN_TOKEN, openApi, type Api, type Person } from './support.ts';

let api: Api;
let dev: Person;
let reporter: Person;
let guest: Person;
let stranger: Person;
let ci: Person;
let projectId: number;
let jobs: string;
beforeAll(async () => {
  api = await openApi('registry: registry.test:5000\njobs: { max_timeout: 7200 }');
  dev = await api.user('dev');
  reporter = await api.user('reporter');
  guest = await api.user('guest');
  stranger = await api.user('stranger');
  ci = await api.user('ci', { scopes: ['create_job'] });
  await api.admin('post', '/groups', { name: 'acme', path: 'acme', visibility: 'internal' });
  const made = await api.admin('post', '/projects', { path: 'App', namespace_id: 'acme' });
  projectId = made.body.id;
  for (const [user_id, access_level] of [
    [dev.id, 30],
    [reporter.id, 20],
    [guest.id, 10],
    [ci.id, 40],
  ]) {
    await api.admin('post', `/projects/${projectId}/members`, { user_id, access_level });
  }
  jobs = `/projects/${projectId}/jobs`;
});
afterAll(() => api.close());

const start = (more: object = {}, token = ci.token) =>
  api.call('post', jobs, token, { user_id: dev.id, ...more });

const asJob = (token: string, method: string, path: string) =>
  api.raw(method, `/api/v4${path}`).set('JOB-TOKEN', token);

const claimsOf = (token: string) =>
  JSON.parse(Buffer.from(token.slice('glcbt-'.length).split('.')[1] ?? '', 'base64url').toString());

describe('starting', () => {
  test('JOB-01 JOB-02: a job gets an id, a deadline and a token of its own', async () => {
    const first = await start({ name: 'build', stage: 'package', ref: 'main', pipeline_id: 77 });
    const second = await start();
    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({
      id: expect.any(Number),
      status: 'running',
      project_id: projectId,
      user: { id: dev.id, username: 'dev' },
      token: expect.stringMatching(/^glcbt-[\w-]+\.[\w-]+\.[\w-]+$/),
      deadline: new Date(api.world.clock.now() + 3_600_000).toISOString(),
      job_info: { name: 'build', stage: 'package', project_full_path: 'acme/App' },
    });
    expect(second.body.id).not.toBe(first.body.id);
    expect(second.body.token).not.toBe(first.body.token);
  });

  test('CD-01 JOB-26: the job is told registry, image, login and password; secrets are masked', async () => {
    const { body } = await start({ ref: 'main', environment: 'production' });
    const variables = new Map<string, { value: string; masked: boolean; public: boolean }>(
      body.variables.map((variable: { key: string }) => [variable.key, variable]),
    );
    const values = Object.fromEntries([...variables].map(([key, { value }]) => [key, value]));
    expect(values).toMatchObject({
      CI_REGISTRY: 'registry.test:5000',
      CI_REGISTRY_IMAGE: 'registry.test:5000/acme/app',
      CI_REGISTRY_USER: 'gitlab-ci-token',
      CI_REGISTRY_PASSWORD: body.token,
      CI_JOB_TOKEN: body.token,
      CI_JOB_ID: String(body.id),
      CI_PROJECT_ID: String(projectId),
      CI_PROJECT_PATH: 'acme/App',
      CI_COMMIT_REF_NAME: 'main',
      CI_ENVIRONMENT_NAME: 'production',
      GITLAB_USER_LOGIN: 'dev',
    });
    expect(variables.size).toBe(body.variables.length);
    for (const [key, { value, masked, public: open }] of variables) {
      const secret = value === body.token || key.startsWith('CI_DEPLOY_');
      expect([key, masked, open]).toEqual([key, secret, !secret]);
    }
    expect(body.credentials).toEqual([
      {
        type: 'registry',
        url: 'registry.test:5000',
        username: 'gitlab-ci-token',
        password: body.token,
      },
    ]);
  });

  test('a project whose registry is off has no CI_REGISTRY_IMAGE', async () => {
    await api.admin('put', `/projects/${projectId}`, {
      container_registry_access_level: 'disabled',
    });
    const { body } = await start();
    await api.admin('put', `/projects/${projectId}`, {
      container_registry_access_level: 'enabled',
    });
    const keys = body.variables.map(({ key }: { key: string }) => key);
    expect(keys).toContain('CI_REGISTRY');
    expect(keys).not.toContain('CI_REGISTRY_IMAGE');
  });

  test.each([
    [undefined, (id: number) => ({ READ_CONTAINERS: '*', ADMIN_CONTAINERS: [id] }), null],
    [
      { containers: 'delete' },
      (id: number) => ({ READ_CONTAINERS: '*', ADMIN_CONTAINERS: [id] }),
      'delete',
    ],
    [
      { containers: 'write' },
      (id: number) => ({ READ_CONTAINERS: '*', ADMIN_CONTAINERS: [id] }),
      'write',
    ],
    [{ containers: 'read' }, () => ({ READ_CONTAINERS: '*' }), 'read'],
    [{ containers: 'none' }, () => ({}), 'none'],
    [{}, () => ({}), 'none'],
    [{ packages: 'write', terraform: 'read' }, () => ({}), 'none'],
  ])('LOW-08 LOW-17 LOW-20: permissions %j cap the token', async (permissions, scope, kept) => {
    const { body } = await start({ permissions });
    const { store, jobTokens, clock } = api.world;
    const claims = await jobTokens.verify(body.token.slice('glcbt-'.length), clock.now());
    expect(claims?.scope).toEqual(scope(projectId));
    expect((await store.jobs.find(projectId, body.id))?.permissions).toBe(kept);
  });

  test('LOW-08: the signed form ends five minutes after the deadline', async () => {
    const { body } = await start({ timeout: 600 });
    const deadline = Math.ceil(Date.parse(body.deadline) / 1000);
    expect(claimsOf(body.token).exp).toBe(deadline + 300);
  });

  test('LOW-10: the opaque form, on request', async () => {
    const { body } = await start({ token_format: 'opaque' });
    expect(body.token).toMatch(/^glcbt-[0-9A-Za-z]{33}$/);
    expect((await asJob(body.token, 'get', '/job')).body).toMatchObject({ id: body.id });
  });

  test('JOB-15: a job that nobody triggered is refused, with the reason', async () => {
    const { status, body } = await api.call('post', jobs, ci.token, {});
    expect(status).toBe(400);
    expect(body.error).toMatch(/^user_id or username is missing: .* gets no registry credentials$/);
  });

  test('the user exists and is active', async () => {
    const unknown = await start({ user_id: undefined, username: 'nobody' });
    expect([unknown.status, unknown.body]).toEqual([404, { message: '404 User Not Found' }]);
    const gone = await api.user('gone');
    await api.admin('post', `/users/${gone.id}/block`);
    expect((await start({ user_id: gone.id })).body.error).toMatch(/^the user is blocked/);
    expect((await start({ user_id: undefined, username: 'dev' })).body.user.id).toBe(dev.id);
    expect((await start({ user_id: String(dev.id) })).status).toBe(201);
  });

  test('a project with jobs switched off starts none', async () => {
    await api.admin('put', `/projects/${projectId}`, { builds_access_level: 'disabled' });
    expect((await start()).body.message).toBe('403 Forbidden - jobs are disabled in this project');
    await api.admin('put', `/projects/${projectId}`, { builds_access_level: 'enabled' });
  });

  test.each([
    [{ timeout: 7201 }, /^timeout is invalid: the longest that this server allows is 7200 seconds/],
    [{ timeout: 5 }, /^timeout is invalid: must be 60 seconds or more/],
    [{ lease: 1 }, /^lease is invalid: must be 10 seconds or more/],
    [{ permissions: { container: 'read' } }, /^permissions.container is unknown here/],
    [{ permissions: { containers: 'admin' } }, /^permissions.containers is invalid/],
    [{ permissions: null }, /^permissions is invalid/],
    [{ token_format: 'paseto' }, /^token_format is invalid/],
    [{ username: 'dev' }, /^username is invalid: must not stand beside user_id/],
    [{ status: 'success' }, /^status is unknown here/],
    [{ id: 5 }, /^id is unknown here/],
    [{ runner: { executor: 'shell' } }, /^runner.id is missing/],
  ])('LOW-04: %j is refused', async (more, error) => {
    const { status, body } = await start(more);
    expect(status).toBe(400);
    expect(body.error).toMatch(error);
  });
});

describe('who starts and ends jobs', () => {
  test('a create_job token of a Maintainer, and an administrator', async () => {
    expect((await start()).status).toBe(201);
    expect((await start({}, ADMIN_TOKEN)).status).toBe(201);
  });

  test('not the api token of anybody else, however high their role', async () => {
    const owner = await api.user('owner');
    const body = { user_id: owner.id, access_level: 50 };
    await api.admin('post', `/projects/${projectId}/members`, body);
    const refused = await start({}, owner.token);
    expect([refused.status, refused.body.message]).toEqual([
      403,
      expect.stringMatching(/scope create_job/),
    ]);
  });

  test('not a create_job token below Maintainer, and to a stranger there is no project', async () => {
    const weak = await api.user('weak', { scopes: ['create_job'] });
    expect((await start({}, weak.token)).status).toBe(404);
    const body = { user_id: weak.id, access_level: 30 };
    await api.admin('post', `/projects/${projectId}/members`, body);
    const refused = await start({}, weak.token);
    expect([refused.status, refused.body]).toEqual([403, { message: '403 Forbidden' }]);
    expect((await start({}, stranger.token)).status).toBe(404);
  });

  test('a create_job token does nothing else', async () => {
    expect((await api.call('get', '/user', ci.token)).status).toBe(403);
    expect((await api.call('put', `/projects/${projectId}`, ci.token, {})).status).toBe(403);
    expect((await api.call('get', jobs, ci.token)).status).toBe(200);
  });
});

describe('status', () => {
  test('JOB-04 CD-11: a finished job never runs again, and its token is dead', async () => {
    const { id, token } = (await start()).body;
    expect((await asJob(token, 'get', '/job')).body).toMatchObject({ id, status: 'running' });
    const done = await api.call('put', `${jobs}/${id}`, ci.token, { status: 'success' });
    expect([done.status, done.body.status]).toEqual([200, 'success']);
    expect(done.body.finished_at).toBe(new Date(api.world.clock.now()).toISOString());
    const dead = await asJob(token, 'get', '/job');
    expect([dead.status, dead.body]).toEqual([401, { message: '401 Unauthorized' }]);
    const again = await api.call('put', `${jobs}/${id}`, ci.token, { status: 'success' });
    expect([again.status, again.body.finished_at]).toEqual([200, done.body.finished_at]);
    for (const status of ['running', 'failed', 'canceling']) {
      const refused = await api.call('put', `${jobs}/${id}`, ci.token, { status });
      expect(refused.status).toBe(409);
      expect(refused.body.message).toContain(`job ${id} has finished (success)`);
    }
    expect((await asJob(token, 'get', '/job')).status).toBe(401);
  });

  test('JOB-04 CD-11: a job that is being canceled still cleans up, and goes on to its end only', async () => {
    const { id, token } = (await start()).body;
    const put = (status: string) => api.call('put', `${jobs}/${id}`, ci.token, { status });
    const canceling = [await put('canceling'), await put('canceling')];
    expect(canceling.map(({ status }) => status)).toEqual([200, 200]);
    expect((await asJob(token, 'get', '/job')).status).toBe(200);
    for (const status of ['running', 'pending', 'created']) {
      const refused = await put(status);
      const why = `409 Conflict - job ${id} is canceling and does not go back to ${status}`;
      expect([refused.status, refused.body.message]).toEqual([409, why]);
    }
    expect((await asJob(token, 'get', '/job')).body.status).toBe('canceling');
    expect((await put('canceled')).body.status).toBe('canceled');
    expect((await put('running')).status).toBe(409);
    expect((await asJob(token, 'get', '/job')).status).toBe(401);
  });

  test('CD-11: a job that has started does not step back, so that its end is the only way out', async () => {
    const { id } = (await start()).body;
    const put = (of: number, status: string) =>
      api.call('put', `${jobs}/${of}`, ci.token, { status });
    for (const status of ['created', 'pending', 'preparing', 'manual', 'scheduled']) {
      const refused = await put(id, status);
      const why = `409 Conflict - job ${id} is running and does not go back to ${status}`;
      expect([refused.status, refused.body.message]).toEqual([409, why]);
    }
    expect((await put(id, 'running')).status).toBe(200);
    expect((await put(999_999, 'pending')).status).toBe(404);
  });

  test('JOB-05 LOW-06: a retry is another job with another token, and two pipelines have their own rights', async () => {
    const first = (await start({ pipeline_id: 1, permissions: { containers: 'read' } })).body;
    const second = (await start({ pipeline_id: 2, permissions: { containers: 'write' } })).body;
    await api.call('put', `${jobs}/${first.id}`, ci.token, { status: 'failed' });
    const retry = (await start({ pipeline_id: 1, permissions: { containers: 'read' } })).body;
    expect(new Set([first.id, second.id, retry.id]).size).toBe(3);
    const seen = await Promise.all(
      [first, second, retry].map(({ token }) => asJob(token, 'get', '/job')),
    );
    expect(seen.map(({ status, body }) => [status, body.permissions])).toEqual([
      [401, undefined],
      [200, { containers: 'write' }],
      [200, { containers: 'read' }],
    ]);
  });

  test('an unknown status, job or project', async () => {
    const { id } = (await start()).body;
    const wrong = await api.call('put', `${jobs}/${id}`, ci.token, { status: 'done' });
    expect(wrong.body.error).toMatch(/^status is invalid/);
    expect((await api.call('put', `${jobs}/999999`, ci.token, { status: 'failed' })).status).toBe(
      404,
    );
    const other = await api.admin('post', '/projects', { path: 'other', namespace_id: 'acme' });
    const through = `/projects/${other.body.id}/jobs/${id}`;
    expect((await api.admin('put', through, { status: 'failed' })).status).toBe(404);
    expect((await api.admin('get', through)).status).toBe(404);
  });
});

describe('lease', () => {
  test('heartbeats keep a job alive, by the CI system or by the job itself', async () => {
    const { id, token } = (await start({ lease: 60, timeout: 600 })).body;
    const beat = `${jobs}/${id}/heartbeat`;
    api.world.clock.advance(50_000);
    const own = await asJob(token, 'post', beat);
    const until = new Date(api.world.clock.now() + 60_000).toISOString();
    expect([own.status, own.body]).toEqual([200, { lease_expires_at: until }]);
    api.world.clock.advance(50_000);
    expect((await api.call('post', beat, ci.token)).status).toBe(200);
    api.world.clock.advance(60_000);
    expect((await asJob(token, 'post', beat)).status).toBe(401);
    expect((await api.call('post', beat, ci.token)).status).toBe(409);
  });

  test('a job renews no other job, and no other project’s', async () => {
    const [one, other] = [(await start()).body, (await start()).body];
    const foreign = `${jobs}/${other.id}/heartbeat`;
    expect((await asJob(one.token, 'post', foreign)).status).toBe(404);
    const wrong = `/projects/acme%2Fother/jobs/${one.id}/heartbeat`;
    expect((await asJob(one.token, 'post', wrong)).status).toBe(404);
    expect(
      (await asJob(one.token, 'post', `/projects/acme%2FApp/jobs/${one.id}/heartbeat`)).status,
    ).toBe(200);
  });

  test('past the deadline the token is dead', async () => {
    const { token } = (await start({ timeout: 60 })).body;
    api.world.clock.advance(60_000);
    expect((await asJob(token, 'get', '/job')).status).toBe(401);
  });
});

describe('reading', () => {
  test('JOB-30: Reporters list jobs in GitLab’s shape, and never a token', async () => {
    const { body: made } = await start({
      pipeline_id: 5,
      ref: 'main',
      runner: { id: 9, executor: 'docker' },
    });
    const list = await api.call('get', `${jobs}?per_page=100`, reporter.token);
    expect(list.status).toBe(200);
    const job = list.body.find(({ id }: { id: number }) => id === made.id);
    expect(job).toMatchObject({
      status: 'running',
      user: { username: 'dev' },
      pipeline: { id: 5, project_id: projectId, ref: 'main' },
      runner: { id: 9, executor: 'docker' },
      finished_at: null,
    });
    expect((await api.call('get', `${jobs}/${made.id}`, reporter.token)).body).toEqual(job);
    expect(list.text).not.toMatch(/glcbt|"token"|hash/i);
    expect((await api.call('get', jobs, guest.token)).status).toBe(403);
    expect((await api.call('get', jobs, stranger.token)).status).toBe(404);
  });

  test('by status, one or several', async () => {
    const of = async (query: string) => {
      const { body } = await api.call('get', `${jobs}?per_page=100&${query}`, reporter.token);
      return [...new Set(body.map(({ status }: { status: string }) => status))].sort();
    };
    expect(await of('scope=success')).toEqual(['success']);
    expect(await of('scope[]=success&scope[]=failed')).toEqual(['failed', 'success']);
    expect((await api.call('get', `${jobs}?scope=done`, reporter.token)).status).toBe(400);
  });

  test('a job token opens its own routes and no other', async () => {
    const { token } = (await start()).body;
    expect((await asJob(token, 'get', '/user')).status).toBe(401);
    expect((await asJob(token, 'get', jobs)).status).toBe(401);
    expect((await api.call('get', '/job', token)).status).toBe(401);
    expect((await api.call('get', '/job', ADMIN_TOKEN)).status).toBe(401);
    expect((await asJob(ADMIN_TOKEN, 'get', '/job')).status).toBe(401);
    expect((await asJob(`${token}x`, 'get', '/job')).status).toBe(401);
  });
});
