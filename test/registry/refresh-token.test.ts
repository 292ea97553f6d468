/** docker login gets a refresh token, and what docker has kept pulls from a real registry. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWith } from '../support/programs.ts';
import { runProgram } from '../support/run-program.ts';
import {
  addMember,
  makeAccessToken,
  makePerson,
  type Person,
  type Project,
  REPORTER,
} from './cast.ts';
import { ok, pushedProject, refused } from './clients.ts';
import { startWorld, unique, type Login, type World } from './world.ts';

interface DockerConfig {
  readonly auths: Readonly<
    Record<string, { readonly auth?: string; readonly identitytoken?: string }>
  >;
}

const SWITCH = { WHARFPASS_SERVICES__CONTAINER_REGISTRY__REFRESH_TOKENS: 'true' };

/** `docker login` in a configuration of its own, with no engine; resolves to what it has kept. */
async function dockerLogin(world: World, folder: string, { username, password }: Login) {
  const config = join(folder, unique());
  const args = ['login', world.registry, '-u', username, '--password-stdin'];
  const nobody = `unix://${join(folder, 'no-engine.sock')}`;
  const env = { ...world.environment, DOCKER_CONFIG: config, DOCKER_HOST: nobody };
  const outcome = await runProgram('docker', args, { env, input: password });
  expect(outcome).toMatchObject({ code: 0, stdout: expect.stringContaining('Login Succeeded') });
  const file = join(config, 'config.json');
  const text = await readFile(file, 'utf8');
  const kept = (JSON.parse(text) as DockerConfig).auths[world.registry];
  return { file, text, kept };
}

/** Pulls with what docker has kept, and with nothing else. */
const pullWith = (world: World, file: string, { path }: Project) =>
  world.skopeo(
    'copy',
    '--insecure-policy',
    '--src-tls-verify=false',
    '--authfile',
    file,
    `docker://${world.registry}/${path}:v1`,
    `dir:pulled-${unique()}`,
  );

describeWith(['docker-registry', 'skopeo', 'docker'], 'docker login at a real registry', () => {
  let folder: string;
  let world: World;
  let project: Project;
  let person: Person;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wharfpass-docker-'));
    world = await startWorld(SWITCH);
    ({ project } = await pushedProject(world));
    person = await makePerson(world);
    await addMember(world, project, person, REPORTER);
  });
  afterAll(async () => {
    await world?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('P-25, P-26, P-28: docker keeps the identity token in place of the password, and it pulls until it is revoked', async () => {
    const login = await makeAccessToken(world, person, ['read_registry']);
    const { file, text, kept } = await dockerLogin(world, folder, login);
    expect(kept?.identitytoken).toMatch(/^wprt-[0-9A-Za-z]{33}$/);
    expect(Buffer.from(kept?.auth ?? '', 'base64').toString()).toBe(`${login.username}:`);
    expect(text).not.toContain(login.password);
    for (let use = 0; use < 3; use++) expect(await pullWith(world, file, project)).toEqual(ok);

    const body = new URLSearchParams({ token: kept?.identitytoken ?? '' });
    expect((await fetch(`${world.url}/oauth/revoke`, { method: 'POST', body })).status).toBe(200);
    expect(await pullWith(world, file, project)).toEqual(refused);
    const response = await world.token([`repository:${project.path}:pull`], login);
    expect(response.status).toBe(200);
  });

  test('P-28: a blocked user pulls no more with what docker has kept', async () => {
    const leaver = await makePerson(world);
    await addMember(world, project, leaver, REPORTER);
    const login = await makeAccessToken(world, leaver, ['read_registry']);
    const { file } = await dockerLogin(world, folder, login);
    expect(await pullWith(world, file, project)).toEqual(ok);
    await world.api('POST', `/users/${leaver.id}/block`, undefined, 201);
    expect(await pullWith(world, file, project)).toEqual(refused);
  });
});

describeWith(['docker-registry', 'skopeo', 'docker'], 'docker login without refresh tokens', () => {
  test('P-29: docker keeps the password, and it pulls', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'wharfpass-docker-'));
    const world = await startWorld();
    try {
      const { project } = await pushedProject(world);
      const person = await makePerson(world);
      await addMember(world, project, person, REPORTER);
      const login = await makeAccessToken(world, person, ['read_registry']);
      const { file, kept } = await dockerLogin(world, folder, login);
      expect(kept?.identitytoken).toBeUndefined();
      const { username, password } = login;
      expect(Buffer.from(kept?.auth ?? '', 'base64').toString()).toBe(`${username}:${password}`);
      expect(await pullWith(world, file, project)).toEqual(ok);
    } finally {
      await world.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
