/** Values with sensible defaults, so that a case names only what it is about. */
import { createHash } from 'node:crypto';
import type {
  DirectoryChange,
  GroupFields,
  ProjectFields,
  UserFields,
} from '../../src/store/directory-change.ts';
import type { AccessLevel } from '../../src/policy/facts.ts';
import type {
  NewConvertedToken,
  NewDeployToken,
  NewJob,
  NewPersonalAccessToken,
  NewRefreshToken,
  Store,
} from '../../src/store/ports.ts';
import type { MemberSource } from '../../src/store/records.ts';

/** A fixed moment; cases count from it. */
export const NOW = 1_700_000_000_000;
export const HOUR = 3_600_000;
export const ALL = { offset: 0, limit: 1000 };

const USER: UserFields = {
  name: 'Jane Doe',
  email: null,
  state: 'active',
  admin: false,
  external: false,
  twoFactor: false,
  passwordHash: null,
};
const PROJECT: ProjectFields = {
  name: 'App',
  visibility: 'private',
  registryAccess: 'enabled',
  archived: false,
  jobsEnabled: true,
  allowlistEnabled: true,
  autoDevops: false,
  autoDeployToken: null,
  jobTokenAfterJob: 'none',
};

export const makeUser = (username: string, fields: Partial<UserFields> = {}): DirectoryChange => ({
  kind: 'user.create',
  username,
  fields: { ...USER, ...fields },
  managedBy: 'api',
});

export const makeGroup = (
  fullPath: string,
  fields: Partial<GroupFields> = {},
): DirectoryChange => ({
  kind: 'group.create',
  fullPath,
  fields: { name: fullPath, visibility: 'private', ...fields },
  managedBy: 'api',
});

export const makeProject = (
  fullPath: string,
  fields: Partial<ProjectFields> = {},
): DirectoryChange => ({
  kind: 'project.create',
  fullPath,
  fields: { ...PROJECT, ...fields },
  managedBy: 'api',
});

export const join = (
  kind: 'project' | 'group',
  ref: number | string,
  user: number | string,
  accessLevel: AccessLevel,
  expiresAt: number | null = null,
): DirectoryChange => ({
  kind: 'member.set',
  source: { kind, ref },
  user,
  accessLevel,
  expiresAt,
  managedBy: 'api',
});

export const leave = (
  kind: 'project' | 'group',
  ref: number | string,
  user: number | string,
): DirectoryChange => ({ kind: 'member.remove', source: { kind, ref }, user });

export const allow = (
  target: number | string,
  kind: 'project' | 'group',
  ref: number | string,
  policies: readonly ('READ_CONTAINERS' | 'ADMIN_CONTAINERS')[] | null = null,
): DirectoryChange => ({
  kind: 'allowlist.set',
  target,
  source: { kind, ref },
  policies,
  managedBy: 'api',
});

export const protect = (
  project: number | string,
  rule: 'repository' | 'tag',
  pattern: string,
  push: AccessLevel | null = 40,
): DirectoryChange => ({
  kind: 'protection.set',
  project,
  rule,
  fields: { pattern, minimumAccessLevelForPush: push, minimumAccessLevelForDelete: null },
  managedBy: 'api',
});

/** Applies and returns the id of the last change. */
export async function apply(store: Store, ...changes: DirectoryChange[]): Promise<number> {
  const ids = await store.directory.apply(changes, NOW);
  return ids[ids.length - 1] ?? 0;
}

export interface World {
  readonly jane: number;
  readonly bob: number;
  readonly acme: number;
  readonly team: number;
  readonly app: number;
  readonly other: number;
}

/** Users jane and bob; group acme with the subgroup acme/team; projects acme/team/app and acme/other. */
export async function seed(store: Store): Promise<World> {
  const [jane = 0, bob = 0, acme = 0, team = 0, app = 0, other = 0] = await store.directory.apply(
    [
      makeUser('jane'),
      makeUser('bob'),
      makeGroup('acme'),
      makeGroup('acme/team'),
      makeProject('acme/team/app'),
      makeProject('acme/other'),
    ],
    NOW,
  );
  return { jane, bob, acme, team, app, other };
}

export const projectSource = (id: number): MemberSource => ({ kind: 'project', id });
export const groupSource = (id: number): MemberSource => ({ kind: 'group', id });

/** What the store gets of a secret, in form (credential/secret-hash.ts). */
export const hashOf = (text: string): string =>
  createHash('sha256').update(text).digest('base64url');

/** A running job of `world`, whose token's hash is that of `hash-<id>`. */
export async function newJob(
  store: Store,
  world: World,
  fields: Partial<NewJob> = {},
): Promise<NewJob> {
  const id = await store.jobs.reserveId();
  return {
    id,
    projectId: world.app,
    userId: world.jane,
    status: 'running',
    name: 'build',
    stage: 'test',
    ref: 'main',
    refProtected: true,
    environment: null,
    pipelineId: 7,
    permissions: null,
    runner: { id: 3, executor: 'docker' },
    tokenFormat: 'jwt',
    extended: false,
    tokenHash: hashOf(`hash-${id}`),
    createdAt: NOW,
    startedAt: NOW,
    deadline: NOW + HOUR,
    leaseUntil: NOW + HOUR,
    leaseSeconds: null,
    startedBy: null,
    ...fields,
  };
}

export const deployToken = (
  holder: MemberSource,
  fields: Partial<NewDeployToken> = {},
): NewDeployToken => ({
  holder,
  name: 'cluster',
  scopes: ['read_registry'],
  expiresAt: null,
  createdBy: null,
  username: null,
  hash: 'deploy-hash',
  ...fields,
});

export const accessToken = (
  userId: number,
  fields: Partial<NewPersonalAccessToken> = {},
): NewPersonalAccessToken => ({
  userId,
  name: 'laptop',
  description: null,
  scopes: ['read_registry'],
  expiresAt: null,
  hash: 'pat-hash',
  ...fields,
});

/** Of a job of jane's in `world.app`, which ended now. */
export const convertedToken = (
  { app, jane }: Pick<World, 'app' | 'jane'>,
  fields: Partial<NewConvertedToken> = {},
): NewConvertedToken => ({
  projectId: app,
  jobId: 77,
  userId: jane,
  pipelineId: 7,
  tokenHash: hashOf('converted'),
  endedAt: NOW,
  expiresAt: NOW + HOUR,
  ...fields,
});

/** For the service `registry`, with a password behind it. */
export const refreshToken = (
  userId: number,
  fields: Partial<NewRefreshToken> = {},
): NewRefreshToken => ({
  userId,
  service: 'registry',
  hash: hashOf('refresh'),
  backing: { kind: 'password', mark: 'mark' },
  expiresAt: NOW + HOUR,
  ...fields,
});

/** Texts that break careless code: SQL, patterns, prototypes, Unicode, format characters. */
export const HOSTILE_TEXTS: readonly string[] = [
  `'; DROP TABLE users; --`,
  `" OR "1"="1`,
  `%_*?[a-z]`,
  '__proto__',
  'constructor',
  'hasOwnProperty',
  'toString',
  'ünïcödé 日本語 😀',
  'e\u0301 and é',
  'line\nbreak\ttab\\backslash',
  '?1 :name @name $name',
  '{"json":[1,null]}',
  '\u202eright to left\u2028',
  ' ',
  'null',
];
