/**
 * The port for the whole directory at once: read and written in natural keys, a piece at a time. An entry says all of
 * its object; what is optional here stays as it is where it is absent.
 */
import type { AccessLevel, JobTokenPolicy } from '../policy/facts.ts';
import type {
  GroupFields,
  ProjectFields,
  ProtectionFields,
  UserFields,
} from './directory-change.ts';
import type { DeployTokenOrigin, ManagedBy } from './records.ts';

/** Each kind may refer to those before it. */
export const BULK_KINDS = [
  'users',
  'groups',
  'projects',
  'members',
  'job_token_allowlist',
  'protection_rules',
  'deploy_tokens',
  'personal_access_tokens',
] as const;
export type BulkKind = (typeof BULK_KINDS)[number];

/** Kinds that are nothing without the keyed hashes of their secrets. */
export const TOKEN_KINDS: ReadonlySet<BulkKind> = new Set([
  'deploy_tokens',
  'personal_access_tokens',
]);

interface Kept {
  /** undefined: as it is; `api` for what is new. */
  readonly managedBy?: ManagedBy | undefined;
  /** Milliseconds since the epoch; undefined: as it is; now for what is new. */
  readonly createdAt?: number | undefined;
}

export interface PlaceName {
  readonly kind: 'project' | 'group';
  readonly fullPath: string;
}

export interface UserEntry extends Omit<UserFields, 'passwordHash'>, Kept {
  readonly username: string;
  /** undefined: as it is; none for a new user. */
  readonly passwordHash?: string | undefined;
}

export interface GroupEntry extends GroupFields, Kept {
  readonly fullPath: string;
}

export interface ProjectEntry extends ProjectFields, Kept {
  readonly fullPath: string;
  readonly autoTokenDeclined: boolean;
}

export interface MemberEntry extends Kept {
  readonly source: PlaceName;
  readonly username: string;
  readonly accessLevel: AccessLevel;
  readonly expiresAt: number | null;
}

export interface AllowlistEntry extends Omit<Kept, 'createdAt'> {
  readonly target: string;
  readonly source: PlaceName;
  readonly policies: readonly JobTokenPolicy[] | null;
}

export interface RuleEntry extends ProtectionFields, Omit<Kept, 'createdAt'> {
  readonly project: string;
  readonly rule: 'repository' | 'tag';
}

export interface SecretEntry {
  readonly hash: string;
  readonly createdAt?: number | undefined;
  readonly expiresAt: number | null;
}

/** A token that is there already is found by its secrets. It is never brought back to life. */
export interface DeployTokenEntry extends Omit<Kept, 'managedBy'> {
  readonly holder: PlaceName;
  readonly name: string;
  /** null: `gitlab+deploy-token-<id>`. */
  readonly username: string | null;
  readonly scopes: readonly string[];
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
  /** A username; null where nobody, or somebody who is gone, made it. */
  readonly createdBy: string | null;
  readonly origin: DeployTokenOrigin;
  readonly rotateEvery: number | null;
  /** Oldest first; one at least. */
  readonly secrets: readonly SecretEntry[];
}

/** As deploy tokens. */
export interface PersonalAccessTokenEntry extends Omit<Kept, 'managedBy'> {
  readonly username: string;
  readonly name: string;
  readonly description: string | null;
  readonly scopes: readonly string[];
  readonly hash: string;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
  /** The hash of the first token of the chain that rotations made; null: this is the first. */
  readonly family: string | null;
}

export interface BulkEntries {
  readonly users: UserEntry;
  readonly groups: GroupEntry;
  readonly projects: ProjectEntry;
  readonly members: MemberEntry;
  readonly job_token_allowlist: AllowlistEntry;
  readonly protection_rules: RuleEntry;
  readonly deploy_tokens: DeployTokenEntry;
  readonly personal_access_tokens: PersonalAccessTokenEntry;
}

export type BulkEntry<K extends BulkKind = BulkKind> = BulkEntries[K];

export interface BulkBatch {
  readonly kind: BulkKind;
  /** Of this kind. */
  readonly entries: readonly BulkEntry[];
}

export interface BulkFault {
  /** The place of the entry in the batch, from 0. */
  readonly index: number;
  /** A sentence for people. */
  readonly message: string;
}

/** How many objects; with errors, none was touched. */
export interface BulkReport {
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  /** Dry runs only: entries that name what is not there, as it may be in an earlier part of the same file. */
  readonly unresolved: number;
  readonly errors: readonly BulkFault[];
}

export interface BulkPage {
  /** In order of their natural keys. There may be fewer than asked for, and even none, before the end. */
  readonly entries: readonly BulkEntry[];
  /** What to go on with; null: this is the end. */
  readonly next: string | null;
}

export interface Bulk {
  /** Creates what is missing and updates the rest: all entries, or none where one of them cannot be. */
  put(
    batch: BulkBatch,
    options: { readonly dryRun: boolean; readonly now: number },
  ): Promise<BulkReport>;
  /**
   * Reads on after `after`, a `next` of before, or from the start.
   *
   * @throws AppError `bad_request` for an `after` that is none
   */
  read(kind: BulkKind, after: string | null, limit: number): Promise<BulkPage>;
}
