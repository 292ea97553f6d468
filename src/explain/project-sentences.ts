/** Sentences of the layers that look at the credential, the project and the role. */
import type { Principal } from '../credential/principal.ts';
import type { RepositoryAction } from '../policy/decision.ts';
import { ACCESS } from '../policy/facts.ts';
import { actsAsAdmin, deployTokenBelongs, LEAST_ROLE, openToRead } from '../policy/roles.ts';
import {
  actorName,
  anyOf,
  maintainerOf,
  roleHeld,
  roleName,
  routeOf,
  type Sentences,
  type TargetContext,
} from './context.ts';

type ProjectLayer = 'credential_ability' | 'registry_access' | 'archived' | 'role';

const always = (): string => 'It concerns every request.';

const SCOPES: Readonly<Record<RepositoryAction, readonly string[]>> = {
  pull: ['read_registry', 'read_api', 'api'],
  push: ['write_registry', 'api'],
  delete: ['api'],
};

function lacksAbility({ names: { who }, principal, action, settings }: TargetContext): string {
  switch (principal.kind) {
    case 'anonymous':
      return settings.anonymousPull
        ? `Without a credential nobody may ${action}.`
        : 'Nobody pulls without a credential here (anonymous.pull).';
    case 'job':
      return principal.convertedId === null
        ? `The token of ${who} is not made for ${action}.`
        : `The password of ${who} only reads, since the job has ended.`;
    case 'deploy_token':
      return action === 'delete'
        ? 'No deploy token deletes.'
        : `The scopes of ${who} do not include ${action === 'pull' ? 'read_registry' : 'write_registry'}.`;
    case 'user':
      return `The token of ${who} has none of the scopes that ${action} needs: ${anyOf(SCOPES[action])}.`;
  }
}

function abilityRemedy({ principal, action }: TargetContext): string {
  switch (principal.kind) {
    case 'anonymous':
      return 'Log in with a username and a token.';
    case 'job':
      return principal.convertedId === null
        ? 'Nothing changes this for a job.'
        : `Do it while a job runs: start a new one, whose own token may ${action}.`;
    case 'deploy_token':
      return action === 'delete'
        ? 'Use a personal access token of a Maintainer with the scope api.'
        : `Make a deploy token with the scope ${action === 'pull' ? 'read_registry' : 'write_registry'}; a token's scopes never change.`;
    case 'user':
      return `Make a personal access token with the scope ${anyOf(SCOPES[action])}.`;
  }
}

/** Why the role, or what stands for one, is enough. */
function roleEnough(context: TargetContext): string {
  const { names, principal, target, action } = context;
  const path = target.projectPath;
  if (principal.kind === 'deploy_token' && deployTokenBelongs(principal, target)) {
    return `${names.who} belongs to ${path} or a group above it, where its scopes alone count.`;
  }
  if (actsAsAdmin(principal)) return `${names.who} is an administrator.`;
  const least = leastRole(principal, action);
  if (least !== null && target.accessLevel >= least) {
    return `${actorName(context)} has ${roleHeld(target.accessLevel)} on ${path}, and ${action} needs ${roleName(least)}.`;
  }
  return `${path} is ${target.visibility}, and open to ${names.who} for pull.`;
}

const leastRole = (principal: Principal, action: RepositoryAction) =>
  principal.kind === 'user' || principal.kind === 'job' ? LEAST_ROLE[principal.kind][action] : null;

/** Why a pull is not open to those without a role; empty for other actions. */
function notOpen({ principal, target, action }: TargetContext): string {
  if (action !== 'pull') return '';
  const actor = principal.kind === 'user' || principal.kind === 'job' ? principal.actor : null;
  if (openToRead(actor, target)) return '';
  if (target.registryAccess === 'private') return ' Its registry is for members only.';
  if (target.visibility === 'internal' && actor?.external === true) {
    return ' It is internal, which does not open it to an external user who is no member.';
  }
  return ` It is ${target.visibility}.`;
}

function roleTooLow(context: TargetContext): string {
  const { names, principal, target, action } = context;
  const path = target.projectPath;
  const least = leastRole(principal, action);
  if (least === null) {
    const why =
      principal.kind === 'deploy_token'
        ? `${names.who} belongs to ${names.home ?? 'another place'}, and is nobody on ${path}.`
        : `Whoever has no credential has no role on ${path}.`;
    return why + notOpen(context);
  }
  const admin =
    principal.kind === 'job' && principal.actor.admin
      ? ' Being an administrator does not count in a job.'
      : '';
  return `${actorName(context)} has ${roleHeld(target.accessLevel)} on ${path}, and ${action} needs ${roleName(least)} or more.${notOpen(context)}${admin}`;
}

function roleRemedy(context: TargetContext): string {
  const { principal, target, action } = context;
  const least = leastRole(principal, action);
  if (least === null) return `Use a deploy token of ${target.projectPath}, or of a group above it.`;
  const verb = target.accessLevel === ACCESS.none ? 'add' : 'set';
  const role = roleName(least);
  return `${maintainerOf(target)} gives ${actorName(context)} the role ${role} (wharfpass member ${verb} ${actorName(context)} --project ${target.projectPath} --access ${role.toLowerCase()}).`;
}

export const PROJECT_SENTENCES: Readonly<Record<ProjectLayer, Sentences<TargetContext>>> = {
  credential_ability: {
    passed: ({ names, action }) => `The credential of ${names.who} is made for ${action}.`,
    refused: lacksAbility,
    remedy: abilityRemedy,
    notConcerned: always,
  },
  registry_access: {
    passed: ({ target }) => `The registry of ${target.projectPath} is switched on.`,
    refused: ({ target }) => `The registry of ${target.projectPath} is switched off.`,
    remedy: ({ target }) =>
      `${maintainerOf(target)} switches it on (wharfpass project update ${target.projectPath} --registry-access enabled).`,
    notConcerned: always,
  },
  archived: {
    passed: ({ target: { archived, projectPath } }) =>
      archived
        ? `${projectPath} is archived, and may still be pulled from.`
        : `${projectPath} is not archived.`,
    refused: ({ target, action }) => `${target.projectPath} is archived, so nobody may ${action}.`,
    remedy: ({ target }) =>
      `An Owner of ${target.projectPath} takes it out of the archive (POST ${routeOf(target)}/unarchive).`,
    notConcerned: always,
  },
  role: { passed: roleEnough, refused: roleTooLow, remedy: roleRemedy, notConcerned: always },
};
