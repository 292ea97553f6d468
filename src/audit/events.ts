/** What an event of the audit stream says. docs/audit.md explains each type and field. */
export const DECISION_TYPES = ['token.issued', 'token.refused'] as const;
export type DecisionType = (typeof DECISION_TYPES)[number];

/** A closed list: what a reader of the stream may meet. */
export const CHANGE_TYPES = [
  'user.created',
  'user.updated',
  'user.blocked',
  'user.unblocked',
  'user.deleted',
  'group.created',
  'group.updated',
  'group.deleted',
  'project.created',
  'project.updated',
  'project.deleted',
  'member.created',
  'member.updated',
  'member.deleted',
  'allowlist.changed',
  'protection_rule.changed',
  'registry_access.changed',
  'deploy_token.created',
  'deploy_token.automatic_created',
  'deploy_token.updated',
  'deploy_token.rotated',
  'deploy_token.secret_ended',
  'deploy_token.revoked',
  'deploy_token.reminder',
  'personal_access_token.created',
  'personal_access_token.rotated',
  'personal_access_token.revoked',
  'personal_access_token.reuse_detected',
  'job.started',
  'job.finished',
  'converted_token.recorded',
  'converted_token.write_attempt',
  'converted_token.revoked',
  'refresh_token.created',
  'refresh_token.revoked',
  'revocation.bulk',
  'directory.imported',
  'directory.exported',
] as const;
export type ChangeType = (typeof CHANGE_TYPES)[number];

/** What a registry tells of itself (docs/notifications.md). */
export const REGISTRY_TYPES = [
  'registry.push',
  'registry.pull',
  'registry.delete',
  'registry.mount',
  'registry.push_after_job_end',
] as const;
export type RegistryType = (typeof REGISTRY_TYPES)[number];

export const EVENT_TYPES = [...DECISION_TYPES, ...CHANGE_TYPES, ...REGISTRY_TYPES] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** Who did it. `system`: wharfpass itself, or the directory file. */
export type Author =
  | {
      readonly kind: 'user';
      readonly id: number;
      readonly name: string;
      /** Of the personal access token; null for a password. */
      readonly token_id: number | null;
    }
  | {
      readonly kind: 'job';
      readonly id: number;
      /** `job:7`. */
      readonly name: string;
      /** Who triggered the job; null where nobody did. */
      readonly user_id: number | null;
    }
  | { readonly kind: 'deploy_token'; readonly id: number; readonly name: string }
  | { readonly kind: 'anonymous' }
  /** The credential proved nothing. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'system' };

export interface Target {
  readonly kind:
    | 'user'
    | 'group'
    | 'project'
    | 'deploy_token'
    | 'personal_access_token'
    | 'job'
    | 'converted_token'
    | 'refresh_token'
    /** Many at once; the path is the id of the whole. */
    | 'revocation'
    /** All of it; it has no id and no path. */
    | 'directory';
  readonly id: number | null;
  /** Full path, username, or a token's name: what a person knows it by. */
  readonly path: string | null;
}

/** Names and numbers only. A `Secret` does not fit, and nothing that holds one may be turned into text for it. */
export type Fields = Readonly<
  Record<string, string | number | boolean | null | readonly (string | number)[] | undefined>
>;

/** `before` and `after` hold the fields that a change changed (change-of.ts), and nothing below them. */
export type Details = Readonly<Record<string, Fields[string] | Fields>>;

interface Stamped {
  /** Sorts by time, then by order; unique across instances and restarts. */
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly time: string;
  /** The instance that wrote it; null where there is but one. */
  readonly instance: string | null;
  readonly author: Author;
  readonly ip: string | null;
  readonly request_id: string | null;
}

/** Something happened to the target: here, or in a registry that told of it. */
export interface TargetedEvent extends Stamped {
  readonly type: ChangeType | RegistryType;
  readonly target: Target;
  readonly details: Details;
}

export interface DecisionEvent extends Stamped {
  readonly type: DecisionType;
  readonly details: Details;
}

export type AuditEvent = TargetedEvent | DecisionEvent;
