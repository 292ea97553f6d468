import { afterAll, afterEach, beforeAll, beforeEach, describe } from '@jest/globals';
import { rmSync } from 'node:fs';
import { openEmbeddedStore } from '../../../../src/store/embedded/open.ts';
import type { JobAdmission, Jobs, NewJob, Store } from '../../../../src/store/ports.ts';
import type { JobRecord } from '../../../../src/store/records.ts';
import { startRedis, type SingleRedis } from '../../../support/redis/single.ts';
import { cascadeContract } from '../../contract/cascades.ts';
import { hostileContract } from '../../contract/hostile.ts';
import { jobContract } from '../../contract/jobs.ts';
import { parallelContract } from '../../contract/parallel.ts';
import type { Subject } from '../../contract.ts';
import { ALL, NOW } from '../../fixtures.ts';
import { hashOf, newFolder, newPrefix, openInstance, silent, type Instance } from './support.ts';

/** The contract's cases name tokens by short texts; the store takes nothing but the keyed hashes of tokens. */
function byAnyName(jobs: Jobs): Jobs {
  const names = new Map<string, string>();
  const named = (job: JobRecord): JobRecord => ({
    ...job,
    tokenHash: names.get(job.tokenHash) ?? job.tokenHash,
  });
  const hashed = (name: string): string => {
    const hash = hashOf(name);
    names.set(hash, name);
    return hash;
  };
  return {
    reserveId: jobs.reserveId,
    start: async (job: NewJob) =>
      named(await jobs.start({ ...job, tokenHash: hashed(job.tokenHash) })),
    setStatus: async (...args) => {
      const { job, changed } = await jobs.setStatus(...args);
      return { job: named(job), changed };
    },
    heartbeat: async (...args) => named(await jobs.heartbeat(...args)),
    admit: async (name): Promise<JobAdmission | null> => {
      const found = await jobs.admit(hashed(name));
      return found === null ? null : { ...found, job: named(found.job) };
    },
    find: async (...args) => {
      const job = await jobs.find(...args);
      return job === null ? null : named(job);
    },
    list: async (...args) => {
      const { items, total } = await jobs.list(...args);
      return { items: items.map(named), total };
    },
  };
}

/** Tells the jobs of users and projects that a change of the directory took away. */
function withCascades(store: Store, instance: Instance): Store {
  const { directory } = store;
  const idsOf = async (what: 'users' | 'projects'): Promise<number[]> =>
    (await directory[what](ALL)).items.map(({ id }) => id);
  const apply: typeof directory.apply = async (changes, now) => {
    const [users, projects] = [await idsOf('users'), await idsOf('projects')];
    const ids = await directory.apply(changes, now);
    const left = {
      users: new Set(await idsOf('users')),
      projects: new Set(await idsOf('projects')),
    };
    const userIds = users.filter((id) => !left.users.has(id));
    const projectIds = projects.filter((id) => !left.projects.has(id));
    await instance.jobs.endJobsOf({ userIds, projectIds }, now);
    return ids;
  };
  return { ...store, directory: { ...directory, apply }, jobs: byAnyName(instance.jobs) };
}

let server: SingleRedis;
beforeAll(async () => {
  server = await startRedis({ config: { appendfsync: 'no' } });
});
afterAll(() => server.stop());

async function open(prefix: string, dataDir: string) {
  const clock = { now: () => NOW };
  const embedded = await openEmbeddedStore({ dataDir, clock, log: silent });
  const instance = await openInstance(server, {
    prefix,
    dataDir,
    journalClock: clock,
    ownersOf: async ({ userId, projectId }) => ({
      user: userId === null ? null : await embedded.directory.user(userId),
      project: await embedded.directory.project(projectId),
    }),
  });
  const close = async (): Promise<void> => {
    await instance.close();
    await embedded.close();
  };
  return { store: withCascades(embedded, instance), close };
}

describe('jobs on Redis keep the contract', () => {
  let opened: Awaited<ReturnType<typeof open>>;
  let prefix: string;
  let dataDir: string;
  beforeEach(async () => {
    [prefix, dataDir] = [newPrefix(), newFolder()];
    opened = await open(prefix, dataDir);
  });
  afterEach(async () => {
    await opened.close();
    rmSync(dataDir, { recursive: true });
  });
  const subject: Subject = {
    get store() {
      return opened.store;
    },
    reopen: async () => {
      await opened.close();
      opened = await open(prefix, dataDir);
      return opened.store;
    },
  };
  describe('jobs', () => jobContract(subject));
  describe('cascades', () => cascadeContract(subject));
  describe('parallel callers', () => parallelContract(subject));
  describe('hostile text', () => hostileContract(subject));
});
