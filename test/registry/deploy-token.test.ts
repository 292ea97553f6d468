import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describeWith } from '../support/programs.ts';
import { makeAccessToken, makeDeployToken, makeProject, makeWorkplace, startJob } from './cast.ts';
import { ok, pull, push, pushedProject, refused, signIn } from './clients.ts';
import { startWorld, type World } from './world.ts';

describeWith(['docker-registry', 'skopeo'], 'lasting credentials at a real registry', () => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld();
  });

  afterAll(() => world?.close());

  test('CD-03: a deploy token pulls after the job is gone', async () => {
    const { project, job } = await pushedProject(world);
    const token = await makeDeployToken(world, project, ['read_registry']);
    expect(await pull(world, project.path, job.login)).toEqual(refused);
    expect(await signIn(world, token.login)).toEqual(ok);
    expect(await pull(world, project.path, token.login)).toEqual(ok);
  });

  test('CD-05: a reading deploy token can neither push nor delete', async () => {
    const { project } = await pushedProject(world);
    const token = await makeDeployToken(world, project, ['read_registry']);
    expect(await push(world, `${project.path}/other`, token.login)).toEqual(refused);
    const { username, password } = token.login;
    const credentials = ['--tls-verify=false', '--creds', `${username}:${password}`];
    const target = `docker://${world.registry}/${project.path}:v1`;
    expect(await world.skopeo('delete', ...credentials, target)).toEqual(refused);
    expect(await pull(world, project.path, token.login)).toEqual(ok);
  });

  test('CD-06: it opens the registry and nothing else', async () => {
    const { project } = await pushedProject(world);
    const { login } = await makeDeployToken(world, project, ['read_registry']);
    await world.api('GET', `/projects/${project.id}`, undefined, 401, login.password);
  });

  test('CD-07: it is good for its own project only', async () => {
    const [own, other] = [await pushedProject(world), await pushedProject(world)];
    const token = await makeDeployToken(world, own.project, ['read_registry']);
    expect(await pull(world, other.project.path, token.login)).toEqual(refused);
  });

  test('AUTO-22: once revoked it is refused', async () => {
    const { project } = await pushedProject(world);
    const token = await makeDeployToken(world, project, ['read_registry']);
    expect(await pull(world, project.path, token.login)).toEqual(ok);
    const path = `/projects/${project.id}/deploy_tokens/${token.id}`;
    await world.api('DELETE', path, undefined, 204);
    expect(await pull(world, project.path, token.login)).toEqual(refused);
    expect(await signIn(world, token.login)).toEqual(refused);
  });

  test('AUTO-22: it stays revoked when the server is killed at once', async () => {
    const { project } = await pushedProject(world);
    const token = await makeDeployToken(world, project, ['read_registry']);
    const path = `/projects/${project.id}/deploy_tokens/${token.id}`;
    await world.api('DELETE', path, undefined, 204);
    await world.restart('SIGKILL');
    expect(await pull(world, project.path, token.login)).toEqual(refused);
  });

  test('T7: a deploy token under another login is refused', async () => {
    const { project } = await pushedProject(world);
    const { login: own } = await makeDeployToken(world, project, ['read_registry']);
    for (const username of ['gitlab-ci-token', 'somebody']) {
      const response = await world.token([], { ...own, username });
      expect(response.status).toBe(401);
    }
  });

  test('a writing deploy token pushes', async () => {
    const project = await makeProject(world);
    const scopes = ['read_registry', 'write_registry'];
    const token = await makeDeployToken(world, project, scopes);
    expect(await push(world, project.path, token.login)).toEqual(ok);
  });

  test("JOB-29: a group's deploy token opens all its projects, and no other", async () => {
    const [{ project }, other] = [await pushedProject(world), await pushedProject(world)];
    const [group = ''] = project.path.split('/');
    const { id } = await world.api<{ id: number }>('GET', `/groups/${group}`);
    const body = { name: 'cluster', scopes: ['read_registry'] };
    const made = await world.api<{ username: string; token: string }>(
      'POST',
      `/groups/${id}/deploy_tokens`,
      body,
      201,
    );
    const login = { username: made.username, password: made.token };
    expect(await pull(world, project.path, login)).toEqual(ok);
    expect(await pull(world, other.project.path, login)).toEqual(refused);
  });

  test('T5 AUTO-20: no secret stands in the data folder, only what it hashes to', async () => {
    const { project, developer } = await makeWorkplace(world);
    const job = await startJob(world, project, developer, { token_format: 'opaque' });
    const { login } = await makeDeployToken(world, project, ['read_registry']);
    const token = await makeAccessToken(world, developer, ['read_registry']);
    expect(await pull(world, `${project.path}/none`, login)).not.toEqual(ok);
    const data = world.environment['WHARFPASS_DATA_DIR'] ?? '';
    const all = await readdir(data, { recursive: true, withFileTypes: true });
    const files = all.filter((entry) => entry.isFile() && entry.name !== 'admin-token');
    expect(files.map(({ name }) => name)).toContain('wharfpass.db');
    const deploy = job.variables.find(({ key }) => key === 'CI_DEPLOY_PASSWORD')?.value ?? '';
    expect(deploy).toMatch(/^gldt-/);
    for (const { parentPath, name } of files) {
      const bytes = await readFile(join(parentPath, name));
      for (const { password } of [job.login, login, token, { password: deploy }]) {
        expect(bytes.includes(password)).toBe(false);
      }
    }
  });
});
