/** The closed set of actions that wharfpass ever puts into a token for a repository. */
export const REPOSITORY_ACTIONS = ['pull', 'push', 'delete'] as const;
export type RepositoryAction = (typeof REPOSITORY_ACTIONS)[number];

/** One resource as asked for: entries for the same (type, name) are already merged. */
export interface RequestedResource {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

/**
 * The layers, in the order in which a refusal is named. Each can only narrow; the result is the same in any order.
 * docs/rules.md says each in one sentence.
 */
export const LAYERS = [
  'resource_type',
  'action',
  'repository',
  'credential_ability',
  'registry_access',
  'archived',
  'role',
  'after_job',
  'own_project',
  'allowlist',
  'entry_permission',
  'job_permission',
  'token_scope',
  'repository_protection',
  'tag_protection',
  'catalog',
] as const;
export type Layer = (typeof LAYERS)[number];

export interface ActionDecision {
  readonly action: string;
  /** The first layer that said no; null when the action is granted. */
  readonly refusedBy: Layer | null;
}

export interface ResourceDecision {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly ActionDecision[];
  /** Deny patterns for registries that take GitLab's `meta`; absent otherwise. */
  readonly tagDenyPatterns?: TagDenyPatterns;
}

export interface TagDenyPatterns {
  readonly push?: readonly string[];
  readonly delete?: readonly string[];
}

/** Settings of the instance and the service that narrow a decision. */
export interface PolicySettings {
  /** True: a target whose own allowlist is switched off counts as one whose list is empty. */
  readonly enforceAllowlist: boolean;
  /** `refuse`: below a tag rule's minimum there is no push at all; `meta`: the registry enforces the patterns. */
  readonly tagProtection: 'refuse' | 'meta';
  /** False: nobody pulls without a credential. */
  readonly anonymousPull: boolean;
}
