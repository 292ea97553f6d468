import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeWith } from '../support/programs.ts';
import { OWNER, REPORTER, addMember, makePerson, makeWorkplace, startJob } from './cast.ts';
import { ok, pull, push, refused } from './clients.ts';
import { startWorld, type World } from './world.ts';

describeWith(
  ['docker-registry', 'skopeo'],
  'a job token in other projects at a real registry',
  () => {
    let world: World;

    beforeAll(async () => {
      world = await startWorld();
    });

    afterAll(() => world?.close());

    test.each(['jwt', 'opaque'])(
      'JOB-07 JOB-11 JOB-19 T23: another project is pulled only where its allowlist lets the job in, and never pushed to, not even by its Owner (%s)',
      async (format) => {
        const home = await makeWorkplace(world);
        const target = await makeWorkplace(world);
        await addMember(world, target.project, home.developer, OWNER);
        const author = await startJob(world, target.project, target.developer);
        expect(await push(world, target.project.path, author.login)).toEqual(ok);

        const job = await startJob(world, home.project, home.developer, { token_format: format });
        expect(await pull(world, target.project.path, job.login)).toEqual(refused);
        await world.api(
          'POST',
          `/projects/${target.project.id}/job_token_scope/allowlist`,
          { target_project_id: home.project.id },
          201,
        );
        expect(await pull(world, target.project.path, job.login)).toEqual(ok);
        expect(await push(world, target.project.path, job.login)).toEqual(refused);
      },
    );

    test('JOB-06: on the allowlist, a user without a role there still pulls nothing', async () => {
      const home = await makeWorkplace(world);
      const target = await makeWorkplace(world);
      const author = await startJob(world, target.project, target.developer);
      expect(await push(world, target.project.path, author.login)).toEqual(ok);
      await world.api(
        'POST',
        `/projects/${target.project.id}/job_token_scope/allowlist`,
        { target_project_id: home.project.id },
        201,
      );
      const job = await startJob(world, home.project, home.developer);
      expect(await pull(world, target.project.path, job.login)).toEqual(refused);
    });

    test("JOB-10 T25: an administrator's job does not reach a project of which the administrator is no member", async () => {
      const target = await makeWorkplace(world);
      const author = await startJob(world, target.project, target.developer);
      expect(await push(world, target.project.path, author.login)).toEqual(ok);
      const admin = await makePerson(world, { admin: true });
      const home = await makeWorkplace(world);
      await addMember(world, home.project, admin, REPORTER);
      const job = await startJob(world, home.project, admin);
      expect(await pull(world, target.project.path, job.login)).toEqual(refused);
    });

    test('JOB-09: public and internal images are open to jobs, internal ones not to external users', async () => {
      const [internal, open] = [
        await makeWorkplace(world, 'internal'),
        await makeWorkplace(world, 'public'),
      ];
      const home = await makeWorkplace(world);
      const external = await makePerson(world, { external: true });
      await addMember(world, home.project, external, REPORTER);
      for (const { project, developer } of [internal, open]) {
        const author = await startJob(world, project, developer);
        expect(await push(world, project.path, author.login)).toEqual(ok);
      }
      const job = await startJob(world, home.project, home.developer);
      expect(await pull(world, open.project.path, job.login)).toEqual(ok);
      expect(await pull(world, internal.project.path, job.login)).toEqual(ok);
      const foreign = await startJob(world, home.project, external);
      expect(await pull(world, open.project.path, foreign.login)).toEqual(ok);
      expect(await pull(world, internal.project.path, foreign.login)).toEqual(refused);
    });

    test('LOW-14: an entry that names READ_CONTAINERS lets a job pull, one that does not does not', async () => {
      const home = await makeWorkplace(world);
      const target = await makeWorkplace(world);
      await addMember(world, target.project, home.developer, REPORTER);
      const author = await startJob(world, target.project, target.developer);
      expect(await push(world, target.project.path, author.login)).toEqual(ok);
      const list = `/projects/${target.project.id}/job_token_scope/allowlist`;
      await world.api('POST', list, { target_project_id: home.project.id }, 201);
      const job = await startJob(world, home.project, home.developer);
      for (const [policy, outcome] of [
        ['READ_PACKAGES', refused],
        ['READ_CONTAINERS', ok],
      ] as const) {
        const body = { default_permissions: false, job_token_policies: [policy] };
        await world.api('PATCH', `${list}/${home.project.id}`, body);
        expect(await pull(world, target.project.path, job.login)).toEqual(outcome);
      }
    });
  },
);
