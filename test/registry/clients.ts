/** skopeo as a person or a job uses it, and what may come of it. */
import { expect } from '@jest/globals';
import { finishJob, makeWorkplace, startJob, type Job, type Project } from './cast.ts';
import { unique, type Login, type World } from './world.ts';

/** What skopeo is run in. */
type Harbour = Pick<World, 'registry' | 'image' | 'skopeo'>;

const reference = (world: Harbour, repository: string): string =>
  `docker://${world.registry}/${repository}:v1`;

/** Pushes the test image; resolves to skopeo's exit code and words. */
export function push(world: Harbour, repository: string, { username, password }: Login) {
  return world.skopeo(
    'copy',
    '--insecure-policy',
    '--dest-tls-verify=false',
    '--dest-creds',
    `${username}:${password}`,
    world.image.source,
    reference(world, repository),
  );
}

/** Pulls an image, all its layers, into a fresh folder; null pulls as nobody. */
export function pull(world: Harbour, repository: string, login: Login | null) {
  const credentials =
    login === null ? ['--src-no-creds'] : ['--src-creds', `${login.username}:${login.password}`];
  return world.skopeo(
    'copy',
    '--insecure-policy',
    '--src-tls-verify=false',
    ...credentials,
    reference(world, repository),
    `dir:pulled-${unique()}`,
  );
}

export function signIn(world: Harbour, { username, password }: Login) {
  const args = ['login', '--tls-verify=false', '-u', username, '-p', password, world.registry];
  return world.skopeo(...args);
}

/** What skopeo comes to when it is let through. */
export const ok: unknown = expect.objectContaining({ code: 0 });

/** And when it is turned away, by the token server or by the registry, and by nothing else. */
export const refused: unknown = expect.objectContaining({
  code: 1,
  stderr: expect.stringMatching(
    /unauthorized|denied|authentication required|invalid username\/password/,
  ),
});

/** A project whose job pushed an image and is gone. */
export async function pushedProject(
  world: World,
  visibility = 'private',
): Promise<{ project: Project; job: Job }> {
  const { project, developer } = await makeWorkplace(world, visibility);
  const job = await startJob(world, project, developer);
  expect(await push(world, project.path, job.login)).toEqual(ok);
  await finishJob(world, project, job);
  return { project, job };
}
