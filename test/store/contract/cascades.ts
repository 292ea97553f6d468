import { expect, test } from '@jest/globals';
import type { Subject } from '../contract.ts';
import {
  accessToken,
  ALL,
  allow,
  apply,
  deployToken,
  groupSource,
  join,
  makeGroup,
  makeProject,
  makeUser,
  newJob,
  NOW,
  projectSource,
  protect,
  seed,
} from '../fixtures.ts';

export function cascadeContract(subject: Subject): void {
  test('a deleted user takes memberships, tokens and own projects along', async () => {
    const { store } = subject;
    const world = await seed(store);
    await apply(store, join('project', world.app, 'jane', 40), makeProject('jane/tool'));
    const token = await store.personalAccessTokens.create(accessToken(world.jane), NOW);
    await apply(store, { kind: 'user.delete', user: 'jane' });
    expect(await store.directory.userByUsername('jane')).toBeNull();
    expect(await store.directory.project('jane/tool')).toBeNull();
    expect(await store.directory.accessLevel(world.jane, projectSource(world.app), NOW)).toBe(0);
    const direct = { inherited: false, now: NOW };
    expect((await store.directory.members(projectSource(world.app), ALL, direct)).total).toBe(0);
    const admission = await store.personalAccessTokens.admit(token.hash);
    expect(admission?.user ?? null).toBeNull();
  });

  test('a job of a deleted user is admitted with no user, and has ended', async () => {
    const { store } = subject;
    const job = await newJob(store, await seed(store));
    await store.jobs.start(job);
    await apply(store, { kind: 'user.delete', user: 'jane' });
    const admission = await store.jobs.admit(job.tokenHash);
    expect(admission).toMatchObject({ user: null, project: { id: job.projectId } });
    expect(admission?.job).toMatchObject({ status: 'canceled', gen: 2, finishedAt: NOW });
  });

  test('a job of a deleted project is admitted with no project, and has ended', async () => {
    const { store } = subject;
    const job = await newJob(store, await seed(store));
    await store.jobs.start(job);
    await apply(store, { kind: 'project.delete', project: job.projectId });
    const admission = await store.jobs.admit(job.tokenHash);
    expect(admission).toMatchObject({ project: null, user: { id: job.userId } });
    expect(admission?.job).toMatchObject({ status: 'canceled', finishedAt: NOW });
  });

  test('a deleted project leaves the end of a finished job as it was', async () => {
    const { store } = subject;
    const job = await newJob(store, await seed(store));
    await store.jobs.start(job);
    const { job: ended } = await store.jobs.setStatus(job.projectId, job.id, 'success', NOW - 5);
    await apply(store, { kind: 'project.delete', project: job.projectId });
    expect((await store.jobs.admit(job.tokenHash))?.job).toEqual(ended);
  });

  test('a deleted project leaves the jobs of others running', async () => {
    const { store } = subject;
    const world = await seed(store);
    const job = await newJob(store, world);
    await store.jobs.start(job);
    const userless = await newJob(store, world, { userId: null });
    await store.jobs.start(userless);
    await apply(store, { kind: 'project.delete', project: world.other });
    expect((await store.jobs.admit(job.tokenHash))?.job.status).toBe('running');
    expect((await store.jobs.admit(userless.tokenHash))?.job.status).toBe('running');
  });

  test('a deleted group takes everything under it along', async () => {
    const { store } = subject;
    const world = await seed(store);
    const job = await newJob(store, world);
    await store.jobs.start(job);
    await store.deployTokens.create(deployToken(groupSource(world.team)), NOW);
    await apply(store, { kind: 'group.delete', group: 'acme' });
    expect(await store.directory.group('acme/team')).toBeNull();
    expect((await store.directory.projects(ALL)).total).toBe(0);
    expect(await store.deployTokens.admit('deploy-hash')).toBeNull();
    expect(await store.jobs.admit(job.tokenHash)).toMatchObject({ project: null });
  });

  test('a deleted project takes its deploy tokens, entries and rules along', async () => {
    const { store } = subject;
    const world = await seed(store);
    await store.deployTokens.create(deployToken(projectSource(world.app)), NOW);
    await apply(store, allow(world.other, 'project', world.app), protect(world.app, 'tag', 'v*'));
    await apply(store, { kind: 'project.delete', project: world.app });
    expect(await store.deployTokens.admit('deploy-hash')).toBeNull();
    expect(await store.deployTokens.find(projectSource(world.app), 1)).toBeNull();
    expect(await store.directory.allowlist(world.other)).toEqual([]);
    expect(await store.directory.protectionRules(world.app)).toEqual([]);
  });

  test('ids of deleted objects are never given again', async () => {
    const { store } = subject;
    const world = await seed(store);
    await apply(
      store,
      { kind: 'user.delete', user: 'bob' },
      { kind: 'group.delete', group: 'acme' },
    );
    const reopened = await subject.reopen();
    expect(await apply(reopened, makeUser('bob'))).toBeGreaterThan(world.bob);
    expect(await apply(reopened, makeGroup('acme'))).toBeGreaterThan(world.team);
    expect(await apply(reopened, makeProject('acme/other'))).toBeGreaterThan(world.other);
  });

  test('what is made anew under an old name has none of the old rights', async () => {
    const { store } = subject;
    const world = await seed(store);
    const job = await newJob(store, world);
    await store.jobs.start(job);
    await store.personalAccessTokens.create(accessToken(world.jane), NOW);
    await store.deployTokens.create(deployToken(projectSource(world.app)), NOW);
    await apply(
      store,
      join('group', 'acme', 'jane', 50),
      { kind: 'user.delete', user: 'jane' },
      { kind: 'project.delete', project: 'acme/team/app' },
    );
    const jane = await apply(store, makeUser('jane'));
    await apply(store, makeProject('acme/team/app'));
    expect(await store.directory.accessLevel(jane, groupSource(world.acme), NOW)).toBe(0);
    expect(await store.jobs.admit(job.tokenHash)).toMatchObject({ user: null, project: null });
    expect((await store.personalAccessTokens.admit('pat-hash'))?.user ?? null).toBeNull();
    expect(await store.deployTokens.admit('deploy-hash')).toBeNull();
  });

  test('a token of a deleted holder can be neither found nor revoked', async () => {
    const { store } = subject;
    const world = await seed(store);
    const holder = projectSource(world.app);
    const token = await store.deployTokens.create(deployToken(holder), NOW);
    await apply(store, { kind: 'project.delete', project: world.app });
    expect(await store.deployTokens.revoke(holder, token.id, NOW)).toBeNull();
  });
}
