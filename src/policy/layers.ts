/**
 * The layers that stand between a principal and an action on a repository. Each looks at the facts alone, never at what
 * another layer said, so their order does not change the result and each can only narrow it (LOW-01, LOW-02).
 */
import type {
  Ability,
  ContainersPermission,
  JobPrincipal,
  Principal,
} from '../credential/principal.ts';
import type { Layer, PolicySettings, RepositoryAction } from './decision.ts';
import type { TargetFacts } from './facts.ts';
import { repositoryRulesAllow, tagRulesAllow } from './protection.ts';
import { openToRead, roleAllows } from './roles.ts';

export interface Question {
  readonly principal: Principal;
  readonly target: TargetFacts;
  readonly name: string;
  readonly action: RepositoryAction;
  readonly settings: PolicySettings;
}

/** True lets the action pass. */
type LayerCheck = (question: Question) => boolean;

const USER_ABILITY: Readonly<Record<RepositoryAction, Ability>> = {
  pull: 'read_container_image',
  push: 'create_container_image',
  delete: 'admin_container_image',
};

const JOB_ABILITY: Readonly<Record<RepositoryAction, Ability>> = {
  pull: 'build_read_container_image',
  push: 'build_create_container_image',
  delete: 'build_destroy_container_image',
};

function abilityAllows({ principal, action, settings }: Question): boolean {
  switch (principal.kind) {
    case 'anonymous':
      return action === 'pull' && settings.anonymousPull;
    case 'job':
      return principal.abilities.has(JOB_ABILITY[action]);
    case 'deploy_token':
    case 'user':
      return principal.abilities.has(USER_ABILITY[action]);
  }
}

/** What each value of a job's `permissions: {containers: …}` lets through. */
const JOB_PERMITS: Readonly<Record<ContainersPermission, readonly RepositoryAction[]>> = {
  none: [],
  read: ['pull'],
  write: ['pull', 'push'],
  delete: ['pull', 'push', 'delete'],
};

/** Layers that only concern a job let everybody else pass. */
function forJobs(check: (principal: JobPrincipal, question: Question) => boolean): LayerCheck {
  return (question) => question.principal.kind !== 'job' || check(question.principal, question);
}

/** True if the target's allowlist has nothing to say: the job is at home, or anyone of its kind may read here. */
export function needsNoEntry(principal: JobPrincipal, { target, action }: Question): boolean {
  if (target.projectId === principal.projectId) return true;
  return action === 'pull' && openToRead(principal.actor, target);
}

/** True if the target's allowlist decides about this job; the instance may insist on lists that are switched off. */
export function listApplies(principal: JobPrincipal, question: Question): boolean {
  const { target, settings } = question;
  return (
    !needsNoEntry(principal, question) && (target.allowlistEnabled || settings.enforceAllowlist)
  );
}

function allowlistAllows(principal: JobPrincipal, question: Question): boolean {
  return !listApplies(principal, question) || question.target.allowlistEntry !== null;
}

function entryAllows(principal: JobPrincipal, question: Question): boolean {
  const policies = question.target.allowlistEntry?.policies ?? null;
  if (policies === null || !listApplies(principal, question)) return true;
  if (policies.includes('ADMIN_CONTAINERS')) return true;
  return question.action === 'pull' && policies.includes('READ_CONTAINERS');
}

/** A job that has ended reads its own project, where it may do even that (CD-09). */
function afterJobAllows(job: JobPrincipal, { target, action }: Question): boolean {
  return job.convertedId === null || (action === 'pull' && target.projectId === job.projectId);
}

/** An extended token also pushes where the target has named the job's project for it in so many words (EXT-09). */
function ownProjectAllows(job: JobPrincipal, { target, action }: Question): boolean {
  if (action === 'pull' || target.projectId === job.projectId) return true;
  const policies = target.allowlistEntry?.policies ?? [];
  return action === 'push' && job.extended && policies.includes('ADMIN_CONTAINERS');
}

function tokenScopeAllows(principal: JobPrincipal, { target, action }: Question): boolean {
  const cap = principal.scopeCap;
  if (cap === null) return true;
  const covers = (permission: string): boolean => {
    const projects = cap.get(permission);
    return projects === '*' || (projects?.has(target.projectId) ?? false);
  };
  // ADMIN implies READ, as in GitLab's catalogue of job token permissions.
  return covers('ADMIN_CONTAINERS') || (action === 'pull' && covers('READ_CONTAINERS'));
}

/** In the order in which a refusal is named. */
export const REPOSITORY_LAYERS: readonly (readonly [Layer, LayerCheck])[] = [
  ['credential_ability', abilityAllows],
  ['registry_access', ({ target }) => target.registryAccess !== 'disabled'],
  ['archived', ({ target, action }) => !target.archived || action === 'pull'],
  ['role', ({ principal, target, action }) => roleAllows(principal, target, action)],
  ['after_job', forJobs(afterJobAllows)],
  ['own_project', forJobs(ownProjectAllows)],
  ['allowlist', forJobs(allowlistAllows)],
  ['entry_permission', forJobs(entryAllows)],
  [
    'job_permission',
    forJobs(
      ({ permissions }, { action }) =>
        permissions === null || JOB_PERMITS[permissions].includes(action),
    ),
  ],
  ['token_scope', forJobs(tokenScopeAllows)],
  [
    'repository_protection',
    ({ principal, target, name, action }) => repositoryRulesAllow(principal, target, name, action),
  ],
  [
    'tag_protection',
    ({ principal, target, action, settings }) =>
      settings.tagProtection === 'meta' || tagRulesAllow(principal, target, action),
  ],
];
