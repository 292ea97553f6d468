/** Which fields of which objects the audit stream tells. */
import type { UserFields } from '../store/directory-change.ts';
import type {
  AllowlistRecord,
  ConvertedTokenRecord,
  DeployTokenRecord,
  GroupRecord,
  JobRecord,
  MemberRecord,
  PersonalAccessTokenRecord,
  ProjectRecord,
  ProtectionRuleRecord,
  UserRecord,
} from '../store/records.ts';

/** What is looked at of each kind of object. A record fits, and what the directory file says of one as well. */
export interface Kinds {
  readonly user: Partial<UserRecord> & Partial<UserFields>;
  readonly group: Partial<GroupRecord>;
  readonly project: Partial<ProjectRecord>;
  readonly member: Partial<Pick<MemberRecord, 'accessLevel' | 'expiresAt'>>;
  readonly allowlist_entry: Partial<Pick<AllowlistRecord, 'policies'>>;
  readonly protection_rule: Partial<ProtectionRuleRecord>;
  readonly deploy_token: Partial<DeployTokenRecord>;
  readonly personal_access_token: Partial<PersonalAccessTokenRecord>;
  readonly converted_token: Partial<ConvertedTokenRecord>;
  readonly job: Partial<JobRecord>;
}
export type Kind = keyof Kinds;

/** No list may name one of these: a secret must not get in by a slip. */
type Hidden = 'passwordHash' | 'hash' | 'tokenHash' | 'secrets' | 'sealed';
type Names<R> = { readonly [F in Exclude<keyof R, Hidden>]?: string };

/**
 * The closed lists: which fields of a record are told, and by which name. What is not here stays out, whatever a record
 * has or will have: hashes, sealed secrets, and the like.
 */
export const TOLD: { readonly [K in Kind]: Names<Kinds[K]> } = {
  user: {
    username: 'username',
    name: 'name',
    email: 'email',
    state: 'state',
    admin: 'admin',
    external: 'external',
    twoFactor: 'two_factor_enabled',
  },
  group: { fullPath: 'full_path', name: 'name', visibility: 'visibility' },
  project: {
    fullPath: 'full_path',
    name: 'name',
    visibility: 'visibility',
    registryAccess: 'container_registry_access_level',
    archived: 'archived',
    jobsEnabled: 'jobs_enabled',
    allowlistEnabled: 'ci_job_token_scope_enabled',
    autoDevops: 'auto_devops',
    autoDeployToken: 'auto_deploy_token',
    autoTokenDeclined: 'auto_deploy_token_revoked',
    jobTokenAfterJob: 'job_token_after_job',
  },
  member: { accessLevel: 'access_level', expiresAt: 'expires_at' },
  allowlist_entry: { policies: 'policies' },
  protection_rule: {
    pattern: 'pattern',
    minimumAccessLevelForPush: 'minimum_access_level_for_push',
    minimumAccessLevelForDelete: 'minimum_access_level_for_delete',
  },
  deploy_token: {
    name: 'name',
    username: 'username',
    scopes: 'scopes',
    expiresAt: 'expires_at',
    revokedAt: 'revoked_at',
    rotateEvery: 'rotate_every',
  },
  personal_access_token: {
    name: 'name',
    scopes: 'scopes',
    expiresAt: 'expires_at',
    revokedAt: 'revoked_at',
  },
  converted_token: { expiresAt: 'expires_at', revokedAt: 'revoked_at' },
  job: {
    status: 'status',
    ref: 'ref',
    refProtected: 'ref_protected',
    environment: 'environment',
    extended: 'extended',
    deadline: 'deadline',
    finishedAt: 'finished_at',
  },
};

/** Milliseconds in a record, ISO 8601 in the stream. */
export const TIMES: ReadonlySet<string> = new Set([
  'expiresAt',
  'revokedAt',
  'deadline',
  'finishedAt',
]);
