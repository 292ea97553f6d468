/** A real registry, set up as docs/notifications.md says, tells of what skopeo does to it. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { readPage } from '../docs/page.ts';
import { root } from '../support/built.ts';
import { describeWith } from '../support/programs.ts';
import { answers, plainEnvironment, startService } from '../support/run-program.ts';
import { finishJob, makeDeployToken, makeWorkplace, startJob } from './cast.ts';
import { ok, pull, push } from './clients.ts';
import { startWorld, type Login, type StartRegistry, type World } from './world.ts';

const LATE = 'registry.push_after_job_end';

interface Written {
  readonly type: string;
  readonly author: object;
  readonly ip: string;
  readonly details: Readonly<Record<string, unknown>>;
}

interface Section {
  notifications: {
    endpoints: { url: string; headers: { Authorization: string[] }; ignore?: object }[];
  };
}

/** The page's own configuration, sent to the server of the test. */
function sectionOf(url: string): { text: string; secret: string } {
  const section = parse(/```yaml\n([^`]*)```/.exec(readPage('notifications.md'))?.[1] ?? '');
  const [endpoint] = (section as Section).notifications.endpoints;
  if (endpoint === undefined) throw new Error('the page has no endpoint');
  endpoint.url = `${url}${new URL(endpoint.url).pathname}`;
  const secret = String(endpoint.headers.Authorization[0]).replace('Bearer ', '');
  return { text: stringify(section), secret };
}

const startRegistry: StartRegistry = async (folder, url, port) => {
  const base = await readFile(join(root, 'registry-config.yml'), 'utf8');
  const config = join(folder, 'registry.yml');
  await writeFile(config, `${base}\n${sectionOf(url).text}`);
  const env = plainEnvironment({
    REGISTRY_HTTP_ADDR: `127.0.0.1:${port}`,
    REGISTRY_AUTH_TOKEN_REALM: `${url}/token`,
    REGISTRY_AUTH_TOKEN_ROOTCERTBUNDLE: join(folder, 'keys', 'ca.crt'),
    REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: join(folder, 'registry'),
  });
  const ready = answers(`http://127.0.0.1:${port}/v2/`, 401);
  return startService('docker-registry', ['serve', config], { env, ready });
};

describeWith(['docker-registry', 'skopeo'], 'the notifications of a registry', () => {
  let world: World;

  beforeAll(async () => {
    const { secret } = sectionOf('http://a');
    const settings = { WHARFPASS_NOTIFICATIONS__SECRET: secret };
    world = await startWorld(settings, startRegistry);
  });
  afterAll(() => world?.close());

  /** Asks until there are as many as expected: a registry tells of a push after it has answered. */
  async function events(query: string, wanted: number): Promise<readonly Written[]> {
    const until = Date.now() + 15_000;
    for (;;) {
      const found = await world.api<Written[]>('GET', `/audit_events?per_page=100&${query}`);
      const ours = found.filter(({ type }) => type.startsWith('registry.'));
      if (ours.length >= wanted || Date.now() > until) return ours;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  test('P-59: a push is in the audit log with the job, and the pull of a deploy token with that', async () => {
    const { project, developer } = await makeWorkplace(world);
    const job = await startJob(world, project, developer);
    expect(await push(world, project.path, job.login)).toEqual(ok);
    const pushed = await events(`job_id=${job.id}`, 1);
    expect(pushed).toEqual([
      expect.objectContaining({
        type: 'registry.push',
        author: { kind: 'job', id: job.id, name: `job:${job.id}`, user_id: developer.id },
        target: { kind: 'project', id: project.id, path: project.path },
        ip: '127.0.0.1',
        details: expect.objectContaining({
          repository: project.path,
          tag: 'v1',
          digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
          actor: `job:${job.id}`,
          user_agent: expect.stringMatching(/^skopeo|containers/),
          job_id: job.id,
          project_ids: [project.id],
        }),
      }),
    ]);
    const issued = await world.api<Written[]>(
      'GET',
      `/audit_events?type=token.issued&job_id=${job.id}`,
    );
    const given = issued.map(({ details }) => details['jti']);
    const [used] = (pushed[0]?.details['jtis'] as string[]) ?? [];
    expect(given).toContain(used);

    const deploy = await makeDeployToken(world, project, ['read_registry']);
    expect(await pull(world, project.path, deploy.login)).toEqual(ok);
    const author = `author=deploy_token:${deploy.id}`;
    expect(await events(author, 1)).toEqual([
      expect.objectContaining({
        type: 'registry.pull',
        details: expect.objectContaining({ deploy_token_id: deploy.id, repository: project.path }),
      }),
    ]);
  });

  async function tokenOf(login: Login, scope: string): Promise<string> {
    const { token } = (await (await world.token([scope], login)).json()) as { token: string };
    return token;
  }

  test('P-59: a push that is finished after its job, with a token that is still good, is an alarm', async () => {
    const { project, developer } = await makeWorkplace(world);
    const job = await startJob(world, project, developer);
    expect(await push(world, project.path, job.login)).toEqual(ok);
    await events(`job_id=${job.id}`, 1);
    const url = `http://${world.registry}/v2/${project.path}/manifests`;
    const token = await tokenOf(job.login, `repository:${project.path}:pull,push`);
    const authorization = `Bearer ${token}`;
    const accept = 'application/vnd.oci.image.manifest.v1+json';
    const manifest = await fetch(`${url}/v1`, { headers: { authorization, accept } });
    const body = await manifest.text();

    await finishJob(world, project, job);
    expect((await world.token([`repository:${project.path}:push`], job.login)).status).toBe(401);
    const headers = { authorization, 'content-type': accept };
    const put = await fetch(`${url}/late`, { method: 'PUT', headers, body });
    expect(put.status).toBe(201);

    const alarms = await events(`type=${LATE}&job_id=${job.id}`, 1);
    expect(alarms).toEqual([
      expect.objectContaining({
        author: { kind: 'job', id: job.id, name: `job:${job.id}`, user_id: developer.id },
        target: { kind: 'job', id: job.id, path: expect.any(String) },
        details: expect.objectContaining({ action: 'push', tag: 'late', beyond_token: false }),
      }),
    ]);
    expect(alarms[0]?.details['seconds_after']).toBeGreaterThanOrEqual(1);
  });
});
