/** A whole server, whose Redis is behind a proxy that makes faults. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../../src/clock.ts';
import { startServer } from '../../../../src/compose.ts';
import { loadSettings } from '../../../../src/settings/load.ts';
import {
  makeAccessToken,
  makeDeployToken,
  makeMember,
  makeProject,
  startJob,
  type Person,
  type Project,
  type Started,
} from '../../../instances/cast.ts';
import { createClient, type Client } from '../../../instances/client.ts';
import { startFaultProxy, type FaultProxy } from '../../../support/redis/fault-proxy.ts';
import type { SingleRedis } from '../../../support/redis/single.ts';
import { newPrefix, silent } from '../support.ts';

export interface FaultyServer {
  readonly client: Client;
  readonly proxy: FaultProxy;
  close(): Promise<void>;
}

/** @param redisYaml further lines of the section `redis`, each with two spaces in front */
export async function startFaultyServer(
  redis: SingleRedis,
  redisYaml: string,
): Promise<FaultyServer> {
  const folder = await mkdtemp(join(tmpdir(), 'wharfpass-faulty-'));
  const proxy = await startFaultProxy(redis);
  const file = join(folder, 'wharfpass.yml');
  const text = `listen: 127.0.0.1:0
metrics: {listen: off}
redis:
  url: ${proxy.url}
  prefix: ${newPrefix()}
  unsafe: true
${redisYaml}`;
  await writeFile(file, text, { mode: 0o600 });
  const settings = loadSettings({ file, env: {}, cwd: folder });
  const running = await startServer({ settings, log: silent, clock: systemClock });
  const adminToken = (await readFile(running.adminTokenPath ?? '', 'utf8')).trim();
  const client = createClient(running.url, adminToken);
  return {
    client,
    proxy,
    close: async () => {
      await proxy.heal();
      client.close();
      await running.close();
      await proxy.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export interface Cast {
  readonly open: Project;
  readonly project: Project;
  readonly user: Person;
  readonly job: Started;
  readonly personal: Started;
  readonly deploy: Started;
  /** Credentials that are good for nothing any more. */
  readonly ended: readonly Started[];
}

export async function makeCast(client: Client): Promise<Cast> {
  const open = await makeProject(client, 'public');
  const project = await makeProject(client, 'private');
  const user = await makeMember(client, project);
  const [job, endedJob] = [
    await startJob(client, project, user),
    await startJob(client, project, user),
  ];
  const [personal, revoked] = [
    await makeAccessToken(client, user),
    await makeAccessToken(client, user),
  ];
  const [deploy, revokedDeploy] = [
    await makeDeployToken(client, project),
    await makeDeployToken(client, project),
  ];
  await client.api('PUT', `/projects/${project.id}/jobs/${endedJob.id}`, { status: 'success' });
  await client.api('DELETE', `/personal_access_tokens/${revoked.id}`);
  await client.api('DELETE', `/projects/${project.id}/deploy_tokens/${revokedDeploy.id}`);
  return {
    open,
    project,
    user,
    job,
    personal,
    deploy,
    ended: [endedJob, revoked, revokedDeploy],
  };
}
