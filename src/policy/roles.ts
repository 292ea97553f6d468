/** What an actor may do on a project by role and visibility: GitLab's container image permissions. */
import type { Actor, DeployTokenPrincipal, Principal } from '../credential/principal.ts';
import type { RepositoryAction } from './decision.ts';
import { ACCESS, type AccessLevel, type TargetFacts } from './facts.ts';

/** Least role for each action. A job may delete what a Developer may destroy; a person needs Maintainer. */
export const LEAST_ROLE: Readonly<
  Record<'user' | 'job', Readonly<Record<RepositoryAction, AccessLevel>>>
> = {
  user: { pull: ACCESS.reporter, push: ACCESS.developer, delete: ACCESS.maintainer },
  job: { pull: ACCESS.reporter, push: ACCESS.developer, delete: ACCESS.developer },
};

/** True if anybody (`actor` null), or any signed-in user of this kind, may pull without being a member. */
export function openToRead(actor: Actor | null, target: TargetFacts): boolean {
  if (target.registryAccess !== 'enabled') return false;
  if (target.visibility === 'public') return true;
  return target.visibility === 'internal' && actor !== null && !actor.external;
}

/** An external user who is a member, if only a Guest, reads an internal project as everybody else does. */
function openToMember(target: TargetFacts): boolean {
  return (
    target.registryAccess === 'enabled' &&
    target.visibility !== 'private' &&
    target.accessLevel >= ACCESS.guest
  );
}

export function deployTokenBelongs(principal: DeployTokenPrincipal, target: TargetFacts): boolean {
  const { kind, id } = principal.holder;
  return kind === 'project' ? target.projectId === id : target.groupIds.includes(id);
}

/** Admins may do anything, unless a job acts for them: its rights are those of any user (JOB-10). */
export function actsAsAdmin(principal: Principal): boolean {
  return principal.kind === 'user' && principal.actor.admin;
}

export function roleAllows(
  principal: Principal,
  target: TargetFacts,
  action: RepositoryAction,
): boolean {
  switch (principal.kind) {
    case 'anonymous':
      return action === 'pull' && openToRead(null, target);
    case 'deploy_token':
      // At home its scopes alone count; anywhere else it is nobody.
      if (deployTokenBelongs(principal, target)) return true;
      return action === 'pull' && openToRead(null, target);
    case 'user':
    case 'job': {
      if (actsAsAdmin(principal)) return true;
      if (target.accessLevel >= LEAST_ROLE[principal.kind][action]) return true;
      if (action !== 'pull') return false;
      return openToRead(principal.actor, target) || openToMember(target);
    }
  }
}
