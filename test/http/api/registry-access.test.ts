import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { openApi, type Api, type Person } from './support.ts';

let api: Api;
let owner: Person;
let maintainer: Person;
let developer: Person;
let count = 0;
let project: string;
beforeAll(async () => {
  api = await openApi();
  owner = await api.user('owner');
  maintainer = await api.user('maintainer');
  developer = await api.user('developer');
  await api.call('post', '/groups', owner.token, { name: 'acme', path: 'acme' });
  for (const [user_id, access_level] of [
    [maintainer.id, 40],
    [developer.id, 30],
  ]) {
    await api.call('post', '/groups/acme/members', owner.token, { user_id, access_level });
  }
});
afterAll(() => api.close());

async function make(visibility = 'private'): Promise<string> {
  const body = { path: `app-${++count}`, namespace_id: 'acme', visibility };
  const made = await api.call('post', '/projects', owner.token, body);
  return `/projects/${made.body.id}`;
}
beforeEach(async () => {
  project = await make();
});

const listed = async (at: string) =>
  (await api.call('get', `${at}/deploy_tokens`, maintainer.token)).body;

async function variables(at: string, more: object = {}): Promise<Record<string, string>> {
  const body = { user_id: developer.id, ...more };
  const { body: job } = await api.admin('post', `${at}/jobs`, body);
  const deploy = job.variables.filter(({ key }: { key: string }) => key.startsWith('CI_DEPLOY_'));
  return Object.fromEntries(deploy.map(({ key, value }: Record<string, string>) => [key, value]));
}

const DEFAULT = {
  auto_deploy_token: null,
  auto_devops: false,
  job_token_after_job: 'none',
  effective: { auto_deploy_token: true, job_token_after_job: 'none' },
  auto_deploy_token_revoked: false,
};

test('AUTO-09 AUTO-12 CD-04: it is there with the project, in the list, marked as made by itself', async () => {
  expect(await listed(project)).toEqual([
    expect.objectContaining({
      name: 'gitlab-deploy-token',
      origin: 'auto',
      scopes: ['read_registry'],
      expires_at: null,
      secrets: [expect.objectContaining({ last_used_at: null, expires_at: null })],
    }),
  ]);
});

test('AUTO-02 AUTO-12: a project that is public no more gets one then', async () => {
  const open = await make('public');
  expect(await listed(open)).toEqual([]);
  expect(await variables(open)).toEqual({});
  expect(await listed(open)).toEqual([]);
  await api.call('put', open, owner.token, { visibility: 'internal' });
  expect(await listed(open)).toMatchObject([{ origin: 'auto' }]);
});

test('AUTO-12: an older project gets one with its first job', async () => {
  const fields = { visibility: 'private' } as const;
  const { id } = await api.world.project('acme/older', fields);
  expect(await listed(`/projects/${id}`)).toEqual([]);
  expect(await variables(`/projects/${id}`)).toEqual({
    CI_DEPLOY_USER: expect.stringMatching(/^gitlab\+deploy-token-\d+$/),
    CI_DEPLOY_PASSWORD: expect.stringMatching(/^gldt-/),
  });
  expect(await listed(`/projects/${id}`)).toHaveLength(1);
});

test('AUTO-08: no answer but the one that starts a job has its value', async () => {
  const { CI_DEPLOY_PASSWORD: secret = '' } = await variables(project);
  const [{ id }] = await listed(project);
  const rotated = await api.call('post', `${project}/deploy_tokens/${id}/rotate`, owner.token);
  expect(rotated.status).toBe(200);
  expect(rotated.body).not.toHaveProperty('token');
  const { CI_DEPLOY_PASSWORD: newer = '' } = await variables(project);
  expect(newer).not.toBe(secret);
  const answers = [
    rotated.text,
    (await api.admin('get', `${project}/deploy_tokens`)).text,
    (await api.admin('get', `${project}/deploy_tokens/${id}`)).text,
    (await api.admin('get', `${project}/registry_access`)).text,
    (await api.admin('get', `${project}/jobs`)).text,
    api.world.logged.text(),
  ];
  for (const answer of answers) {
    for (const value of [secret, newer]) expect(answer).not.toContain(value);
    expect(answer).not.toContain('"sealed"');
  }
});

test('AUTO-06 AUTO-10: a Maintainer revokes it as any other', async () => {
  const [{ id }] = await listed(project);
  const path = `${project}/deploy_tokens/${id}`;
  expect((await api.call('delete', path, maintainer.token)).status).toBe(204);
  expect(await variables(project)).toEqual({});
  const access = await api.call('get', `${project}/registry_access`, maintainer.token);
  expect(access.body).toEqual({
    ...DEFAULT,
    effective: { ...DEFAULT.effective, auto_deploy_token: false },
    auto_deploy_token_revoked: true,
  });
});

test('AUTO-01 AUTO-14: the switch of a project', async () => {
  const path = `${project}/registry_access`;
  expect((await api.call('get', path, maintainer.token)).body).toEqual(DEFAULT);
  const off = await api.call('patch', path, maintainer.token, { auto_deploy_token: false });
  expect(off.body).toMatchObject({
    auto_deploy_token: false,
    effective: { auto_deploy_token: false },
  });
  expect(await variables(project)).toEqual({});
  expect(await listed(project)).toMatchObject([{ revoked: false }]);
  const on = await api.call('patch', path, maintainer.token, { auto_deploy_token: true });
  expect(on.body).toMatchObject({ auto_deploy_token: true, auto_devops: false });
  expect(await variables(project)).toHaveProperty('CI_DEPLOY_PASSWORD');
  const rest = { auto_deploy_token: null, auto_devops: true, job_token_after_job: 'read' };
  const changed = await api.call('patch', path, maintainer.token, rest);
  expect(changed.body).toMatchObject(rest);
  expect((await api.call('get', path, maintainer.token)).body).toEqual(changed.body);
});

test('who may: Maintainers; and what a switch takes', async () => {
  const path = `${project}/registry_access`;
  expect((await api.call('get', path, developer.token)).status).toBe(403);
  expect((await api.call('patch', path, developer.token, {})).status).toBe(403);
  for (const wrong of [
    { auto_deploy_token: 'perhaps' },
    { job_token_after_job: 'write' },
    { auto_devops: null },
  ]) {
    expect((await api.call('patch', path, maintainer.token, wrong)).status).toBe(400);
  }
});
