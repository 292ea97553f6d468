/** What is in a place besides what comes with it: deploy tokens and jobs. */
import { createDeployToken } from '../../../../src/lifecycle/deploy-tokens.ts';
import { changeJobStatus } from '../../../../src/lifecycle/finish-job.ts';
import { rotateDeployToken } from '../../../../src/lifecycle/rotation.ts';
import type { World } from '../../../support/world.ts';
import type { Place } from './places.ts';

/** A token with a second secret, which may be ended. */
async function deployTokenIn(world: World, place: Place, kind: 'project' | 'group') {
  const base = `/${kind}s/:id`;
  const holder = { kind, id: place.ids[base] ?? 0 } as const;
  const name = `${place.groupPath} token`;
  const request = { holder, name, username: null, expiresAt: null, createdBy: null };
  const made = await createDeployToken(world, { ...request, scopes: ['read_registry'] });
  const rotation = { holder, tokenId: made.token.id, gracePeriod: 600, expiresAt: undefined };
  const { token } = await rotateDeployToken(world, rotation);
  const at = `${base}/deploy_tokens/:token_id`;
  return { [at]: token.id, [`${at}/secrets/:secret_id`]: token.secrets[0]?.id ?? 0 };
}

async function jobIn(world: World, { ids, groupPath }: Place, user: number) {
  const project = await world.store.directory.project(ids['/projects/:id'] ?? 0);
  const owner = await world.store.directory.user(user);
  if (project === null || owner === null) throw new Error('no project or user for a job');
  const { job } = await world.job(project, owner, { lease: 600, name: `job of ${groupPath}` });
  return job;
}

async function endedJobIn(world: World, place: Place, user: number) {
  const { id, projectId } = await jobIn(world, place, user);
  const deps = { ...world, audit: () => {} };
  await changeJobStatus(deps, { projectId, jobId: id, status: 'success' });
  const options = { now: world.clock.now() };
  const page = { offset: 0, limit: 100 };
  const { items } = await world.store.convertedTokens.list(projectId, page, options);
  return items.find(({ jobId }) => jobId === id)?.id ?? 0;
}

/** By what a path holds: what has to be made for it. */
const MAKERS: Readonly<
  Record<string, (world: World, place: Place, user: number) => Promise<Record<string, number>>>
> = {
  '/projects/:id/deploy_tokens/:token_id': (world, place) => deployTokenIn(world, place, 'project'),
  '/groups/:id/deploy_tokens/:token_id': (world, place) => deployTokenIn(world, place, 'group'),
  '/projects/:id/jobs/:job_id': async (world, place, user) => ({
    '/projects/:id/jobs/:job_id': (await jobIn(world, place, user)).id,
  }),
  '/projects/:id/converted_job_tokens/:token_id': async (world, place, user) => ({
    '/projects/:id/converted_job_tokens/:token_id': await endedJobIn(world, place, user),
  }),
};

/** The place with the deploy tokens and jobs that the path speaks of; all of them where no path is given. */
export async function furnish(
  world: World,
  place: Place,
  user: number,
  path: string | null = null,
): Promise<Place> {
  let ids = place.ids;
  for (const [key, make] of Object.entries(MAKERS)) {
    if (path === null || path.startsWith(key))
      ids = { ...ids, ...(await make(world, place, user)) };
  }
  return { ...place, ids };
}
