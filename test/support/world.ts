/**
 * A world for tests: a temporary folder with real keys and a real embedded store, and verbs that fill it. A server
 * started over the same folders sees every change at once.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSealedSecrets } from '../../src/credential/sealed-secret.ts';
import { createSecretHash } from '../../src/credential/secret-hash.ts';
import { createDeployToken } from '../../src/lifecycle/deploy-tokens.ts';
import type { LifecycleDependencies } from '../../src/lifecycle/dependencies.ts';
import { createPersonalAccessToken } from '../../src/lifecycle/personal-access-tokens.ts';
import { startJob, type JobRequest, type StartedJob } from '../../src/lifecycle/start-job.ts';
import { createUser, type UserChange } from '../../src/lifecycle/users.ts';
import { ACCESS, type AccessLevel, type JobTokenPolicy } from '../../src/policy/facts.ts';
import { loadSettings } from '../../src/settings/load.ts';
import { openKeys, type Keys } from '../../src/signing/open-keys.ts';
import type { DirectoryChange, ProjectFields } from '../../src/store/directory-change.ts';
import { openEmbeddedStore, type EmbeddedStore } from '../../src/store/embedded/open.ts';
import type { ProjectRecord, UserRecord } from '../../src/store/records.ts';
import { longestLife } from '../../src/settings/longest-life.ts';
import { logLines, type LogLines } from './log-lines.ts';
import { manualClock, type ManualClock } from './manual-clock.ts';

type PersonalAccessTokenScopes = Parameters<typeof createPersonalAccessToken>[1]['scopes'];
type DeployTokenRequest = Parameters<typeof createDeployToken>[1];

export interface World extends LifecycleDependencies {
  readonly folder: string;
  readonly store: EmbeddedStore;
  readonly keys: Keys;
  readonly clock: ManualClock;
  readonly logged: LogLines;
  apply(...changes: DirectoryChange[]): Promise<void>;
  user(username: string, fields?: UserChange): Promise<UserRecord>;
  group(fullPath: string): Promise<number>;
  project(fullPath: string, fields?: Partial<ProjectFields>): Promise<ProjectRecord>;
  member(project: string, username: string, level: keyof typeof ACCESS): Promise<void>;
  allow(target: string, source: string, policies?: readonly JobTokenPolicy[]): Promise<void>;
  personalAccessToken(
    user: UserRecord,
    scopes: PersonalAccessTokenScopes,
    expiresAt?: number | null,
  ): Promise<{ readonly id: number; readonly secret: string }>;
  deployToken(
    project: ProjectRecord,
    scopes: DeployTokenRequest['scopes'],
    more?: Partial<DeployTokenRequest>,
  ): Promise<{ readonly id: number; readonly username: string; readonly secret: string }>;
  job(project: ProjectRecord, user: UserRecord, more?: Partial<JobRequest>): Promise<StartedJob>;
  close(): Promise<void>;
}

const PROJECT: Omit<ProjectFields, 'name'> = {
  visibility: 'private',
  registryAccess: 'enabled',
  archived: false,
  jobsEnabled: true,
  allowlistEnabled: true,
  autoDevops: false,
  autoDeployToken: null,
  jobTokenAfterJob: 'none',
};

const JOB: Omit<JobRequest, 'project' | 'user'> = {
  name: 'build',
  stage: 'test',
  ref: 'main',
  refProtected: false,
  environment: null,
  pipelineId: 11,
  timeout: null,
  lease: null,
  permissions: null,
  tokenFormat: null,
  runner: { id: 5, executor: 'docker' },
  startedBy: null,
};

const managedBy = 'api' as const;

async function openFolders(settingsYaml: string) {
  const folder = await mkdtemp(join(tmpdir(), 'wharfpass-test-'));
  const file = join(folder, 'wharfpass.yml');
  const addresses = 'listen: 127.0.0.1:0\nmetrics: {listen: 127.0.0.1:0}\n';
  await writeFile(file, addresses + settingsYaml, { mode: 0o600 });
  const settings = loadSettings({ file, env: {}, cwd: folder });
  const logged = logLines();
  const clock = manualClock();
  const { log } = logged;
  const maxTokenTtl = longestLife(settings.token.ttl);
  const keys = await openKeys({ folder: settings.keys_dir, settings, clock, log, maxTokenTtl });
  const store = await openEmbeddedStore({ dataDir: settings.data_dir, clock, log });
  const secretHash = createSecretHash(keys.secretHashKey);
  const jobTokens = keys.jobTokenSigner;
  const extendedTokens = keys.extendedTokenSigner;
  const sealedSecrets = createSealedSecrets(keys.deployTokenSealKey);
  const tokens = { secretHash, sealedSecrets, jobTokens, extendedTokens };
  return { folder, settings, logged, clock, keys, store, ...tokens };
}

/** @param settingsYaml lines of a settings file; the folders are temporary and the ports are free in any case */
export async function openWorld(settingsYaml = ''): Promise<World> {
  const base = await openFolders(settingsYaml);
  const { store, clock, keys, folder } = base;
  const apply = async (...changes: DirectoryChange[]) =>
    store.directory.apply(changes, clock.now());

  return {
    ...base,
    apply: async (...changes) => void (await apply(...changes)),
    user: (username, fields = {}) => createUser(base, username, fields),
    group: async (fullPath) => {
      const fields = { name: fullPath, visibility: 'private' } as const;
      const [id = 0] = await apply({ kind: 'group.create', fullPath, fields, managedBy });
      return id;
    },
    project: async (fullPath, more = {}) => {
      const fields = { ...PROJECT, name: fullPath, ...more };
      await apply({ kind: 'project.create', fullPath, fields, managedBy });
      const project = await store.directory.project(fullPath);
      if (project === null) throw new Error(`no project ${fullPath}`);
      return project;
    },
    member: async (ref, user, level) => {
      const accessLevel: AccessLevel = ACCESS[level];
      const source = { kind: 'project', ref } as const;
      const member = { source, user, accessLevel, expiresAt: null, managedBy };
      await apply({ kind: 'member.set', ...member });
    },
    allow: async (target, ref, policies) => {
      const source = { kind: 'project', ref } as const;
      await apply({ kind: 'allowlist.set', target, source, policies: policies ?? null, managedBy });
    },
    personalAccessToken: async (user, scopes, expiresAt = null) => {
      const maker = { admin: true, tokenExpiresAt: null };
      const request = { user, name: 'test', description: null, scopes, expiresAt, maker };
      const { token, secret } = await createPersonalAccessToken(base, request);
      return { id: token.id, secret: secret.reveal() };
    },
    deployToken: async (project, scopes, more = {}) => {
      const holder = { kind: 'project', id: project.id } as const;
      const request = { holder, name: 'deploy', username: null, expiresAt: null, createdBy: null };
      const { token, secret } = await createDeployToken(base, { ...request, scopes, ...more });
      return { id: token.id, username: token.username, secret: secret.reveal() };
    },
    job: (project, user, more = {}) => startJob(base, { ...JOB, project, user: user.id, ...more }),
    close: async () => {
      await store.close();
      await keys.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
