/** Turns a row of the table into a principal, facts and settings, and back into letters. */
import {
  abilitiesOfDeployToken,
  abilitiesOfScopes,
  JOB_ABILITIES,
  PASSWORD_ABILITIES,
} from '../../src/credential/abilities.ts';
import type { Principal } from '../../src/credential/principal.ts';
import type { PolicySettings, ResourceDecision } from '../../src/policy/decision.ts';
import { ACCESS, type TargetFacts } from '../../src/policy/facts.ts';
import type { On, Who } from './truth-table.ts';

export const REPOSITORY = 'acme/app';
const TARGET_PROJECT = 10;
const OTHER_PROJECT = 20;
const GROUP = 5;
const READ_ONLY = new Set(['build_read_container_image'] as const);

export function principalOf(who: Who): Principal {
  const flags = (w: { admin?: boolean; external?: boolean }) => ({
    id: 1,
    username: 'jane',
    admin: w.admin ?? false,
    external: w.external ?? false,
  });
  switch (who.kind) {
    case 'anonymous':
      return { kind: 'anonymous' };
    case 'user':
      return {
        kind: 'user',
        via: who.scopes === 'password' ? 'password' : 'personal_access_token',
        actor: flags(who),
        abilities: who.scopes === 'password' ? PASSWORD_ABILITIES : abilitiesOfScopes(who.scopes),
        tokenId: 1,
        expiresAt: null,
      };
    case 'deploy_token': {
      const holders = {
        project: { kind: 'project', id: TARGET_PROJECT },
        group: { kind: 'group', id: GROUP },
        elsewhere: { kind: 'project', id: OTHER_PROJECT },
      } as const;
      return {
        kind: 'deploy_token',
        tokenId: 1,
        username: 'gitlab+deploy-token-1',
        holder: holders[who.holder],
        abilities: abilitiesOfDeployToken(who.scopes),
        expiresAt: null,
      };
    }
    case 'job':
      return {
        kind: 'job',
        jobId: 7,
        pipelineId: 3,
        projectId: who.home === 'same' ? TARGET_PROJECT : OTHER_PROJECT,
        runnerId: null,
        actor: flags(who),
        abilities: who.ended === true ? READ_ONLY : JOB_ABILITIES,
        permissions: who.permissions ?? null,
        scopeCap: null,
        extended: who.extended ?? false,
        convertedId: who.ended === true ? 3 : null,
        expiresAt: 0,
      };
  }
}

export function factsOf(on: On): ReadonlyMap<string, TargetFacts> {
  const admitted = on.allowlist === 'yes' || on.allowlist === 'group';
  const target: TargetFacts = {
    projectId: TARGET_PROJECT,
    projectPath: REPOSITORY,
    visibility: on.visibility,
    registryAccess:
      on.state === 'members' ? 'private' : on.state === 'disabled' ? 'disabled' : 'enabled',
    archived: on.state === 'archived',
    groupIds: [GROUP],
    accessLevel: on.role === undefined ? ACCESS.none : ACCESS[on.role],
    allowlistEnabled: on.allowlist !== 'off',
    allowlistEntry: admitted ? { policies: on.entry ?? null } : null,
    repositoryRules:
      on.protectedFor === undefined
        ? []
        : [
            {
              pattern: 'acme/*',
              minimumAccessLevelForPush: ACCESS[on.protectedFor],
              minimumAccessLevelForDelete: null,
            },
          ],
    tagRules: [],
  };
  return new Map([[REPOSITORY, target]]);
}

export const settingsOf = (on: On): PolicySettings => ({
  enforceAllowlist: on.enforced ?? false,
  tagProtection: 'refuse',
  anonymousPull: true,
});

const LETTERS: Readonly<Record<string, string>> = { pull: 'P', push: 'U', delete: 'D' };

/** What was granted, as letters in the order P, U, D. */
export function lettersOf(decisions: readonly ResourceDecision[]): string {
  return decisions
    .flatMap(({ actions }) => actions)
    .filter(({ refusedBy }) => refusedBy === null)
    .map(({ action }) => LETTERS[action] ?? action)
    .join('');
}
