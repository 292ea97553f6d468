/**
 * Changes to the directory, as values: the REST API sends one, the directory file sends many, and either way
 * `Directory.apply` does all or none. Objects are named by id or by natural key (username, full path), so that a change
 * can refer to what an earlier one of the same list creates. An absent field of an update stays as it is.
 */
import type { AccessLevel, JobTokenPolicy, RegistryAccess, Visibility } from '../policy/facts.ts';
import type { AfterJob, ManagedBy, UserState } from './records.ts';

export type UserRef = number | string;
/** An id or a full path. */
export type PathRef = number | string;

export interface SourceRef {
  readonly kind: 'project' | 'group';
  readonly ref: PathRef;
}

export interface UserFields {
  readonly name: string;
  readonly email: string | null;
  readonly state: UserState;
  readonly admin: boolean;
  readonly external: boolean;
  readonly twoFactor: boolean;
  readonly passwordHash: string | null;
}

export interface GroupFields {
  readonly name: string;
  readonly visibility: Visibility;
}

export interface ProjectFields {
  readonly name: string;
  readonly visibility: Visibility;
  readonly registryAccess: RegistryAccess;
  readonly archived: boolean;
  readonly jobsEnabled: boolean;
  readonly allowlistEnabled: boolean;
  readonly autoDevops: boolean;
  readonly autoDeployToken: boolean | null;
  readonly jobTokenAfterJob: AfterJob;
}

export interface ProtectionFields {
  readonly pattern: string;
  readonly minimumAccessLevelForPush: AccessLevel | null;
  readonly minimumAccessLevelForDelete: AccessLevel | null;
}

interface Managed {
  readonly managedBy: ManagedBy;
}

export type DirectoryChange =
  | ({
      readonly kind: 'user.create';
      readonly username: string;
      readonly fields: UserFields;
    } & Managed)
  | { readonly kind: 'user.update'; readonly user: UserRef; readonly fields: Partial<UserFields> }
  /** Takes memberships, tokens and the projects of the user's own namespace with it, and ends the user's jobs. */
  | { readonly kind: 'user.delete'; readonly user: UserRef }
  /** The parent is all of `fullPath` before its last `/`; it must exist. */
  | ({
      readonly kind: 'group.create';
      readonly fullPath: string;
      readonly fields: GroupFields;
    } & Managed)
  | {
      readonly kind: 'group.update';
      readonly group: PathRef;
      readonly fields: Partial<GroupFields>;
    }
  /** Takes its subgroups and projects with it. */
  | { readonly kind: 'group.delete'; readonly group: PathRef }
  /** The namespace is all of `fullPath` before its last `/`: a group, or a username. */
  | ({
      readonly kind: 'project.create';
      readonly fullPath: string;
      readonly fields: ProjectFields;
    } & Managed)
  | {
      readonly kind: 'project.update';
      readonly project: PathRef;
      readonly fields: Partial<ProjectFields>;
    }
  /** Takes members, deploy tokens, allowlist entries and rules with it, and ends the project's jobs. */
  | { readonly kind: 'project.delete'; readonly project: PathRef }
  /**
   * Adds, or replaces; `create: true` refuses with `conflict` where the user is a member already, false where not. A
   * membership that has expired may be replaced either way.
   */
  | ({
      readonly kind: 'member.set';
      readonly source: SourceRef;
      readonly user: UserRef;
      readonly accessLevel: AccessLevel;
      readonly expiresAt: number | null;
      readonly create?: boolean;
    } & Managed)
  | { readonly kind: 'member.remove'; readonly source: SourceRef; readonly user: UserRef }
  | ({
      readonly kind: 'allowlist.set';
      readonly target: PathRef;
      readonly source: SourceRef;
      readonly policies: readonly JobTokenPolicy[] | null;
    } & Managed)
  | { readonly kind: 'allowlist.remove'; readonly target: PathRef; readonly source: SourceRef }
  | ({
      readonly kind: 'protection.set';
      readonly project: PathRef;
      readonly rule: 'repository' | 'tag';
      /** Unique in the project and kind: a second `set` of the same pattern replaces the first. */
      readonly fields: ProtectionFields;
    } & Managed)
  | {
      readonly kind: 'protection.remove';
      readonly project: PathRef;
      readonly rule: 'repository' | 'tag';
      readonly pattern: string;
    };

/** The directory in natural keys only. Lists are sorted by key, so that two snapshots compare line by line. */
export interface DirectorySnapshot {
  readonly users: readonly ({ readonly username: string } & UserFields)[];
  readonly groups: readonly ({ readonly fullPath: string } & GroupFields)[];
  readonly projects: readonly ({ readonly fullPath: string } & ProjectFields)[];
  readonly members: readonly {
    readonly source: { readonly kind: 'project' | 'group'; readonly fullPath: string };
    readonly username: string;
    readonly accessLevel: AccessLevel;
    readonly expiresAt: number | null;
  }[];
  readonly allowlist: readonly {
    readonly target: string;
    readonly source: { readonly kind: 'project' | 'group'; readonly fullPath: string };
    readonly policies: readonly JobTokenPolicy[] | null;
  }[];
  readonly protection: readonly ({
    readonly project: string;
    readonly rule: 'repository' | 'tag';
  } & ProtectionFields)[];
}
