/** Jobs and tokens that a suite ends and then tries to use. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../../../src/errors.ts';
import type { Store } from '../../../../src/store/ports.ts';
import { EXECUTING_STATUSES, type JobRecord } from '../../../../src/store/records.ts';
import { makeProject, makeUser } from '../../fixtures.ts';

/** What these suites need of an instance, in this process or in one of its own. */
export type Instance = Pick<
  Store,
  'directory' | 'jobs' | 'deployTokens' | 'personalAccessTokens' | 'serving' | 'close'
>;

export interface Credential {
  /** For messages: kind and id. */
  readonly name: string;
  readonly hash: string;
  /** Finishes the job or revokes the token. Resolves once it is acknowledged. */
  end(instance: Instance): Promise<unknown>;
  /** Rejects with `store_unavailable` where the instance cannot say. */
  isAdmitted(instance: Instance): Promise<boolean>;
}

export interface Owner {
  readonly userId: number;
  readonly projectId: number;
}

const LIFE = 3_600_000;
const JOB = {
  status: 'running',
  name: 'build',
  stage: 'test',
  ref: 'main',
  refProtected: true,
  environment: null,
  pipelineId: 7,
  permissions: null,
  runner: null,
  tokenFormat: 'opaque',
  extended: false,
  leaseSeconds: null,
  startedBy: null,
} as const;
const randomHash = (): string => randomBytes(32).toString('base64url');

export const isUnavailable = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'store_unavailable';

/** For what a suite only needs to begin with: a busy machine is too late now and then. */
async function patiently<T>(make: () => Promise<T>): Promise<T> {
  const giveUpAt = performance.now() + 30_000;
  for (;;) {
    try {
      return await make();
    } catch (error) {
      if (!isUnavailable(error) || performance.now() > giveUpAt) throw error;
      await sleep(100);
    }
  }
}

/** As credential/job-token.ts asks. */
function isGood(job: JobRecord, now: number): boolean {
  return EXECUTING_STATUSES.has(job.status) && now < Math.min(job.deadline, job.leaseUntil);
}

async function createOneOwner({ directory }: Instance): Promise<Owner> {
  const name = `u${randomBytes(4).toString('hex')}`;
  const changes = [makeUser(name), makeProject(`${name}/app`)];
  const [userId = 0, projectId = 0] = await directory.apply(changes, Date.now());
  return { userId, projectId };
}

async function startOne({ jobs }: Instance, owner: Owner): Promise<Credential> {
  const now = Date.now();
  const id = await jobs.reserveId();
  const hash = randomHash();
  const deadline = now + LIFE;
  await jobs.start({
    ...JOB,
    ...owner,
    id,
    tokenHash: hash,
    createdAt: now,
    startedAt: now,
    deadline,
    leaseUntil: deadline,
  });
  return {
    hash,
    name: `job ${id}`,
    end: (instance) => instance.jobs.setStatus(owner.projectId, id, 'success', Date.now()),
    isAdmitted: async (instance) => {
      const admission = await instance.jobs.admit(hash);
      return admission !== null && isGood(admission.job, Date.now());
    },
  };
}

async function createOneDeployToken(
  { deployTokens }: Instance,
  { projectId }: Owner,
): Promise<Credential> {
  const holder = { kind: 'project', id: projectId } as const;
  const hash = randomHash();
  const fields = { name: 'n', scopes: ['read_registry'], expiresAt: null, createdBy: null };
  const { id } = await deployTokens.create({ ...fields, holder, hash, username: null }, Date.now());
  return {
    hash,
    name: `deploy token ${id}`,
    end: (instance) => instance.deployTokens.revoke(holder, id, Date.now()),
    isAdmitted: async (instance) => {
      const admission = await instance.deployTokens.admit(hash);
      return admission !== null && admission.token.revokedAt === null;
    },
  };
}

async function createOneAccessToken(
  { personalAccessTokens }: Instance,
  { userId }: Owner,
): Promise<Credential> {
  const hash = randomHash();
  const fields = { name: 'n', description: null, scopes: ['read_registry'], expiresAt: null };
  const { id } = await personalAccessTokens.create({ ...fields, userId, hash }, Date.now());
  return {
    hash,
    name: `personal access token ${id}`,
    end: (instance) => instance.personalAccessTokens.revoke(id, Date.now()),
    isAdmitted: async (instance) => {
      const admission = await instance.personalAccessTokens.admit(hash);
      return admission !== null && admission.token.revokedAt === null;
    },
  };
}

export const createOwner = (instance: Instance): Promise<Owner> =>
  patiently(() => createOneOwner(instance));

/** A running job without a lease, that may go on for an hour. */
export const startJob = (instance: Instance, owner: Owner): Promise<Credential> =>
  patiently(() => startOne(instance, owner));

export const createDeployToken = (instance: Instance, owner: Owner): Promise<Credential> =>
  patiently(() => createOneDeployToken(instance, owner));

export const createAccessToken = (instance: Instance, owner: Owner): Promise<Credential> =>
  patiently(() => createOneAccessToken(instance, owner));
