import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { AccessEntry } from '../../src/signing/ports.ts';
import { describeWith } from '../support/programs.ts';
import { REPORTER, addMember, makeAccessToken, makeWorkplace, startJob } from './cast.ts';
import { ok, push } from './clients.ts';
import { startWorld, type Login, type World } from './world.ts';

/** A push that hopes to take a layer over from another repository, request by request as Docker makes it. */
describeWith(['docker-registry', 'skopeo'], 'cross-repository mount at a real registry', () => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld();
  });

  afterAll(() => world?.close());

  async function mountToken(target: string, source: string, login: Login) {
    const scopes = [`repository:${target}:pull,push`, `repository:${source}:pull`];
    const response = await world.token(scopes, login);
    expect(response.status).toBe(200);
    const { token } = (await response.json()) as { token: string };
    return { token, access: decodeJwt(token)['access'] as AccessEntry[] };
  }

  async function mount(target: string, source: string, token: string) {
    const query = new URLSearchParams({ mount: world.image.layer.digest, from: source });
    return fetch(`http://${world.registry}/v2/${target}/blobs/uploads/?${query.toString()}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    });
  }

  test('T24: with an unreadable source the token still lets the target be pushed', async () => {
    const source = await makeWorkplace(world);
    const author = await startJob(world, source.project, source.developer);
    expect(await push(world, source.project.path, author.login)).toEqual(ok);
    const target = await makeWorkplace(world);
    const { login } = await startJob(world, target.project, target.developer);
    const [to, from] = [target.project.path, source.project.path];

    const { token, access } = await mountToken(to, from, login);
    const granted = access.filter(({ actions }) => actions.length > 0);
    expect(granted).toEqual([{ type: 'repository', name: to, actions: ['pull', 'push'] }]);
    // The registry wants the source readable before it mounts, and says so in a challenge.
    expect((await mount(to, from, token)).status).toBe(401);

    const plain = await fetch(`http://${world.registry}/v2/${to}/blobs/uploads/`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    });
    expect(plain.status).toBe(202);
    const upload = new URL(plain.headers.get('location') ?? '');
    const { digest, bytes } = world.image.layer;
    upload.searchParams.set('digest', digest);
    const put = await fetch(upload, {
      method: 'PUT',
      headers: { authorization: `Bearer ${token}` },
      body: new Uint8Array(bytes),
    });
    expect(put.status).toBe(201);
  });

  test('with a readable source the layer is mounted', async () => {
    const source = await makeWorkplace(world);
    const target = await makeWorkplace(world);
    await addMember(world, source.project, target.developer, REPORTER);
    const author = await startJob(world, source.project, source.developer);
    expect(await push(world, source.project.path, author.login)).toEqual(ok);
    const login = await makeAccessToken(world, target.developer, ['api']);
    const [to, from] = [target.project.path, source.project.path];
    const { token } = await mountToken(to, from, login);
    expect((await mount(to, from, token)).status).toBe(201);
  });

  test('skopeo pushes to a second project what it pushed to a first that it can no longer read', async () => {
    const source = await makeWorkplace(world);
    const target = await makeWorkplace(world);
    const author = await startJob(world, source.project, source.developer);
    expect(await push(world, source.project.path, author.login)).toEqual(ok);
    // skopeo remembers where it saw a layer and tries to mount it from there.
    const job = await startJob(world, target.project, target.developer);
    expect(await push(world, target.project.path, job.login)).toEqual(ok);
  });
});
