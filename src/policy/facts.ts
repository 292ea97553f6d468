/**
 * What policy needs to know about the world, gathered before it is asked. Plain values only: no promise, no clock.
 */
export type Visibility = 'public' | 'internal' | 'private';

/** GitLab's `container_registry_access_level`: everyone with access, only members, nobody. */
export type RegistryAccess = 'enabled' | 'private' | 'disabled';

/** GitLab's access levels; 0 is "not a member". */
export const ACCESS = {
  none: 0,
  guest: 10,
  planner: 15,
  reporter: 20,
  developer: 30,
  maintainer: 40,
  owner: 50,
} as const;

export type AccessLevel = (typeof ACCESS)[keyof typeof ACCESS];

/** Accepted names (LOW-04, LOW-20). Only CONTAINERS means anything to a registry. */
export const PERMISSION_GROUPS = [
  'CONTAINERS',
  'DEPLOYMENTS',
  'ENVIRONMENTS',
  'JOBS',
  'PACKAGES',
  'RELEASES',
  'SECURE_FILES',
  'TERRAFORM_STATE',
] as const;

export type PermissionGroup = (typeof PERMISSION_GROUPS)[number];

/** The resource permissions that an allowlist entry may grant a job of another project. */
export type JobTokenPolicy = `${'READ' | 'ADMIN'}_${PermissionGroup}`;

export const JOB_TOKEN_POLICIES: readonly JobTokenPolicy[] = PERMISSION_GROUPS.flatMap(
  (group) => [`READ_${group}`, `ADMIN_${group}`] as const,
);

/** Who may come in with a job token. `policies: null` means the entry is not limited. */
export interface AllowlistEntry {
  readonly policies: readonly JobTokenPolicy[] | null;
}

/** Nobody below `minimum…` may do it; null leaves that action alone. Admins pass unless they act through a job. */
export interface ProtectionRule {
  readonly pattern: string;
  readonly minimumAccessLevelForPush: AccessLevel | null;
  readonly minimumAccessLevelForDelete: AccessLevel | null;
}

/** A project that a requested repository name belongs to, seen from the actor that asks. */
export interface TargetFacts {
  readonly projectId: number;
  readonly projectPath: string;
  readonly visibility: Visibility;
  readonly registryAccess: RegistryAccess;
  readonly archived: boolean;
  /** Groups above the project, nearest first. */
  readonly groupIds: readonly number[];
  /** The actor's highest live membership in the project or a group above it. */
  readonly accessLevel: AccessLevel;
  /** False: the target lets every project's jobs in, unless the instance enforces allowlists. */
  readonly allowlistEnabled: boolean;
  /** The nearest entry that admits the job's home project, or null. */
  readonly allowlistEntry: AllowlistEntry | null;
  readonly repositoryRules: readonly ProtectionRule[];
  readonly tagRules: readonly ProtectionRule[];
}
