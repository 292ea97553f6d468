import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeWith } from '../support/programs.ts';
import { MAINTAINER, addMember, makeAccessToken, makeDeployToken, makePerson } from './cast.ts';
import { ok, pull, pushedProject, refused } from './clients.ts';
import { startWorld, type World } from './world.ts';

describeWith(['docker-registry', 'skopeo'], 'people and nobody at a real registry', () => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld();
  });

  afterAll(() => world?.close());

  test("a Maintainer's personal access token deletes", async () => {
    const { project } = await pushedProject(world);
    const maintainer = await makePerson(world);
    await addMember(world, project, maintainer, MAINTAINER);
    const { username, password } = await makeAccessToken(world, maintainer, ['api']);
    const target = `docker://${world.registry}/${project.path}:v1`;
    const args = ['delete', '--tls-verify=false', '--creds', `${username}:${password}`, target];
    expect(await world.skopeo(...args)).toEqual(ok);
    const { stderr } = await pull(world, project.path, { username, password });
    expect(stderr).toContain('manifest unknown');
  });

  test('a blocked user is refused with every token', async () => {
    const { project } = await pushedProject(world);
    const maintainer = await makePerson(world);
    await addMember(world, project, maintainer, MAINTAINER);
    const token = await makeAccessToken(world, maintainer, ['read_registry']);
    expect(await pull(world, project.path, token)).toEqual(ok);
    await world.api('POST', `/users/${maintainer.id}/block`, undefined, 201);
    expect(await pull(world, project.path, token)).toEqual(refused);
  });

  test('AUTO-21: anybody pulls a public image, by the same name with and without a credential', async () => {
    const { project } = await pushedProject(world, 'public');
    expect(await pull(world, project.path, null)).toEqual(ok);
    const { login } = await makeDeployToken(world, project, ['read_registry']);
    expect(await pull(world, project.path, login)).toEqual(ok);
  });

  test('nobody pulls a private image without a credential', async () => {
    const { project } = await pushedProject(world);
    expect(await pull(world, project.path, null)).toEqual(refused);
  });

  test('a wrong password is refused even where anybody may pull', async () => {
    const { project } = await pushedProject(world, 'public');
    const wrong = { username: 'jane', password: 'not the password' };
    expect(await pull(world, project.path, wrong)).toEqual(refused);
  });

  test('a new signing key is taken by the registry as it runs', async () => {
    const { project } = await pushedProject(world, 'public');
    const before = await (await world.token([`repository:${project.path}:pull`])).json();
    expect(await world.wharfpass('keys', 'rotate')).toEqual(ok);
    const keyOf = ({ token }: { token: string }): string => {
      const [header = ''] = token.split('.');
      return (JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string }).kid;
    };
    const until = Date.now() + 10_000;
    let after = before;
    while (keyOf(after as { token: string }) === keyOf(before as { token: string })) {
      expect(Date.now()).toBeLessThan(until);
      after = await (await world.token([`repository:${project.path}:pull`])).json();
    }
    expect(await pull(world, project.path, null)).toEqual(ok);
    const old = (before as { token: string }).token;
    const manifest = `http://${world.registry}/v2/${project.path}/tags/list`;
    const response = await fetch(manifest, { headers: { authorization: `Bearer ${old}` } });
    expect(response.status).toBe(200);
  });
});
