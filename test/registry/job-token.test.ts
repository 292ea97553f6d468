import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { describeWith } from '../support/programs.ts';
import { REPORTER, addMember, finishJob, makePerson, makeWorkplace, startJob } from './cast.ts';
import { ok, pull, push, refused, signIn } from './clients.ts';
import { startWorld, type Login, type World } from './world.ts';

describeWith(['docker-registry', 'skopeo'], 'a job token at a real registry', () => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld();
  });

  afterAll(() => world?.close());

  async function claims(scopes: string[], who: Login) {
    const response = await world.token(scopes, who);
    const body = (await response.json()) as { token: string; expires_in: number };
    return { ...decodeJwt(body.token), expiresIn: body.expires_in };
  }

  test.each(['jwt', 'opaque'])(
    'CD-01 JOB-02 JOB-08 LOW-19: a running job logs in, pushes to its private project and pulls (%s)',
    async (format) => {
      const { project, developer } = await makeWorkplace(world);
      const job = await startJob(world, project, developer, { token_format: format });
      expect(await signIn(world, job.login)).toEqual(ok);
      expect(await push(world, `${project.path}/web`, job.login)).toEqual(ok);
      expect(await pull(world, `${project.path}/web`, job.login)).toEqual(ok);
    },
  );

  test('CD-01 LOW-05: the variables that a job receives are enough to push, with no permissions named', async () => {
    const { project, developer } = await makeWorkplace(world);
    const job = await startJob(world, project, developer);
    const value = (key: string) => job.variables.find((one) => one.key === key)?.value ?? '';
    expect(value('CI_REGISTRY')).toBe(world.registry);
    const image = value('CI_REGISTRY_IMAGE').slice(world.registry.length + 1);
    const who = { username: value('CI_REGISTRY_USER'), password: value('CI_REGISTRY_PASSWORD') };
    expect(await push(world, image, who)).toEqual(ok);
  });

  test.each(['success', 'failed', 'canceled'])(
    'CD-02 JOB-04: once the job ends (%s) the same password is refused',
    async (status) => {
      const { project, developer } = await makeWorkplace(world);
      const job = await startJob(world, project, developer);
      expect(await push(world, project.path, job.login)).toEqual(ok);
      await finishJob(world, project, job, status);
      expect(await signIn(world, job.login)).toEqual(refused);
      expect(await pull(world, project.path, job.login)).toEqual(refused);
      expect(await push(world, project.path, job.login)).toEqual(refused);
      const response = await world.token([`repository:${project.path}:pull`], job.login);
      expect(response.status).toBe(401);
    },
  );

  test('JOB-04: a job that is being canceled may still clean up', async () => {
    const { project, developer } = await makeWorkplace(world);
    const job = await startJob(world, project, developer);
    await finishJob(world, project, job, 'canceling');
    expect(await push(world, project.path, job.login)).toEqual(ok);
  });

  test('CD-02: a finished job stays finished when the server is killed at once', async () => {
    const { project, developer } = await makeWorkplace(world);
    const job = await startJob(world, project, developer);
    expect(await push(world, project.path, job.login)).toEqual(ok);
    await finishJob(world, project, job);
    await world.restart('SIGKILL');
    expect(await pull(world, project.path, job.login)).toEqual(refused);
    const next = await startJob(world, project, developer);
    expect(await pull(world, project.path, next.login)).toEqual(ok);
  });

  test('JOB-06 LOW-21: a member who is removed while the job runs can no longer push', async () => {
    const { project, developer } = await makeWorkplace(world);
    const job = await startJob(world, project, developer);
    expect(await push(world, project.path, job.login)).toEqual(ok);
    await world.api('DELETE', `/projects/${project.id}/members/${developer.id}`, undefined, 204);
    expect(await push(world, `${project.path}/more`, job.login)).toEqual(refused);
  });

  test('JOB-05: two jobs of one project can do what their own users can', async () => {
    const { project, developer } = await makeWorkplace(world);
    const reporter = await makePerson(world);
    await addMember(world, project, reporter, REPORTER);
    const [strong, weak] = [
      await startJob(world, project, developer),
      await startJob(world, project, reporter),
    ];
    expect(await push(world, project.path, strong.login)).toEqual(ok);
    expect(await pull(world, project.path, weak.login)).toEqual(ok);
    expect(await push(world, `${project.path}/weak`, weak.login)).toEqual(refused);
  });

  test('JOB-15: a job that nobody triggered is refused, and told why', async () => {
    const { project } = await makeWorkplace(world);
    const answer = await world.api<{ error?: string; message?: string }>(
      'POST',
      `/projects/${project.id}/jobs`,
      {},
      400,
    );
    expect(JSON.stringify(answer)).toContain('user');
  });

  test('JOB-26: a runner pulls a private image with the credentials of the payload', async () => {
    const { project, developer } = await makeWorkplace(world);
    const author = await startJob(world, project, developer);
    expect(await push(world, project.path, author.login)).toEqual(ok);
    const job = await startJob(world, project, developer);
    const [credentials] = job.credentials;
    expect(credentials).toMatchObject({ type: 'registry', url: world.registry });
    expect(await pull(world, project.path, credentials ?? job.login)).toEqual(ok);
  });

  test("a token never outlives its job's deadline", async () => {
    const { project, developer } = await makeWorkplace(world);
    const job = await startJob(world, project, developer, { timeout: 120 });
    const scope = `repository:${project.path}:pull,push`;
    const { exp = Infinity, iat = 0, expiresIn } = await claims([scope], job.login);
    expect(exp * 1000).toBeLessThanOrEqual(job.deadline);
    expect(expiresIn).toBeGreaterThanOrEqual(60);
    expect(exp - iat).toBeGreaterThanOrEqual(expiresIn);

    const long = await startJob(world, project, developer, { timeout: 7200 });
    const pullOnly = await claims([`repository:${project.path}:pull`], long.login);
    const withPush = await claims([scope], long.login);
    expect([pullOnly.expiresIn, withPush.expiresIn]).toEqual([300, 900]);
  });

  test('LOW-06 JOB-28: a job whose permissions say read cannot push', async () => {
    const { project, developer } = await makeWorkplace(world);
    const author = await startJob(world, project, developer);
    expect(await push(world, project.path, author.login)).toEqual(ok);
    const job = await startJob(world, project, developer, { permissions: { containers: 'read' } });
    expect(await pull(world, project.path, job.login)).toEqual(ok);
    expect(await push(world, project.path, job.login)).toEqual(refused);
  });

  test('T46: the health pages name nobody', async () => {
    const { project, developer } = await makeWorkplace(world);
    await startJob(world, project, developer);
    for (const page of ['healthz', 'readyz', '']) {
      const text = await (await fetch(`${world.url}/${page}`)).text();
      expect(text).not.toContain(project.path);
      expect(text).not.toContain(developer.username);
    }
  });
});
