import { expect, test } from '@jest/globals';
import {
  EXECUTING_STATUSES,
  FINISHED_STATUSES,
  JOB_STATUSES,
  type JobStatus,
} from '../../../src/store/records.ts';
import type { Subject } from '../contract.ts';
import { ALL, apply, hashOf, HOUR, newJob, NOW, seed } from '../fixtures.ts';

export function jobContract(subject: Subject): void {
  const start = async (fields: Parameters<typeof newJob>[2] = {}) => {
    const world = await seed(subject.store);
    return subject.store.jobs.start(await newJob(subject.store, world, fields));
  };
  const set = (job: { projectId: number; id: number }, status: JobStatus, now = NOW) =>
    subject.store.jobs.setStatus(job.projectId, job.id, status, now);

  test('keeps every field of a job', async () => {
    const world = await seed(subject.store);
    const job = await newJob(subject.store, world, {
      name: 'bauen 😀',
      ref: null,
      refProtected: false,
      environment: 'production',
      pipelineId: null,
      permissions: 'read',
      tokenFormat: 'opaque',
      extended: true,
      leaseSeconds: 60,
      leaseUntil: NOW + 60_000,
      startedBy: 77,
    });
    const started = await subject.store.jobs.start(job);
    expect(started).toEqual({ ...job, gen: started.gen, finishedAt: null, erasedAt: null });
    expect(await subject.store.jobs.find(job.projectId, job.id)).toEqual(started);
    expect((await subject.store.jobs.admit(job.tokenHash))?.job).toEqual(started);
    expect((await subject.store.jobs.list(job.projectId, ALL)).items).toEqual([started]);
  });

  test('keeps a job without user, runner or executor', async () => {
    const job = await start({ userId: null, runner: null });
    expect(await subject.store.jobs.admit(job.tokenHash)).toMatchObject({
      job: { userId: null, runner: null },
      user: null,
    });
    const other = { ...job, id: await subject.store.jobs.reserveId(), tokenHash: hashOf('other') };
    await subject.store.jobs.start({ ...other, runner: { id: 9, executor: null } });
    const { job: found } = (await subject.store.jobs.admit(hashOf('other'))) ?? {};
    expect(found?.runner).toEqual({ id: 9, executor: null });
  });

  test('admission brings the job, its user and its project as they are now', async () => {
    const job = await start();
    await apply(
      subject.store,
      { kind: 'user.update', user: 'jane', fields: { state: 'blocked' } },
      { kind: 'project.update', project: job.projectId, fields: { jobsEnabled: false } },
    );
    const { directory } = subject.store;
    expect(await subject.store.jobs.admit(job.tokenHash)).toEqual({
      job,
      user: await directory.userByUsername('jane'),
      project: await directory.project(job.projectId),
    });
  });

  test('JOB-03: a token of no job is nobody', async () => {
    await start();
    expect(await subject.store.jobs.admit(hashOf('nothing'))).toBeNull();
    expect(await subject.store.jobs.admit('')).toBeNull();
    expect(await subject.store.jobs.admit(hashOf('HASH-1'))).toBeNull();
  });

  test('ids grow, and none is given twice, also after it was opened again', async () => {
    const before = await Promise.all(
      Array.from({ length: 150 }, () => subject.store.jobs.reserveId()),
    );
    const store = await subject.reopen();
    const after = await store.jobs.reserveId();
    expect(new Set([...before, after]).size).toBe(151);
    expect(after).toBeGreaterThan(Math.max(...before));
    expect(before).toEqual(before.toSorted((a, b) => a - b));
    expect(Math.min(...before)).toBeGreaterThan(0);
  });

  test('an id is used once', async () => {
    const job = await start();
    const again = subject.store.jobs.start({ ...job, tokenHash: hashOf('another') });
    await expect(again).rejects.toMatchObject({ code: 'conflict' });
    expect(await subject.store.jobs.admit(hashOf('another'))).toBeNull();
    expect((await subject.store.jobs.admit(job.tokenHash))?.job).toEqual(job);
  });

  test('JOB-01: a token belongs to one job', async () => {
    const job = await start();
    const id = await subject.store.jobs.reserveId();
    await expect(subject.store.jobs.start({ ...job, id })).rejects.toMatchObject({
      code: 'conflict',
    });
    expect(await subject.store.jobs.find(job.projectId, id)).toBeNull();
  });

  test.each([...FINISHED_STATUSES])('a job does not start as %s', async (status) => {
    await expect(start({ status })).rejects.toMatchObject({ code: 'bad_request' });
  });

  test.each(JOB_STATUSES)('moves from running to %s', async (status) => {
    const job = await start();
    const moved = await set(job, status, NOW + 5);
    const changed = status !== 'running';
    const finishedAt = FINISHED_STATUSES.has(status) ? NOW + 5 : null;
    expect(moved.changed).toBe(changed);
    expect(moved.job).toEqual({ ...job, status, finishedAt, gen: moved.job.gen });
    expect(moved.job.gen > job.gen).toBe(changed);
    expect((await subject.store.jobs.admit(job.tokenHash))?.job).toEqual(moved.job);
  });

  test.each([...FINISHED_STATUSES])('CD-11: a job that ended as %s stays so', async (from) => {
    const job = await start();
    const { job: ended } = await set(job, from, NOW + 5);
    for (const to of JOB_STATUSES) {
      expect(await set(job, to, NOW + 9)).toEqual({ job: ended, changed: false });
    }
    expect((await subject.store.jobs.admit(job.tokenHash))?.job).toEqual(ended);
  });

  test('CD-11: a job that is being canceled only ends', async () => {
    const job = await start();
    const { job: canceling } = await set(job, 'canceling', NOW + 5);
    for (const to of JOB_STATUSES.filter((status) => !FINISHED_STATUSES.has(status))) {
      expect(await set(job, to, NOW + 9)).toEqual({ job: canceling, changed: false });
    }
    const ended = { status: 'canceled', finishedAt: NOW + 11 };
    expect(await set(job, 'canceled', NOW + 11)).toMatchObject({ changed: true, job: ended });
  });

  test('the generation grows with each change, with a clock that stands still', async () => {
    const job = await start({ status: 'pending' });
    const gens = [job.gen];
    for (const status of ['running', 'canceling', 'failed'] as const)
      gens.push((await set(job, status)).job.gen);
    expect(new Set(gens).size).toBe(4);
    expect(gens).toEqual(gens.toSorted((a, b) => a - b));
  });

  test('an end is an end after it was opened again', async () => {
    const job = await start();
    await set(job, 'success', NOW + 1);
    const store = await subject.reopen();
    expect((await store.jobs.admit(job.tokenHash))?.job).toMatchObject({
      status: 'success',
      finishedAt: NOW + 1,
    });
  });

  test('the wrong project has no such job', async () => {
    const job = await start();
    const missing = { code: 'not_found', message: expect.stringContaining(String(job.id)) };
    const foreign = { id: job.id, projectId: job.projectId + 1 };
    await expect(set(foreign, 'success')).rejects.toMatchObject(missing);
    await expect(
      subject.store.jobs.heartbeat(foreign.projectId, job.id, NOW),
    ).rejects.toMatchObject(missing);
    expect(await subject.store.jobs.find(foreign.projectId, job.id)).toBeNull();
    await expect(set({ ...job, id: job.id + 1000 }, 'success')).rejects.toMatchObject({
      code: 'not_found',
    });
    expect((await subject.store.jobs.admit(job.tokenHash))?.job).toEqual(job);
  });

  test('a heartbeat renews the lease by its length', async () => {
    const job = await start({ leaseSeconds: 60, leaseUntil: NOW + 60_000 });
    const beaten = await subject.store.jobs.heartbeat(job.projectId, job.id, NOW + 30_000);
    expect(beaten).toEqual({ ...job, leaseUntil: NOW + 90_000 });
    expect((await subject.store.jobs.admit(job.tokenHash))?.job.leaseUntil).toBe(NOW + 90_000);
  });

  test('a heartbeat never goes beyond the deadline', async () => {
    const job = await start({ leaseSeconds: 60, deadline: NOW + 70_000, leaseUntil: NOW + 60_000 });
    const beaten = await subject.store.jobs.heartbeat(job.projectId, job.id, NOW + 30_000);
    expect(beaten.leaseUntil).toBe(NOW + 70_000);
  });

  test('a clock that was set back does not shorten a lease', async () => {
    const job = await start({ leaseSeconds: 60, leaseUntil: NOW + 60_000 });
    const beaten = await subject.store.jobs.heartbeat(job.projectId, job.id, NOW - HOUR);
    expect(beaten.leaseUntil).toBe(NOW + 60_000);
  });

  test('a heartbeat of a job without lease changes nothing', async () => {
    const job = await start();
    expect(await subject.store.jobs.heartbeat(job.projectId, job.id, NOW + 1)).toEqual(job);
  });

  test.each([
    ['lease', { leaseSeconds: 60, leaseUntil: NOW + 60_000 }],
    ['deadline', { leaseSeconds: 60, deadline: NOW + 60_000, leaseUntil: NOW + 90_000 }],
    ['deadline', { leaseSeconds: null, deadline: NOW + 60_000, leaseUntil: NOW + 60_000 }],
  ])('a %s that has passed cannot be renewed', async (_what, fields) => {
    const job = await start(fields);
    const late = subject.store.jobs.heartbeat(job.projectId, job.id, NOW + 60_000);
    await expect(late).rejects.toMatchObject({ code: 'conflict' });
    expect((await subject.store.jobs.admit(job.tokenHash))?.job).toEqual(job);
  });

  test.each(JOB_STATUSES)('a heartbeat of a job that is %s', async (status) => {
    const job = await start({ leaseSeconds: 60, leaseUntil: NOW + 60_000 });
    await set(job, status);
    const beat = subject.store.jobs.heartbeat(job.projectId, job.id, NOW + 1);
    if (EXECUTING_STATUSES.has(status))
      await expect(beat).resolves.toMatchObject({ leaseUntil: NOW + 60_001 });
    else
      await expect(beat).rejects.toMatchObject({
        code: 'conflict',
        message: expect.stringContaining(status),
      });
  });

  test('lists the jobs of one project in order of id, with totals', async () => {
    const world = await seed(subject.store);
    const ids: number[] = [];
    for (let index = 0; index < 5; index += 1) {
      const projectId = index === 2 ? world.other : world.app;
      const job = await newJob(subject.store, world, { projectId });
      await subject.store.jobs.start(job);
      if (projectId === world.app) ids.push(job.id);
    }
    const { items, total } = await subject.store.jobs.list(world.app, { offset: 1, limit: 2 });
    expect(items.map((job) => job.id)).toEqual(ids.slice(1, 3));
    expect(total).toBe(4);
    expect(await subject.store.jobs.list(world.app, { offset: 9, limit: 2 })).toEqual({
      items: [],
      total: 4,
    });
  });

  test('lists the jobs of some statuses', async () => {
    const job = await start();
    await set(job, 'failed');
    const list = async (statuses: JobStatus[]) =>
      (await subject.store.jobs.list(job.projectId, ALL, statuses)).total;
    expect(await list(['failed', 'success'])).toBe(1);
    expect(await list(['running'])).toBe(0);
    expect(await list([])).toBe(0);
  });
}
