/** @gitbeaker/rest: what jobs bring and who lets them in, and what nobody may overwrite. */
import { Gitlab, Jobs } from '@gitbeaker/rest';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ADMIN_TOKEN, openApi, type Api } from '../../http/api/support.ts';
import { refusal } from './errors.ts';

let api: Api;
let root: InstanceType<typeof Gitlab>;
const path = 'acme/app';
beforeAll(async () => {
  api = await openApi('jobs: { enforce_allowlist: false }\n');
  root = new Gitlab({ host: api.url, token: ADMIN_TOKEN });
  await root.Groups.create('Acme', 'acme');
  await root.Projects.create({ path: 'app', namespaceId: 'acme' as never });
});
afterAll(() => api.close());

test('the job token scope and its two allowlists', async () => {
  const scopes = root.ProjectJobTokenScopes;
  const group = await root.Groups.create('Builders', 'builders');
  const project = await root.Projects.create({ path: 'ci', namespaceId: group.id });
  await scopes.edit(path, false);
  expect(await scopes.show(path)).toMatchObject({ inbound_enabled: false });
  await scopes.edit(path, true);
  expect(await scopes.show(path)).toMatchObject({ inbound_enabled: true });
  expect(await scopes.addToInboundAllowList(path, project.id)).toEqual({
    source_project_id: 1,
    target_project_id: project.id,
  });
  expect(await scopes.addToGroupsAllowList(path, group.id)).toEqual({
    source_project_id: 1,
    target_group_id: group.id,
  });
  expect(await scopes.showInboundAllowList(path)).toEqual([
    expect.objectContaining({ id: project.id, path_with_namespace: 'builders/ci' }),
  ]);
  expect(await scopes.showGroupsAllowList(path)).toEqual([
    expect.objectContaining({ id: group.id, full_path: 'builders' }),
  ]);
  await scopes.removeFromInboundAllowList(path, project.id);
  await scopes.removeFromGroupsAllowList(path, group.id);
  expect(await scopes.showInboundAllowList(path)).toEqual([]);
  expect(await scopes.showGroupsAllowList(path)).toEqual([]);
});

test('a job, by its own token', async () => {
  const { body: job } = await api.admin('post', '/projects/1/jobs', { user_id: 1, name: 'build' });
  const options = { host: api.url, jobToken: job.token as string };
  const jobs = new Jobs(options);
  // The client sends the token, yet looks for it at another place before it does.
  jobs.headers['job-token'] = options.jobToken;
  expect(await jobs.showConnectedJob()).toMatchObject({ id: job.id, status: 'running' });
  expect(await refusal(new Gitlab(options).Users.showCurrentUser())).toBe('401 401 Unauthorized');
  expect(await root.Jobs.all(path, { scope: 'running' })).toEqual([
    expect.objectContaining({ id: job.id, name: 'build' }),
  ]);
  expect(await root.Jobs.show(path, job.id)).toMatchObject({ status: 'running' });
});

test('protection rules, by the client’s raw requests: it has no verbs for them', async () => {
  const { requester } = root.Projects;
  const kinds = [
    ['repository', { repositoryPathPattern: 'acme/app/prod*' }],
    ['tag', { tagNamePattern: 'v*' }],
  ] as const;
  for (const [kind, pattern] of kinds) {
    const rules = `projects/${encodeURIComponent(path)}/registry/protection/${kind}/rules`;
    const level = { minimumAccessLevelForPush: 'maintainer' };
    const { body } = await requester.post(rules, {
      body: { ...pattern, ...level, minimumAccessLevelForDelete: 'owner' },
    });
    const { id } = body as { id: number };
    const changed = await requester.patch(`${rules}/${id}`, {
      body: { minimumAccessLevelForPush: 'owner' },
    });
    expect(changed.body).toMatchObject({ minimum_access_level_for_push: 'owner' });
    await requester.delete(`${rules}/${id}`);
    expect((await requester.get(rules)).body).toEqual([]);
  }
});
