/** What a token has to hold for a registry, and what comes of one that holds less. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { describeWith } from '../support/programs.ts';
import {
  addMember,
  MAINTAINER,
  makeAccessToken,
  makePerson,
  makeProject,
  type Project,
} from './cast.ts';
import { ok, push } from './clients.ts';
import { startWorld, type Login, type World } from './world.ts';

describeWith(['docker-registry', 'skopeo'], 'the access that a registry asks for', () => {
  let world: World;
  let project: Project;
  let maintainer: Login;

  beforeAll(async () => {
    world = await startWorld();
    project = await makeProject(world);
    const person = await makePerson(world);
    await addMember(world, project, person, MAINTAINER);
    maintainer = await makeAccessToken(world, person, ['api']);
    expect(await push(world, project.path, maintainer)).toEqual(ok);
  });
  afterAll(() => world?.close());

  async function tokenFor(scopes: readonly string[], login?: Login): Promise<string> {
    const { token } = (await (await world.token(scopes, login)).json()) as { token: string };
    return token;
  }
  const ask = (method: string, path: string, token: string) =>
    fetch(`http://${world.registry}/v2/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/vnd.oci.image.manifest.v1+json',
      },
    });

  test('P-04, P-06: a token for nothing is a token: 401 with insufficient_scope, and no crash', async () => {
    const token = await tokenFor([`repository:${project.path}:pull`]);
    expect(decodeJwt(token)['access']).toEqual([]);
    const answer = await ask('GET', `${project.path}/manifests/v1`, token);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toContain('error="insufficient_scope"');
    expect((await ask('GET', '', token)).status).toBe(200);
  });

  test('P-16: the catalogue opens with the literal star', async () => {
    const admin = await makePerson(world, { admin: true });
    const login = await makeAccessToken(world, admin, ['api']);
    const token = await tokenFor(['registry:catalog:*'], login);
    expect((await ask('GET', '_catalog', token)).status).toBe(200);
    const none = await tokenFor(['registry:catalog:*'], maintainer);
    expect((await ask('GET', '_catalog', none)).status).toBe(401);
  });

  test('P-19: delete alone is enough to delete, and for nothing else', async () => {
    const scope = `repository:${project.path}`;
    const manifest = `${project.path}/manifests/v1`;
    const reader = await tokenFor([`${scope}:pull`], maintainer);
    const digest = (await ask('HEAD', manifest, reader)).headers.get('docker-content-digest');
    const remover = await tokenFor([`${scope}:delete`], maintainer);
    expect(decodeJwt(remover)['access']).toMatchObject([{ actions: ['delete'] }]);
    expect((await ask('GET', manifest, remover)).status).toBe(401);
    const byDigest = `${project.path}/manifests/${digest}`;
    expect((await ask('DELETE', byDigest, reader)).status).toBe(401);
    expect((await ask('DELETE', byDigest, remover)).status).toBe(202);
    expect((await ask('GET', manifest, reader)).status).toBe(404);
  });
});
