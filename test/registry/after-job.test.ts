import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeWith } from '../support/programs.ts';
import {
  addMember,
  finishJob,
  MAINTAINER,
  makeWorkplace,
  startJob,
  type Job,
  type Project,
} from './cast.ts';
import { ok, pull, push, refused, signIn } from './clients.ts';
import { startWorld, type World } from './world.ts';

const ATTEMPTS = 20;

interface ConvertedToken {
  readonly id: number;
  readonly job_id: number;
  readonly revoked: boolean;
  readonly last_used_at: string | null;
  readonly write_attempts: number;
}

describeWith(['docker-registry', 'skopeo'], 'a job’s password after its job', () => {
  let world: World;

  beforeAll(async () => {
    // One push of skopeo asks for several tokens, and each is an attempt.
    world = await startWorld({ WHARFPASS_JOBS__AFTER_JOB__WRITE_ATTEMPTS: String(ATTEMPTS) });
  });

  afterAll(() => world?.close());

  async function readableProject() {
    const place = await makeWorkplace(world);
    const path = `/projects/${place.project.id}/registry_access`;
    await world.api('PATCH', path, { job_token_after_job: 'read' });
    return place;
  }

  async function listed(project: Project, job: Job): Promise<ConvertedToken | undefined> {
    const path = `/projects/${project.id}/converted_job_tokens`;
    const all = await world.api<ConvertedToken[]>('GET', path);
    return all.find((token) => token.job_id === job.id);
  }

  test.each(['jwt', 'opaque'])(
    'CD-09 CD-11 CD-15 CD-16: pushes while the job runs, pulls after it, and is revoked when it goes on trying to push (%s)',
    async (format) => {
      const { project, developer } = await readableProject();
      const job = await startJob(world, project, developer, { token_format: format });
      expect(await push(world, project.path, job.login)).toEqual(ok);
      expect(await listed(project, job)).toBeUndefined();

      await finishJob(world, project, job);
      expect(await signIn(world, job.login)).toEqual(ok);
      expect(await pull(world, project.path, job.login)).toEqual(ok);
      expect(await listed(project, job)).toMatchObject({ revoked: false, write_attempts: 0 });

      // Neither a sibling of the pipeline nor a retry opens it again.
      const sibling = await startJob(world, project, developer, { token_format: format });
      expect(await push(world, `${project.path}/new`, job.login)).toEqual(refused);
      const attempts = (await listed(project, job))?.write_attempts ?? 0;
      expect(attempts).toBeGreaterThanOrEqual(1);
      expect(await pull(world, project.path, job.login)).toEqual(ok);

      for (let i = attempts; i < ATTEMPTS && !(await listed(project, job))?.revoked; i += 1) {
        expect(await push(world, `${project.path}/new`, job.login)).toEqual(refused);
      }
      const last = await listed(project, job);
      expect(last).toMatchObject({ revoked: true, write_attempts: ATTEMPTS });
      expect(await pull(world, project.path, job.login)).toEqual(refused);
      expect(await signIn(world, job.login)).toEqual(refused);
      expect(await push(world, `${project.path}/new`, sibling.login)).toEqual(ok);
    },
    120_000,
  );

  test('CD-02 CD-09: killed between any two steps, the server gives the same answers', async () => {
    const { project, developer } = await readableProject();
    const job = await startJob(world, project, developer);
    expect(await push(world, project.path, job.login)).toEqual(ok);
    await world.restart('SIGKILL');
    await finishJob(world, project, job);
    await world.restart('SIGKILL');
    expect(await pull(world, project.path, job.login)).toEqual(ok);
    expect(await push(world, project.path, job.login)).toEqual(refused);
    const { write_attempts: attempts } = (await listed(project, job)) ?? { write_attempts: 0 };
    await world.restart('SIGKILL');
    expect(await listed(project, job)).toMatchObject({ write_attempts: attempts, revoked: false });
    const token = (await listed(project, job))?.id;
    const path = `/projects/${project.id}/converted_job_tokens/${token}`;
    await world.api('DELETE', path, undefined, 204);
    await world.restart('SIGKILL');
    expect(await pull(world, project.path, job.login)).toEqual(refused);
  }, 120_000);

  test('CD-07: of its own project only, whatever its user may read', async () => {
    const { project, developer } = await readableProject();
    const other = await readableProject();
    await addMember(world, other.project, developer, MAINTAINER);
    const author = await startJob(world, other.project, other.developer);
    expect(await push(world, other.project.path, author.login)).toEqual(ok);
    const list = `/projects/${other.project.id}/job_token_scope/allowlist`;
    await world.api('POST', list, { target_project_id: project.id }, 201);
    const job = await startJob(world, project, developer);
    expect(await push(world, project.path, job.login)).toEqual(ok);
    expect(await pull(world, other.project.path, job.login)).toEqual(ok);
    await finishJob(world, project, job);
    expect(await pull(world, project.path, job.login)).toEqual(ok);
    expect(await pull(world, other.project.path, job.login)).toEqual(refused);
  });

  test('CD-12: a project that has not asked for it has no such passwords', async () => {
    const { project, developer } = await makeWorkplace(world);
    const job = await startJob(world, project, developer);
    expect(await push(world, project.path, job.login)).toEqual(ok);
    await finishJob(world, project, job);
    expect(await pull(world, project.path, job.login)).toEqual(refused);
    expect(await listed(project, job)).toBeUndefined();
  });
});
