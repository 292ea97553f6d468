/** Random credentials of a few users, groups and projects, and what is left of them, seen by other ways than a walk's. */
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import type { DirectoryChange } from '../../../src/store/directory-change.ts';
import type { Store } from '../../../src/store/ports.ts';
import type {
  ConvertedTokenRecord,
  DeployTokenRecord,
  JobRecord,
  PersonalAccessTokenRecord,
  RefreshTokenRecord,
} from '../../../src/store/records.ts';
import {
  accessToken,
  ALL,
  convertedToken,
  deployToken,
  groupSource,
  HOUR,
  makeGroup,
  makeProject,
  makeUser,
  newJob,
  NOW,
  projectSource,
  refreshToken,
} from '../../store/fixtures.ts';

export const MINUTE = 60_000;
/** Credentials are born within the hour before. */
export const PRESENT = NOW + HOUR;

export interface Scene {
  readonly store: Store;
  readonly users: readonly number[];
  /** acme, acme/team, other */
  readonly groups: readonly number[];
  /** acme/app; acme/team/lib and other/site, whose jobs leave passwords that read */
  readonly projects: readonly number[];
}

export const GROUP_PATHS = ['acme', 'acme/team', 'other'];
/** By project: the groups that it lies under. */
export const GROUPS_ABOVE = [[0], [0, 1], [2]];

const reads = (change: DirectoryChange): DirectoryChange =>
  change.kind === 'project.create'
    ? { ...change, fields: { ...change.fields, jobTokenAfterJob: 'read' } }
    : change;

export async function openScene(store: Store): Promise<Scene> {
  const ids = await store.directory.apply(
    [
      ...['jane', 'bob', 'eve'].map((name) => makeUser(name)),
      ...GROUP_PATHS.map((path) => makeGroup(path)),
      makeProject('acme/app'),
      reads(makeProject('acme/team/lib')),
      reads(makeProject('other/site')),
    ],
    NOW,
  );
  return { store, users: ids.slice(0, 3), groups: ids.slice(3, 6), projects: ids.slice(6, 9) };
}

const three = fc.nat(2);
const bornAt = fc.nat(60);

/** Numbers stand for users, groups and projects of the scene, and for minutes. */
export const credentials = fc.record({
  jobs: fc.array(
    fc.record({
      project: three,
      user: three,
      startedBy: fc.option(three),
      runner: fc.option(three),
      pipeline: fc.option(three),
      born: bornAt,
      /** Minutes that it lives by itself. */
      life: fc.integer({ min: 1, max: 120 }),
      /** Minutes after which the CI system ended it. */
      ended: fc.option(fc.integer({ min: 0, max: 60 })),
    }),
    { maxLength: 6 },
  ),
  deployTokens: fc.array(
    fc.record({ group: fc.boolean(), holder: three, issuer: fc.option(three), born: bornAt }),
    { maxLength: 4 },
  ),
  personal: fc.array(fc.record({ user: three, born: bornAt }), { maxLength: 4 }),
  refresh: fc.array(fc.record({ user: three, born: bornAt }), { maxLength: 3 }),
});
type Credentials = ReturnType<typeof credentials.generate>['value'];

const newHash = (): string => randomBytes(32).toString('base64url');
const at = <T>(list: readonly T[], index: number): T => list[index] as T;
const orNull = <T>(list: readonly T[], index: number | null): T | null =>
  index === null ? null : at(list, index);

async function startJob(scene: Scene, wanted: Credentials['jobs'][number]): Promise<void> {
  const { store, users, projects } = scene;
  const startedAt = NOW + wanted.born * MINUTE;
  const deadline = startedAt + wanted.life * MINUTE;
  const world = { jane: 0, bob: 0, acme: 0, team: 0, app: 0, other: 0 };
  const job = await store.jobs.start(
    await newJob(store, world, {
      projectId: at(projects, wanted.project),
      userId: at(users, wanted.user),
      startedBy: orNull(users, wanted.startedBy),
      runner: wanted.runner === null ? null : { id: wanted.runner + 1, executor: null },
      pipelineId: wanted.pipeline === null ? null : wanted.pipeline + 1,
      tokenHash: newHash(),
      createdAt: startedAt,
      startedAt,
      deadline,
      leaseUntil: deadline,
    }),
  );
  if (wanted.ended === null) return;
  const endedAt = Math.min(startedAt + wanted.ended * MINUTE, PRESENT - 1);
  await store.jobs.setStatus(job.projectId, job.id, 'success', endedAt);
  if (wanted.project === 0 || endedAt >= deadline) return;
  const { projectId, id: jobId, userId, pipelineId, tokenHash } = job;
  const about = { projectId, jobId, userId: userId ?? 0, pipelineId, tokenHash };
  const expiresAt = endedAt + 24 * HOUR;
  await store.convertedTokens.record(
    convertedToken({ app: 0, jane: 0 }, { ...about, endedAt, expiresAt }),
    endedAt,
  );
}

export async function fill(scene: Scene, wanted: Credentials): Promise<void> {
  const { store, users, groups, projects } = scene;
  for (const job of wanted.jobs) await startJob(scene, job);
  for (const { group, holder, issuer, born } of wanted.deployTokens) {
    const source = group ? groupSource(at(groups, holder)) : projectSource(at(projects, holder));
    const fields = { hash: newHash(), createdBy: orNull(users, issuer) };
    await store.deployTokens.create(deployToken(source, fields), NOW + born * MINUTE);
  }
  for (const { user, born } of wanted.personal) {
    const token = accessToken(at(users, user), { hash: newHash() });
    await store.personalAccessTokens.create(token, NOW + born * MINUTE);
  }
  for (const { user, born } of wanted.refresh) {
    const ends = { hash: newHash(), expiresAt: PRESENT + HOUR };
    const token = refreshToken(at(users, user), ends);
    await store.refreshTokens.create(token, 1000, NOW + born * MINUTE);
  }
}

/** All that there is, live or not. */
export interface Everything {
  readonly jobs: readonly JobRecord[];
  readonly converted_tokens: readonly ConvertedTokenRecord[];
  readonly deploy_tokens: readonly DeployTokenRecord[];
  readonly personal_access_tokens: readonly PersonalAccessTokenRecord[];
  readonly refresh_tokens: readonly RefreshTokenRecord[];
}

const MANY = { ...ALL, limit: 100_000 };

export async function everything({ store, projects }: Scene): Promise<Everything> {
  const byProject = <T>(list: (id: number) => Promise<{ readonly items: readonly T[] }>) =>
    Promise.all(projects.map(list)).then((slices) => slices.flatMap(({ items }) => items));
  const now = PRESENT;
  return {
    jobs: await byProject((id) => store.jobs.list(id, MANY)),
    converted_tokens: await byProject((id) => store.convertedTokens.list(id, MANY, { now })),
    deploy_tokens: (await store.deployTokens.list(null, MANY)).items,
    personal_access_tokens: (await store.personalAccessTokens.list({ now }, MANY)).items,
    refresh_tokens: (await store.refreshTokens.list({ now }, MANY)).items,
  };
}
