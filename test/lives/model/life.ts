/**
 * One life as the model sees it: a project, the people in it, and every credential that was ever handed out. It knows
 * the rules of docs/jobs.md, docs/deploy-tokens.md and docs/rules.md, and nothing of processes, files or kills. Times
 * are milliseconds; null is "none".
 */
export interface Person {
  readonly name: string;
  /** GitLab's access level in the project. */
  readonly level: number;
  id: number;
  blocked: boolean;
}

export const PERMISSIONS = [null, 'none', 'read', 'write', 'delete'] as const;
export type Permissions = (typeof PERMISSIONS)[number];

export const ENDS = ['success', 'failed', 'canceled'] as const;
export type Status = 'running' | 'canceling' | (typeof ENDS)[number];

/** The password of an ended job that may still read. */
export interface Turned {
  id: number;
  readonly until: number;
  revoked: boolean;
  readonly attempts: number[];
}

export interface Job {
  id: number;
  readonly person: Person;
  readonly permissions: Permissions;
  readonly deadline: number;
  /** What one heartbeat buys. */
  readonly lease: number | null;
  leaseUntil: number;
  status: Status;
  endedAt: number | null;
  erased: boolean;
  turned: Turned | null;
}

export interface Secret {
  id: number;
  /** null until somebody was shown it. */
  text: string | null;
  ends: number | null;
}

export interface DeployToken {
  id: number;
  username: string;
  readonly automatic: boolean;
  readonly scopes: readonly string[];
  ends: number | null;
  revoked: boolean;
  /** Oldest first. */
  readonly secrets: Secret[];
}

export interface Pat {
  id: number;
  readonly person: Person;
  readonly scopes: readonly string[];
  readonly ends: number | null;
  readonly family: number;
  revoked: boolean;
}

export type Owner =
  | { readonly kind: 'job' | 'extended'; readonly job: Job }
  | { readonly kind: 'deploy'; readonly token: DeployToken; readonly secret: Secret }
  | { readonly kind: 'pat'; readonly pat: Pat };

/** A login that somebody was handed. */
export interface Key {
  readonly owner: Owner;
  /** null where only the answer to the step says it. */
  login: readonly [username: string, text: string] | null;
}

export interface Project {
  readonly path: string;
  id: number;
  gone: boolean;
  visibility: 'private' | 'internal' | 'public';
  afterJob: 'none' | 'read';
  jobs: boolean;
  /** null: as the instance is set, which is on. */
  automatic: boolean | null;
  /** Somebody revoked the automatic token, and has not asked for it anew. */
  declined: boolean;
}

/** What the instance is set to. Seconds where the settings have seconds. */
export interface Instance {
  readonly revokeOnDisable: boolean;
  readonly rotationGrace: number;
  readonly maxAge: number;
  readonly writeAttempts: number;
  readonly writeWindow: number;
}

export interface Life {
  readonly instance: Instance;
  readonly project: Project;
  readonly people: readonly [Person, Person, Person];
  readonly jobs: Job[];
  readonly tokens: DeployToken[];
  readonly pats: Pat[];
  readonly keys: Key[];
}

export function newLife(name: string, instance: Instance): Life {
  const person = (letter: string, level: number): Person => ({
    name: `${letter}-${name}`,
    level,
    id: 0,
    blocked: false,
  });
  const owner = person('owner', 50);
  const project: Project = {
    path: `${owner.name}/app`,
    id: 0,
    gone: false,
    visibility: 'private',
    afterJob: 'none',
    jobs: true,
    automatic: null,
    declined: false,
  };
  const people = [owner, person('dev', 30), person('guest', 10)] as const;
  return { instance, project, people, jobs: [], tokens: [], pats: [], keys: [] };
}
