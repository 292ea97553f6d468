/** What a sentence may speak of: the question as policy sees it, and the names of those in it. */
import type { JobPrincipal, Principal } from '../credential/principal.ts';
import type { PolicySettings, RepositoryAction } from '../policy/decision.ts';
import { ACCESS, type AccessLevel, type TargetFacts } from '../policy/facts.ts';

/** Policy knows ids only. */
export interface Names {
  /** Who asks, as a sentence begins with it: `jane`, `job 7 of acme/app`, `deploy token cluster of acme`. */
  readonly who: string;
  /** Full path of the project of the job, or of the project or group that the deploy token belongs to; else null. */
  readonly home: string | null;
}

/** Before it is known whether there is a project. */
export interface RequestContext {
  readonly names: Names;
  readonly principal: Principal;
  readonly type: string;
  readonly name: string;
  readonly action: string;
}

export interface TargetContext extends RequestContext {
  readonly action: RepositoryAction;
  readonly target: TargetFacts;
  readonly settings: PolicySettings;
}

/** One sentence for each thing that a layer can say. */
export interface Sentences<C> {
  readonly passed: (context: C) => string;
  readonly refused: (context: C) => string;
  /** What would have to change, and who can change it. */
  readonly remedy: (context: C) => string;
  readonly notConcerned: (context: C) => string;
}

const ROLE_NAMES = new Map<number, string>(
  Object.entries(ACCESS).map(([name, level]) => [level, name[0]?.toUpperCase() + name.slice(1)]),
);

/** `Developer`. */
export const roleName = (level: AccessLevel): string => ROLE_NAMES.get(level) ?? String(level);

/** `the role Reporter`, or `no role`. */
export const roleHeld = (level: AccessLevel): string =>
  level === ACCESS.none ? 'no role' : `the role ${roleName(level)}`;

/** `read_api or api`, `a, b or c`. */
export function anyOf(words: readonly string[]): string {
  const last = words.at(-1) ?? 'nothing';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} or ${last}`;
}

/** Of a project in the REST API. */
export const routeOf = ({ projectPath }: TargetFacts): string =>
  `/api/v4/projects/${encodeURIComponent(projectPath)}`;

export const maintainerOf = ({ projectPath }: TargetFacts): string =>
  `A Maintainer of ${projectPath}`;

/** The job that asks, or null. Layers about jobs concern nobody else. */
export const jobOf = ({ principal }: RequestContext): JobPrincipal | null =>
  principal.kind === 'job' ? principal : null;

/** The user whose role counts, or null. */
export const actorName = ({ principal }: RequestContext): string | null =>
  principal.kind === 'user' || principal.kind === 'job' ? principal.actor.username : null;
