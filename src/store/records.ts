/**
 * What the store keeps. Ids are positive integers and never used twice; times are milliseconds since the epoch;
 * null means "none", never "unknown". Secrets appear only as keyed hashes (credential/secret-hash.ts).
 */
import type { ContainersPermission } from '../credential/principal.ts';
import type {
  AccessLevel,
  JobTokenPolicy,
  ProtectionRule,
  RegistryAccess,
  Visibility,
} from '../policy/facts.ts';

export type UserState = 'active' | 'blocked';

/** Who looks after an object: the directory file (which may change and remove it) or the API. */
export type ManagedBy = 'file' | 'api';

export interface UserRecord {
  readonly id: number;
  /** Unique, compared without case; also the path of the user's own namespace. */
  readonly username: string;
  readonly name: string;
  readonly email: string | null;
  readonly state: UserState;
  readonly admin: boolean;
  readonly external: boolean;
  /** True: the password alone does not log in. */
  readonly twoFactor: boolean;
  /** PHC string (credential/password-hash.ts), or null: no password login. */
  readonly passwordHash: string | null;
  readonly managedBy: ManagedBy;
  readonly createdAt: number;
}

export interface GroupRecord {
  readonly id: number;
  readonly path: string;
  readonly fullPath: string;
  readonly name: string;
  readonly parentId: number | null;
  readonly visibility: Visibility;
  readonly managedBy: ManagedBy;
  readonly createdAt: number;
}

export interface ProjectRecord {
  readonly id: number;
  readonly path: string;
  /** Namespace and path, joined by `/`; unique among projects, groups and user namespaces, compared without case. */
  readonly fullPath: string;
  readonly name: string;
  /** A group, or a user's own namespace, whose user is its Owner. */
  readonly namespace: { readonly kind: 'group' | 'user'; readonly id: number };
  readonly visibility: Visibility;
  readonly registryAccess: RegistryAccess;
  readonly archived: boolean;
  /** False: the project runs no jobs, and no job token of it is good (GitLab's `builds_access_level: disabled`). */
  readonly jobsEnabled: boolean;
  readonly allowlistEnabled: boolean;
  /** Whether Auto DevOps is on; matters only where the instance makes deploy tokens for such projects alone. */
  readonly autoDevops: boolean;
  /** Whether the project has an automatic deploy token; null: as the instance's setting says. */
  readonly autoDeployToken: boolean | null;
  /** A person revoked the automatic deploy token, so it is not made again until the switch is set anew (AUTO-03). */
  readonly autoTokenDeclined: boolean;
  /** What a job's password is good for once the job has ended (CD-09, CD-12). */
  readonly jobTokenAfterJob: AfterJob;
  readonly managedBy: ManagedBy;
  readonly createdAt: number;
}

export type AfterJob = 'none' | 'read';

export type MemberSource = { readonly kind: 'project' | 'group'; readonly id: number };

export interface MemberRecord {
  readonly source: MemberSource;
  readonly userId: number;
  readonly accessLevel: AccessLevel;
  readonly expiresAt: number | null;
  readonly managedBy: ManagedBy;
  readonly createdAt: number;
}

/** Lets jobs of a project, or of every project under a group, use their token on the target. */
export interface AllowlistRecord {
  readonly targetProjectId: number;
  readonly source: MemberSource;
  /** null: the entry is not limited (GitLab's `default_permissions: true`). */
  readonly policies: readonly JobTokenPolicy[] | null;
  readonly managedBy: ManagedBy;
}

export interface ProtectionRuleRecord extends ProtectionRule {
  readonly id: number;
  readonly projectId: number;
  readonly kind: 'repository' | 'tag';
  readonly managedBy: ManagedBy;
}

/** One live value of a deploy token; rotation keeps at most two. */
export interface SecretRecord {
  readonly id: number;
  readonly hash: string;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly lastUsedAt: number | null;
  /** The secret itself, encrypted (credential/sealed-secret.ts), where jobs must be shown it again; else null. */
  readonly sealed: string | null;
}

/** `auto`: made by wharfpass itself, for a project (AUTO-09). */
export type DeployTokenOrigin = 'manual' | 'auto';

export interface DeployTokenRecord {
  readonly id: number;
  readonly holder: MemberSource;
  readonly name: string;
  readonly username: string;
  readonly scopes: readonly string[];
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
  readonly createdBy: number | null;
  readonly createdAt: number;
  readonly origin: DeployTokenOrigin;
  /** Seconds after which a new secret is due; null: never. Counted from the newest secret's birth. */
  readonly rotateEvery: number | null;
  /** Oldest first, the newest last. */
  readonly secrets: readonly SecretRecord[];
}

export interface PersonalAccessTokenRecord {
  readonly id: number;
  readonly userId: number;
  readonly name: string;
  readonly description: string | null;
  readonly scopes: readonly string[];
  readonly hash: string;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
  readonly createdAt: number;
  readonly lastUsedAt: number | null;
  /** The id of the first token of the chain that rotations made; its own id where there was none before it. */
  readonly familyId: number;
}

/** The credential that a refresh token stands for: with it dead, the refresh token is dead. */
export type RefreshTokenBacking =
  | { readonly kind: 'personal_access_token'; readonly tokenId: number }
  /** `mark`: a digest of the password hash; another one means the password was changed. */
  | { readonly kind: 'password'; readonly mark: string };

/** A person's refresh token for one service (the token endpoint's `offline_token`); it is not rotated on use. */
export interface RefreshTokenRecord {
  readonly id: number;
  readonly userId: number;
  /** The name of the service that it is good at. */
  readonly service: string;
  readonly hash: string;
  readonly backing: RefreshTokenBacking;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly lastUsedAt: number | null;
  readonly revokedAt: number | null;
}

/** A job's password after its job, which may still read the images of its own project (CD-09). */
export interface ConvertedTokenRecord {
  readonly id: number;
  readonly projectId: number;
  readonly jobId: number;
  readonly userId: number;
  readonly pipelineId: number | null;
  readonly tokenHash: string;
  /** When the job ended. */
  readonly endedAt: number;
  readonly expiresAt: number;
  readonly revokedAt: number | null;
  readonly lastUsedAt: number | null;
  /** Attempts to push or delete since the job ended. */
  readonly writeAttempts: number;
  readonly lastAttemptAt: number | null;
}

/** Jobs of `sourceProjectId` that came to `targetProjectId` with their token, and how often (JOB-22). */
export interface JobTokenUseRecord {
  readonly targetProjectId: number;
  readonly sourceProjectId: number;
  readonly denied: boolean;
  /** The layer that refused the last one; null where it was let in. */
  readonly refusedBy: string | null;
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly lastUserId: number | null;
  readonly lastJobId: number | null;
  readonly lastIp: string | null;
}

/** GitLab's job statuses (Ci::HasStatus). */
export const JOB_STATUSES = [
  'created',
  'waiting_for_resource',
  'preparing',
  'waiting_for_callback',
  'pending',
  'running',
  'success',
  'failed',
  'canceling',
  'canceled',
  'skipped',
  'manual',
  'scheduled',
] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

/** A job whose status is one of these has ended and never runs again. */
export const FINISHED_STATUSES: ReadonlySet<JobStatus> = new Set([
  'success',
  'failed',
  'canceled',
  'skipped',
]);

/** The statuses in which a job's token is good; `canceling` so that clean-up scripts still work. */
export const EXECUTING_STATUSES: ReadonlySet<JobStatus> = new Set(['running', 'canceling']);

/** A job that is being canceled only ends, and one that has ended stays as it is. */
export const mayFollow = (from: JobStatus, to: JobStatus): boolean =>
  !FINISHED_STATUSES.has(from) && (from !== 'canceling' || FINISHED_STATUSES.has(to));

export interface JobRunner {
  readonly id: number;
  readonly executor: string | null;
}

export interface JobRecord {
  readonly id: number;
  readonly projectId: number;
  /** null: nobody triggered it. */
  readonly userId: number | null;
  readonly status: JobStatus;
  /** Grows with every change of status, and never shrinks. */
  readonly gen: number;
  readonly name: string;
  readonly stage: string;
  readonly ref: string | null;
  readonly refProtected: boolean;
  readonly environment: string | null;
  readonly pipelineId: number | null;
  readonly permissions: ContainersPermission | null;
  readonly runner: JobRunner | null;
  readonly tokenFormat: 'jwt' | 'opaque';
  /** True: the runner was handed an extended job token too (EXT-02). */
  readonly extended: boolean;
  readonly tokenHash: string;
  readonly createdAt: number;
  readonly startedAt: number;
  readonly finishedAt: number | null;
  /** After this moment the token is dead whatever the status says. */
  readonly deadline: number;
  /** Renewed by heartbeats; equals the deadline where the CI system sends none. */
  readonly leaseUntil: number;
  /** Seconds that one heartbeat adds; null where there is no lease. */
  readonly leaseSeconds: number | null;
  readonly erasedAt: number | null;
  /** The user whose token asked for the job; null: nobody wrote it down. */
  readonly startedBy: number | null;
}
