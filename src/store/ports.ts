/**
 * The ports. Every method is one atomic domain verb: it happens as a whole or not at all, also when the process is
 * killed in the middle, and a write that has resolved is durable. A method waits a bounded time and then rejects with
 * AppError `store_unavailable`; any other AppError (`conflict`, `not_found`, `bad_request`) is the domain's answer and
 * its message is written for the person who asked. A missing record is null (or an empty list), never an exception.
 */
import type { TargetFacts } from '../policy/facts.ts';
import type { Bulk } from './bulk.ts';
import type { DirectoryChange, DirectorySnapshot } from './directory-change.ts';
import type { GroupQuery, Listing, ProjectQuery, UserQuery } from './listing.ts';
import type { Transfer } from './transfer.ts';
import type {
  AllowlistRecord,
  ConvertedTokenRecord,
  DeployTokenRecord,
  GroupRecord,
  JobRecord,
  JobStatus,
  JobTokenUseRecord,
  MemberRecord,
  MemberSource,
  PersonalAccessTokenRecord,
  ProjectRecord,
  ProtectionRuleRecord,
  RefreshTokenRecord,
  SecretRecord,
  UserRecord,
} from './records.ts';

/** A slice of a list: `offset` and `limit` count records; lists are in order of id, lowest first. */
export interface Page {
  readonly offset: number;
  readonly limit: number;
}

export interface Slice<T> {
  readonly items: readonly T[];
  /** Records in the whole list. */
  readonly total: number;
}

/**
 * A bounded piece of a walk over what lives, in order of id. One may be empty and not the last: whoever walks goes on
 * until `next` is null.
 */
export interface Piece<T> {
  readonly items: readonly T[];
  /** Where to go on; null: this was the last piece. */
  readonly next: number | null;
}

export interface FactsQuery {
  /** Repository names as asked for, byte for byte. */
  readonly repositories: readonly string[];
  /** The actor whose membership counts; null for anonymous callers and deploy tokens. */
  readonly userId: number | null;
  /** The project of the job that asks, for the targets' allowlists; null where no job asks. */
  readonly homeProjectId: number | null;
  readonly now: number;
}

export interface MemberOptions {
  readonly inherited: boolean;
  readonly now: number;
  /** Only those among these users. */
  readonly userIds?: readonly number[] | undefined;
  /** Only users whose name or username holds this text, in any ASCII case. */
  readonly search?: string | undefined;
}

/** Users, groups, projects, members, allowlists and protection rules. */
export interface Directory {
  /**
   * The facts for policy, by repository name. A repository belongs to the project whose full path is the name itself
   * or the name less its last one or two segments, the longest first; a name of no project is absent from the map.
   * Answers from a cache only if the directory has not changed since, as checked within this call.
   */
  facts(query: FactsQuery): Promise<ReadonlyMap<string, TargetFacts>>;
  /**
   * Applies all changes in their order, or none. Resolves to one id per change: of the object that was created or
   * touched (for a member or allowlist entry: of its user or source).
   */
  apply(changes: readonly DirectoryChange[], now: number): Promise<readonly number[]>;
  /** Everything the directory file manages, in the file's terms, to compare against the file. */
  fileManaged(): Promise<DirectorySnapshot>;
  user(id: number): Promise<UserRecord | null>;
  userByUsername(username: string): Promise<UserRecord | null>;
  users(query: UserQuery): Promise<Listing<UserRecord>>;
  group(idOrFullPath: number | string): Promise<GroupRecord | null>;
  groups(query: GroupQuery): Promise<Listing<GroupRecord>>;
  project(idOrFullPath: number | string): Promise<ProjectRecord | null>;
  projects(query: ProjectQuery): Promise<Listing<ProjectRecord>>;
  /**
   * Direct members only, expired ones too; or all who count at `now`, those of the groups above and the owner of a user
   * namespace among them (then each user once, with the highest level). In order of user id.
   */
  members(source: MemberSource, page: Page, options: MemberOptions): Promise<Slice<MemberRecord>>;
  /** What `members` has of one user; null: nothing. */
  member(
    source: MemberSource,
    userId: number,
    options: Pick<MemberOptions, 'inherited' | 'now'>,
  ): Promise<MemberRecord | null>;
  /** The user's highest live access level in the source or a group above it; 0 where there is none. */
  accessLevel(userId: number, source: MemberSource, now: number): Promise<number>;
  allowlist(targetProjectId: number): Promise<readonly AllowlistRecord[]>;
  protectionRules(projectId: number): Promise<readonly ProtectionRuleRecord[]>;
}

/** A job with all that decides whether its token is good, read in one snapshot. */
export interface JobAdmission {
  readonly job: JobRecord;
  /** null: the job has no user, or the user is gone. */
  readonly user: UserRecord | null;
  /** null: the project is gone. */
  readonly project: ProjectRecord | null;
}

export type NewJob = Omit<JobRecord, 'gen' | 'finishedAt' | 'erasedAt'>;

export interface Jobs {
  /** A job id that nobody else gets. Ids grow within one process; some may stay unused. */
  reserveId(): Promise<number>;
  /** Stores a job under a reserved id. `conflict` if the id or the token's hash exists. */
  start(job: NewJob): Promise<JobRecord>;
  /**
   * Moves a job on. A finished job stays as it is, and one that is being canceled only ends: the answer then carries the
   * old record and `changed: false`.
   * `not_found` where the project has no such job.
   */
  setStatus(
    projectId: number,
    jobId: number,
    status: JobStatus,
    now: number,
  ): Promise<{ readonly job: JobRecord; readonly changed: boolean }>;
  /**
   * Renews the lease of a job that is executing and whose lease and deadline have not passed, to at most its
   * deadline; otherwise `conflict`. `not_found` where the project has no such job.
   */
  heartbeat(projectId: number, jobId: number, now: number): Promise<JobRecord>;
  /** By the keyed hash of the token. Always read fresh: liveness is never cached. */
  admit(tokenHash: string): Promise<JobAdmission | null>;
  find(projectId: number, jobId: number): Promise<JobRecord | null>;
  list(projectId: number, page: Page, statuses?: readonly JobStatus[]): Promise<Slice<JobRecord>>;
  /**
   * Jobs with ids above `after` that have not ended, and those that ended later than `endedAfter`. A job whose end is
   * noted and not acknowledged has not ended.
   */
  walk(
    filter: {
      readonly projectId?: number | undefined;
      readonly userId?: number | undefined;
      readonly endedAfter: number;
    },
    after: number,
  ): Promise<Piece<JobRecord>>;
}

export interface DeployTokenAdmission {
  readonly token: DeployTokenRecord;
  readonly secret: SecretRecord;
}

export type NewDeployToken = Pick<
  DeployTokenRecord,
  'holder' | 'name' | 'scopes' | 'expiresAt' | 'createdBy'
> & {
  /** null: `gitlab+deploy-token-<id>`. */
  readonly username: string | null;
  readonly hash: string;
};

export interface NewSecret {
  readonly hash: string;
  /** null where nobody is shown the secret again. */
  readonly sealed: string | null;
}

export interface Rotation extends NewSecret {
  /** When the secret that was newest so far ends; one that ends sooner keeps its own end. */
  readonly graceUntil: number;
  /** A new end of the token itself; undefined: as it was. */
  readonly expiresAt?: number | null;
}

export interface DeployTokens {
  create(token: NewDeployToken, now: number): Promise<DeployTokenRecord>;
  /** Idempotent: revoking twice keeps the first moment. null where the holder has no such token. */
  revoke(holder: MemberSource, tokenId: number, now: number): Promise<DeployTokenRecord | null>;
  /**
   * The project's live automatic token (AUTO-01), made with this secret where there is none. null where the project is
   * gone, public, or its automatic token was declined; callers at the same time get the same token.
   */
  ensureAutomatic(
    projectId: number,
    secret: NewSecret,
    now: number,
  ): Promise<{ readonly token: DeployTokenRecord; readonly created: boolean } | null>;
  /**
   * A new secret at once, the old one until its grace ends; of two live ones the older ends now (AUTO-17). null where
   * the holder has no such token; `conflict` where it is revoked or has expired, or the hash is another secret's.
   */
  rotate(
    holder: MemberSource,
    tokenId: number,
    rotation: Rotation,
    now: number,
  ): Promise<DeployTokenRecord | null>;
  /**
   * Ends one secret now. Idempotent. null where there is no such token or secret; `conflict` for the newest, without
   * which the token would be useless: that is what `revoke` is for.
   */
  endSecret(
    holder: MemberSource,
    tokenId: number,
    secretId: number,
    now: number,
  ): Promise<DeployTokenRecord | null>;
  /** @param rotateEvery seconds; null: no rotation is asked for. null where the holder has no such token. */
  setRotation(
    holder: MemberSource,
    tokenId: number,
    rotateEvery: number | null,
  ): Promise<DeployTokenRecord | null>;
  /** Live tokens, of any holder, that end or want a rotation before `before`, those of the past too. */
  expiring(before: number, page: Page, now: number): Promise<Slice<DeployTokenRecord>>;
  admit(secretHash: string): Promise<DeployTokenAdmission | null>;
  find(holder: MemberSource, tokenId: number): Promise<DeployTokenRecord | null>;
  /** @param holder null: of every project and group */
  list(
    holder: MemberSource | null,
    page: Page,
    active?: boolean,
    now?: number,
  ): Promise<Slice<DeployTokenRecord>>;
  /** Live ones with ids above `after`. One whose revocation is noted and not acknowledged lives. */
  live(
    filter: { readonly holder?: MemberSource | undefined },
    after: number,
    now: number,
  ): Promise<Piece<DeployTokenRecord>>;
  /** Notes a use, at best effort; never fails and never holds up the caller. */
  touch(tokenId: number, secretId: number, now: number): void;
}

export interface PersonalAccessTokenAdmission {
  readonly token: PersonalAccessTokenRecord;
  /** null: the user is gone. */
  readonly user: UserRecord | null;
}

export type NewPersonalAccessToken = Pick<
  PersonalAccessTokenRecord,
  'userId' | 'name' | 'description' | 'scopes' | 'expiresAt' | 'hash'
>;

export interface PersonalAccessTokens {
  create(token: NewPersonalAccessToken, now: number): Promise<PersonalAccessTokenRecord>;
  /**
   * Revokes a token and makes its successor, with the same user, name, description and scopes, in one step. null where
   * there is no such token; `conflict` where it is revoked or has expired.
   */
  rotate(
    tokenId: number,
    successor: { readonly hash: string; readonly expiresAt: number | null },
    now: number,
  ): Promise<PersonalAccessTokenRecord | null>;
  /** Revokes whatever is live of a chain of rotations (GitLab's reuse detection); resolves to the ids of those. */
  revokeFamily(familyId: number, now: number): Promise<readonly number[]>;
  /** Idempotent: revoking twice keeps the first moment. null where there is no such token. */
  revoke(tokenId: number, now: number): Promise<PersonalAccessTokenRecord | null>;
  admit(secretHash: string): Promise<PersonalAccessTokenAdmission | null>;
  find(tokenId: number): Promise<PersonalAccessTokenRecord | null>;
  list(
    filter: { userId?: number; active?: boolean; now: number },
    page: Page,
  ): Promise<Slice<PersonalAccessTokenRecord>>;
  /** Live ones with ids above `after`. One whose revocation is noted and not acknowledged lives. */
  live(
    filter: { readonly userId?: number | undefined },
    after: number,
    now: number,
  ): Promise<Piece<PersonalAccessTokenRecord>>;
  /** Notes a use, at best effort; never fails and never holds up the caller. */
  touch(tokenId: number, now: number): void;
}

/** A converted token with all that decides whether it is good, read in one snapshot. */
export interface ConvertedTokenAdmission {
  readonly token: ConvertedTokenRecord;
  /** null: the user is gone. */
  readonly user: UserRecord | null;
  /** null: the project is gone. */
  readonly project: ProjectRecord | null;
}

export type NewConvertedToken = Pick<
  ConvertedTokenRecord,
  'projectId' | 'jobId' | 'userId' | 'pipelineId' | 'tokenHash' | 'endedAt' | 'expiresAt'
>;

/** Passwords of ended jobs that may still read (CD-09). What has no record here is dead. */
export interface ConvertedTokens {
  /** Idempotent by the hash. null where the project or the user is gone. */
  record(token: NewConvertedToken, now: number): Promise<ConvertedTokenRecord | null>;
  admit(tokenHash: string): Promise<ConvertedTokenAdmission | null>;
  list(
    projectId: number,
    page: Page,
    options: { readonly active?: boolean; readonly now: number },
  ): Promise<Slice<ConvertedTokenRecord>>;
  /** Live ones with ids above `after`. One whose revocation is noted and not acknowledged lives. */
  live(
    filter: { readonly projectId?: number | undefined; readonly userId?: number | undefined },
    after: number,
    now: number,
  ): Promise<Piece<ConvertedTokenRecord>>;
  /** Idempotent: revoking twice keeps the first moment. null where the project has no such token. */
  revoke(projectId: number, id: number, now: number): Promise<ConvertedTokenRecord | null>;
  /**
   * Counts an attempt to write, and revokes the token with the `limit`th within `windowMs` (CD-15, CD-16). null where
   * there is no such token.
   */
  countWrite(
    id: number,
    limits: { readonly limit: number; readonly windowMs: number },
    now: number,
  ): Promise<{ readonly token: ConvertedTokenRecord; readonly revoked: boolean } | null>;
  /** Forgets those that ended before `before` and can be of no use to anybody; resolves to how many. */
  sweep(before: number): Promise<number>;
  /** Notes a use, at best effort; never fails and never holds up the caller. */
  touch(id: number, now: number): void;
}

export type NewRefreshToken = Omit<
  RefreshTokenRecord,
  'id' | 'createdAt' | 'lastUsedAt' | 'revokedAt'
>;

/** A refresh token with all that decides whether it is good, read in one snapshot. */
export interface RefreshTokenAdmission {
  readonly token: RefreshTokenRecord;
  /** null: the user is gone. */
  readonly user: UserRecord | null;
  /** The token behind it; null: it is gone, or a password is behind it. */
  readonly personalAccessToken: PersonalAccessTokenRecord | null;
}

/** What docker keeps in place of a person's password (docs/refresh-tokens.md). */
export interface RefreshTokens {
  /**
   * Ends the oldest live ones of the user and service beyond `limit` (1 at least), and forgets those that ended longest
   * ago where very many have. null where the user is gone; `conflict` where the hash exists. Resolved means durable.
   */
  create(token: NewRefreshToken, limit: number, now: number): Promise<RefreshTokenRecord | null>;
  admit(hash: string): Promise<RefreshTokenAdmission | null>;
  list(
    filter: { readonly userId?: number; readonly active?: boolean; readonly now: number },
    page: Page,
  ): Promise<Slice<RefreshTokenRecord>>;
  /** Live ones with ids above `after`. One whose revocation is noted and not acknowledged lives. */
  live(
    filter: { readonly userId?: number | undefined },
    after: number,
    now: number,
  ): Promise<Piece<RefreshTokenRecord>>;
  /** Idempotent: revoking twice keeps the first moment. null: no token has the hash. */
  revoke(hash: string, now: number): Promise<RefreshTokenRecord | null>;
  /** Notes a use, at best effort; never fails and never holds up the caller. */
  touch(id: number, now: number): void;
  /** Forgets those that ended before `before`; resolves to how many. */
  sweep(before: number): Promise<number>;
}

export interface JobTokenUse {
  readonly targetProjectId: number;
  readonly sourceProjectId: number;
  readonly refusedBy: string | null;
  readonly userId: number | null;
  readonly jobId: number | null;
  readonly ip: string | null;
}

/** Who came with a job token from another project (GitLab's job token authentication log). */
export interface JobTokenUses {
  /** At best effort, gathered and written now and then; never fails and never holds up the caller. */
  note(use: JobTokenUse, now: number): void;
  /** Those who came last first. */
  list(targetProjectId: number, page: Page): Promise<Slice<JobTokenUseRecord>>;
}

/** Whether one kind of credential can be answered for now; `why` is for an operator, with no address and no secret. */
export type ServingState =
  { readonly served: true } | { readonly served: false; readonly why: string };

export interface Serving {
  readonly jobTokens: ServingState;
  /** Deploy tokens, personal access tokens, passwords, and what was made of them. */
  readonly storedTokens: ServingState;
  readonly anonymous: ServingState;
}

/** What a store that shares its data with other instances knows of its own state, as of now. */
export interface StoreGauges {
  /** Since the start of the last exchange that found the replica current; Infinity before the first. */
  readonly replicaAgeSeconds: number;
  /** Grows by one with each change of the directory or of a stored token. */
  readonly replicaVersion: number;
  /** Partitions that answer 503 until their history is vetted. */
  readonly closedPartitions: number;
  /** Ends and revocations that are journalled here and not yet acknowledged there. */
  readonly journalPending: number;
  readonly breaker: 'closed' | 'half_open' | 'open';
}

/**
 * Told of each call once it has ended: a verb or script by the name that the store gives it, and `ok`, `refused` (the
 * domain said no), `unavailable`, `failed` or another word of the store's own. Never a text that a user wrote. Must not
 * throw, and costs the call what it costs.
 *
 * @param ms how long the call took
 */
export type OnStoreCall = (call: string, outcome: string, ms: number) => void;

export interface Store {
  /** `embedded` or `redis`, for people. */
  readonly kind: string;
  /** Names this instance among those that share the data; null: whoever has the data folder has the store. */
  readonly instance: string | null;
  readonly directory: Directory;
  readonly jobs: Jobs;
  readonly deployTokens: DeployTokens;
  readonly personalAccessTokens: PersonalAccessTokens;
  readonly convertedTokens: ConvertedTokens;
  readonly refreshTokens: RefreshTokens;
  readonly jobTokenUses: JobTokenUses;
  readonly transfer: Transfer;
  /** The whole directory in natural keys, as export and import files have it. */
  readonly bulk: Bulk;
  /** Resolves if the store can answer now; else rejects with `store_unavailable`. */
  ping(): Promise<void>;
  /**
   * Resolves once all ends and revocations that were noted before the call are acknowledged; rejects with
   * `store_unavailable` where that takes longer than a moment.
   */
  settled(): Promise<void>;
  /** Which kinds of credential can be answered for now. Never rejects; takes less than 500 ms. */
  serving(): Promise<Serving>;
  /** At once and without I/O; null for a store that all instances read directly. */
  gauges(): StoreGauges | null;
  /** Finishes what was accepted, then lets go of files and sockets. */
  close(): Promise<void>;
}
