import { expect } from '@jest/globals';
import type { Jobs, NewJob } from '../../../../src/store/ports.ts';
import type { JobRecord } from '../../../../src/store/records.ts';
import { until } from '../../../support/redis/child.ts';
import { ALL, hashOf, HOUR, newJob } from '../../fixtures.ts';
import { NOW, type Lane } from './lane.ts';
import { reads, readsChanged } from './read-cases.ts';
import type { Cases, Prepare } from './trial.ts';

const TIMES = { createdAt: NOW, startedAt: NOW, deadline: NOW + HOUR, leaseUntil: NOW + HOUR };

const someJob = ({ onlooker, world }: Lane, fields: Partial<NewJob> = {}): Promise<NewJob> =>
  newJob(onlooker, world, { ...TIMES, ...fields });

async function startJob(lane: Lane, fields: Partial<NewJob> = {}) {
  return lane.onlooker.jobs.start(await someJob(lane, fields));
}

const isLive = (job: JobRecord | undefined): boolean => job?.status === 'running';

/** Refused or unknown is safe; a live job is not. */
async function expectNotLive({ store }: Lane, tokenHash: string): Promise<void> {
  const admission = await store.jobs.admit(tokenHash).catch(() => null);
  expect(isLive(admission?.job)).toBe(false);
}

const reserves: Prepare = async ({ store, onlooker }) => {
  const before = await onlooker.jobs.reserveId();
  let mine = before;
  return {
    call: () => store.jobs.reserveId(),
    right: (id) => {
      mine = Number(id);
      expect(Number.isSafeInteger(mine)).toBe(true);
      expect(mine).not.toBe(before);
    },
    afterwards: async () => {
      const next = [await store.jobs.reserveId(), await onlooker.jobs.reserveId()];
      expect(new Set([...next, mine, before]).size).toBe(mine === before ? 3 : 4);
    },
  };
};

/** A start that was refused leaves no job alive, on any instance. */
const starts: Prepare = async (lane) => {
  const { store, onlooker, world } = lane;
  const job = await someJob(lane);
  const seen = async () => (await onlooker.jobs.admit(job.tokenHash))?.job;
  return {
    call: () => store.jobs.start(job),
    right: async (answer) => {
      expect(answer).toMatchObject({ id: job.id, status: 'running', gen: 1, finishedAt: null });
      expect(await seen()).toEqual(answer);
      expect(await onlooker.jobs.find(world.app, job.id)).toEqual(answer);
    },
    refused: () => expectNotLive(lane, job.tokenHash),
    afterwards: async (done) => {
      if (!done) await until('the job is gone', async () => !isLive(await seen()), 2000);
      const { items } = await onlooker.jobs.list(world.app, ALL);
      const found = items.filter(({ id }) => id === job.id).length;
      expect(found).toBeLessThanOrEqual(1);
      if (done) expect(found).toBe(1);
      if (!done) await expectNotLive(lane, job.tokenHash);
    },
  };
};

/** An end that is acknowledged is refused everywhere; one that is not is refused here at once, and everywhere later. */
const ends: Prepare = async (lane) => {
  const { store, onlooker, world } = lane;
  const { id, tokenHash } = await startJob(lane);
  const end = () => store.jobs.setStatus(world.app, id, 'success', NOW + 1);
  const seen = async () => (await onlooker.jobs.admit(tokenHash))?.job;
  return {
    call: end,
    right: async (answer) => {
      expect(answer).toMatchObject({ job: { id, status: 'success', gen: 2 } });
      expect(await seen()).toMatchObject({ id, status: 'success', gen: 2 });
    },
    refused: () => expectNotLive(lane, tokenHash),
    afterwards: async () => {
      await until('the end has arrived', async () => (await seen())?.status === 'success', 2000);
      expect(await end()).toMatchObject({ changed: false, job: { status: 'success', gen: 2 } });
      expect(await seen()).toMatchObject({ gen: 2, finishedAt: NOW + 1 });
    },
  };
};

const movesOn: Prepare = async (lane) => {
  const { store, onlooker, world } = lane;
  const { id } = await startJob(lane, { status: 'pending' });
  const move = () => store.jobs.setStatus(world.app, id, 'running', NOW);
  const moved = { id, status: 'running', gen: 2 };
  return {
    call: move,
    right: async (answer) => {
      expect(answer).toMatchObject({ job: moved });
      expect(await onlooker.jobs.find(world.app, id)).toMatchObject(moved);
    },
    afterwards: async () => {
      await move();
      expect(await onlooker.jobs.find(world.app, id)).toMatchObject(moved);
    },
  };
};

const LEASE = { leaseSeconds: 60, leaseUntil: NOW + 30_000 };

const beats: Prepare = async (lane) => {
  const { store, onlooker, world } = lane;
  const { id } = await startJob(lane, LEASE);
  const beat = () => store.jobs.heartbeat(world.app, id, NOW);
  const renewed = { id, gen: 1, leaseUntil: NOW + 60_000 };
  return {
    call: beat,
    right: async (answer) => {
      expect(answer).toMatchObject(renewed);
      expect(await onlooker.jobs.find(world.app, id)).toMatchObject(renewed);
    },
    afterwards: async () => expect(await beat()).toMatchObject(renewed),
  };
};

async function endedJob(lane: Lane): Promise<JobRecord> {
  const job = await startJob(lane);
  // This instance has seen it alive.
  expect(isLive((await lane.store.jobs.admit(job.tokenHash))?.job)).toBe(true);
  const { id, projectId } = job;
  return (await lane.onlooker.jobs.setStatus(projectId, id, 'success', NOW)).job;
}

export const jobCases: Cases<Jobs> = {
  reserveId: { 'a new one': reserves },
  start: { 'a new job': starts },
  setStatus: { 'to an end': ends, 'on its way': movesOn },
  heartbeat: { 'of a job with a lease': beats },
  admit: {
    'of a live job': readsChanged(startJob, ({ jobs }, { tokenHash }) => jobs.admit(tokenHash)),
    'of a job that ended elsewhere': readsChanged(endedJob, ({ jobs }, { tokenHash }) =>
      jobs.admit(tokenHash),
    ),
    'of no job': readsChanged(
      async ({ unique }) => hashOf(unique()),
      ({ jobs }, hash) => jobs.admit(hash),
    ),
  },
  find: {
    'a job': readsChanged(startJob, ({ jobs }, { projectId, id }) => jobs.find(projectId, id)),
    'no job': reads(({ jobs }, { world }) => jobs.find(world.app, 2_000_000)),
  },
  list: {
    'those of a project': readsChanged(startJob, ({ jobs }, { projectId }) =>
      jobs.list(projectId, { offset: 0, limit: 5 }),
    ),
    none: reads(({ jobs }, { world }) => jobs.list(world.other, ALL)),
  },
  walk: {
    'none of a project': reads(({ jobs }, { world }) =>
      jobs.walk({ projectId: world.other, endedAfter: 0 }, 0),
    ),
    'one after the others': readsChanged(startJob, ({ jobs }, { id, projectId, userId }) =>
      jobs.walk({ projectId, ...(userId !== null && { userId }), endedAfter: 0 }, id - 1),
    ),
  },
};
