import { expect, test } from '@jest/globals';
import { openApi } from './support.ts';

test('JOB-30 T31 T32: no secret is in any list, any other answer or any log line', async () => {
  const api = await openApi();
  const ci = await api.user('ci', { scopes: ['create_job', 'api'] });
  await api.admin('post', '/groups', { name: 'acme', path: 'acme' });
  const { body } = await api.admin('post', '/projects', { path: 'app', namespace_id: 'acme' });
  const project = `/projects/${body.id}`;
  await api.admin('post', `${project}/members`, { user_id: ci.id, access_level: 40 });
  const password = 'a-password-of-somebody';
  await api.admin('put', `/users/${ci.id}`, { password });
  api.secrets.push(password);
  const scopes = ['read_registry'];
  await api.admin('post', `${project}/deploy_tokens`, { name: 'd', scopes });
  await api.admin('post', '/groups/acme/deploy_tokens', { name: 'd', scopes });
  for (const token_format of ['jwt', 'opaque']) {
    const job = await api.call('post', `${project}/jobs`, ci.token, {
      user_id: ci.id,
      token_format,
    });
    await api.raw('get', '/api/v4/job').set('JOB-TOKEN', job.body.token);
    await api.call('put', `${project}/jobs/${job.body.id}`, ci.token, { status: 'success' });
    await api.raw('get', '/api/v4/job').set('JOB-TOKEN', job.body.token);
  }
  const answers: string[] = [];
  for (const path of [
    '/users',
    `/users/${ci.id}`,
    '/user',
    '/personal_access_tokens?per_page=100',
    '/personal_access_tokens/self',
    `${project}/deploy_tokens`,
    '/groups/acme/deploy_tokens',
    `${project}/jobs`,
    `${project}/members/all`,
    `${project}?token=${ci.token}`,
  ]) {
    const { text, headers } = await api.admin('get', path);
    answers.push(text, JSON.stringify(headers));
  }
  for (const secret of api.secrets) {
    const wrong = await api.call('get', `/projects/${secret}`, secret.slice(0, -1));
    answers.push(wrong.text);
  }
  expect(api.secrets.length).toBeGreaterThan(6);
  const everything = answers.join('\n') + api.world.logged.text();
  for (const secret of api.secrets) expect(everything).not.toContain(secret);
  expect(everything).not.toMatch(/scrypt|"hash"|tokenHash/);
  await api.close();
});

test('every change leaves one line that says who did what', async () => {
  const api = await openApi();
  const root = await api.world.store.directory.userByUsername('root');
  await api.admin('post', '/groups', { name: 'acme', path: 'acme' });
  const { body } = await api.admin('post', '/projects', { path: 'app', namespace_id: 'acme' });
  await api.admin('get', `/projects/${body.id}`);
  await api.admin('post', `/projects/${body.id}/archive`);
  await api.admin('post', '/groups', { name: 'acme', path: 'acme' });
  expect(api.world.logged.lines('api change')).toMatchObject([
    { action: 'group.create', by: 'root', by_user: root?.id, path: 'acme', ip: '127.0.0.1' },
    { action: 'project.create', by: 'root', project_id: body.id, path: 'acme/app' },
    { action: 'project.archive', by: 'root', project_id: body.id },
  ]);
  await api.call('get', '/user', 'glpat-nonsense');
  expect(api.world.logged.lines('api caller refused')).toMatchObject([
    { action: 'user.self', ip: '127.0.0.1', reason: 'no personal access token has this hash' },
  ]);
  await api.close();
});
