import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeWith } from '../support/programs.ts';
import {
  addMember,
  DEVELOPER,
  finishJob,
  makePerson,
  makeWorkplace,
  REPORTER,
  startJob,
  type Job,
  type Person,
  type Project,
} from './cast.ts';
import { ok, pull, push, refused, signIn } from './clients.ts';
import { startWorld, type Login, type World } from './world.ts';

const RUNNER = { id: 1, executor: 'docker', features: { extended_job_token: true } };

type ToldJob = Job & { readonly job_info: { readonly extended_job_token?: string } };

describeWith(['docker-registry', 'skopeo'], 'the extended job token', () => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld({ WHARFPASS_JOBS__EXTENDED_TOKEN__ENABLED: 'true' });
  });

  afterAll(() => world?.close());

  async function extendedJob(project: Project, person: Person, more: object = {}) {
    const fields = { runner: RUNNER, ...more };
    const job = (await startJob(world, project, person, fields)) as ToldJob;
    const password = job.job_info.extended_job_token ?? '';
    const runner: Login = { username: 'gitlab-ci-token', password };
    return { job, runner };
  }

  /** A project with an image, in which the job's user has a role, and which lets the job's project in. */
  async function target(home: Project, person: Person, level: number, policies: string[]) {
    const { project, developer } = await makeWorkplace(world);
    const author = await startJob(world, project, developer);
    expect(await push(world, project.path, author.login)).toEqual(ok);
    await addMember(world, project, person, level);
    const list = `/projects/${project.id}/job_token_scope/allowlist`;
    await world.api('POST', list, { target_project_id: home.id }, 201);
    const entry = { default_permissions: false, job_token_policies: policies };
    await world.api('PATCH', `${list}/${home.id}`, entry);
    return project;
  }

  test('EXT-01 EXT-06 EXT-07 EXT-08: a runner pulls what the user may read elsewhere, until the job ends', async () => {
    const { project, developer } = await makeWorkplace(world);
    const image = await target(project, developer, REPORTER, ['READ_CONTAINERS']);
    const stranger = await makeWorkplace(world);
    const { job, runner } = await extendedJob(project, developer);
    expect(await signIn(world, runner)).toEqual(ok);
    expect(await pull(world, image.path, runner)).toEqual(ok);
    expect(await push(world, image.path, runner)).toEqual(refused);
    expect(await push(world, project.path, runner)).toEqual(ok);
    expect(await pull(world, stranger.project.path, runner)).toEqual(refused);
    await world.restart('SIGKILL');
    expect(await pull(world, image.path, runner)).toEqual(ok);
    await finishJob(world, project, job);
    expect(await pull(world, image.path, runner)).toEqual(refused);
    expect(await pull(world, project.path, runner)).toEqual(refused);
    expect(await signIn(world, runner)).toEqual(refused);
  }, 120_000);

  test('EXT-09: pushes elsewhere where ADMIN_CONTAINERS and the role allow it; the ordinary token does not', async () => {
    const { project, developer } = await makeWorkplace(world);
    const open = await target(project, developer, DEVELOPER, ['ADMIN_CONTAINERS']);
    const closed = await target(project, developer, DEVELOPER, ['READ_CONTAINERS']);
    const low = await target(project, developer, REPORTER, ['ADMIN_CONTAINERS']);
    const { job, runner } = await extendedJob(project, developer);
    expect(await push(world, open.path, runner)).toEqual(ok);
    expect(await push(world, open.path, job.login)).toEqual(refused);
    expect(await push(world, closed.path, runner)).toEqual(refused);
    expect(await push(world, low.path, runner)).toEqual(refused);
  }, 120_000);

  test('EXT-10: a job of an administrator gets no further than a member', async () => {
    const { project } = await makeWorkplace(world);
    const admin = await makePerson(world, { admin: true });
    await addMember(world, project, admin, DEVELOPER);
    const { project: secret, developer } = await makeWorkplace(world);
    const author = await startJob(world, secret, developer);
    expect(await push(world, secret.path, author.login)).toEqual(ok);
    const list = `/projects/${secret.id}/job_token_scope/allowlist`;
    await world.api('POST', list, { target_project_id: project.id }, 201);
    const { runner } = await extendedJob(project, admin);
    expect(await signIn(world, runner)).toEqual(ok);
    expect(await pull(world, secret.path, runner)).toEqual(refused);
  });

  test('EXT-04 EXT-05: a runner that did not ask, or cannot keep it, is handed nothing', async () => {
    const { project, developer } = await makeWorkplace(world);
    for (const runner of [
      null,
      { id: 1, executor: 'docker' },
      { ...RUNNER, executor: 'shell' },
      { ...RUNNER, privileged: true },
    ]) {
      const { job } = await extendedJob(project, developer, { runner });
      expect(JSON.stringify(job)).not.toContain('glxjt-');
    }
  });
});
