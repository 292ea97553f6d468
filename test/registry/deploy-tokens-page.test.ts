/** Runs the commands of docs/deploy-tokens.md, in their order, with a kubectl that knows pull secrets and nothing else. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { distDir } from '../support/built.ts';
import { readPage } from '../docs/page.ts';
import { describeWith } from '../support/programs.ts';
import { runProgram, type Outcome } from '../support/run-program.ts';
import { finishJob, startJob, type Job, type Person, type Project } from './cast.ts';
import { ok, pull, push, refused } from './clients.ts';
import { startWorld, type Login, type World } from './world.ts';

/** As kubectl does it: a manifest with the login under its host, and `apply` keeps what it is given. */
const KUBECTL = `#!${process.execPath}
const { readFileSync, writeFileSync } = require('node:fs');
const args = process.argv.slice(2);
const option = (name) => args.find((arg) => arg.startsWith('--' + name + '='))?.slice(name.length + 3);
if (args.slice(0, 4).join(' ') === 'create secret docker-registry app-registry') {
  const [username, password] = [option('docker-username'), option('docker-password')];
  const auth = Buffer.from(username + ':' + password).toString('base64');
  const config = { auths: { [option('docker-server')]: { username, password, auth } } };
  if (option('dry-run') !== 'client') throw new Error('there is no cluster');
  const data = Buffer.from(JSON.stringify(config)).toString('base64');
  console.log(JSON.stringify({ type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': data } }));
} else if (args.join(' ') === 'apply -f -') {
  writeFileSync(process.env.CLUSTER, readFileSync(0));
} else throw new Error('unknown: ' + args.join(' '));
`;

describeWith(['docker-registry', 'skopeo'], 'docs/deploy-tokens.md', () => {
  let world: World;
  let folder: string;
  let project: Project;
  let person: Person;
  const blocks = [...readPage('deploy-tokens.md').matchAll(/^( *)```sh\n([^]*?)^\1```$/gm)].map(
    ([, , block = '']) => block,
  );

  beforeAll(async () => {
    world = await startWorld();
    folder = await mkdtemp(join(tmpdir(), 'wharfpass-page-'));
    const main = join(distDir(), 'main.js');
    const wharfpass = `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`;
    for (const [name, text] of [
      ['kubectl', KUBECTL],
      ['wharfpass', wharfpass],
    ] as const) {
      await writeFile(join(folder, name), text);
      await chmod(join(folder, name), 0o755);
    }
    await world.api('POST', '/groups', { name: 'acme', path: 'acme' }, 201);
    const body = { path: 'app', namespace_id: 'acme' };
    const { id } = await world.api<{ id: number }>('POST', '/projects', body, 201);
    project = { id, path: 'acme/app' };
    [person] = (await world.api<Person[]>('GET', '/users?username=root')) as [Person];
  });

  afterAll(async () => {
    await world?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Runs a block, as a person or as a job does. */
  async function run(block: string, job?: Job): Promise<Outcome> {
    const variables = job?.variables.map(({ key, value }) => [key, value]) ?? [];
    const env = {
      ...world.environment,
      ...Object.fromEntries(variables),
      CLUSTER: join(folder, 'cluster'),
      PATH: `${folder}:${world.environment['PATH'] ?? ''}`,
    };
    const outcome = await runProgram('bash', ['-euo', 'pipefail', '-c', block], {
      env,
      cwd: folder,
    });
    expect([block, outcome.stderr, outcome.code]).toEqual([block, expect.any(String), 0]);
    return outcome;
  }

  /** What a node of the cluster logs in with now. */
  async function clusterLogin(): Promise<Login> {
    const { type, data } = JSON.parse(await readFile(join(folder, 'cluster'), 'utf8')) as {
      type: string;
      data: Record<string, string>;
    };
    expect(type).toBe('kubernetes.io/dockerconfigjson');
    const text = Buffer.from(data['.dockerconfigjson'] ?? '', 'base64').toString();
    const { auths } = JSON.parse(text) as { auths: Record<string, Login> };
    const login = auths[world.registry];
    if (login === undefined) throw new Error('no login for the registry');
    return login;
  }

  /** A job that pushes and deploys by the page's recipe. */
  async function deploy(recipe: string): Promise<Login> {
    const job = await startJob(world, project, person);
    expect(await push(world, project.path, job.login)).toEqual(ok);
    await run(recipe, job);
    await finishJob(world, project, job);
    return clusterLogin();
  }

  test('CD-18: its commands do what it says, in its order', async () => {
    const [
      switches = '',
      recipe = '',
      rotate = '',
      secrets = '',
      end = '',
      calendar = '',
      rest = '',
    ] = blocks;
    expect(blocks).toHaveLength(7);
    await run(switches);
    const old = await deploy(recipe);
    expect(await pull(world, project.path, old)).toEqual(ok);

    const rotated = await run(rotate);
    expect(rotated.stdout).toContain('gitlab-deploy-token');
    expect(rotated.stdout + rotated.stderr).not.toMatch(/gldt-/);
    const fresh = await deploy(recipe);
    expect(fresh.password).not.toBe(old.password);
    expect(await pull(world, project.path, old)).toEqual(ok);
    expect(await pull(world, project.path, fresh)).toEqual(ok);
    expect((await run(secrets)).stdout.trimEnd().split('\n')).toHaveLength(3);
    await run(end);
    expect(await pull(world, project.path, old)).toEqual(refused);
    expect(await pull(world, project.path, fresh)).toEqual(ok);

    expect((await run(calendar)).stdout).toMatch(/^rotate by +20/m);
    await run(rest);
    expect(await pull(world, project.path, fresh)).toEqual(refused);
  }, 60_000);
});
