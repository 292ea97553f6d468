/** Protected repositories and tags: a least role for pushing to them or deleting from them. */
import type { Principal } from '../credential/principal.ts';
import type { RepositoryAction, TagDenyPatterns } from './decision.ts';
import type { ProtectionRule, TargetFacts } from './facts.ts';
import { globToRegex, matchesGlob } from './pattern.ts';
import { actsAsAdmin } from './roles.ts';

/** True if the rule keeps this principal from the action. Deploy tokens have no role, so they never pass a rule. */
function forbids(
  rule: ProtectionRule,
  principal: Principal,
  target: TargetFacts,
  action: RepositoryAction,
): boolean {
  if (action === 'pull' || actsAsAdmin(principal)) return false;
  const minimum =
    action === 'push' ? rule.minimumAccessLevelForPush : rule.minimumAccessLevelForDelete;
  if (minimum === null) return false;
  return principal.kind === 'deploy_token' || target.accessLevel < minimum;
}

export function repositoryRulesAllow(
  principal: Principal,
  target: TargetFacts,
  name: string,
  action: RepositoryAction,
): boolean {
  return !target.repositoryRules.some(
    (rule) => forbids(rule, principal, target, action) && matchesGlob(rule.pattern, name),
  );
}

/** The rules that keep this principal from the action: those for repositories that match its name, or those for tags. */
export function forbiddingRules(
  kind: 'repository' | 'tag',
  principal: Principal,
  target: TargetFacts,
  name: string,
  action: RepositoryAction,
): readonly ProtectionRule[] {
  const forbidding = (rules: readonly ProtectionRule[]) =>
    rules.filter((rule) => forbids(rule, principal, target, action));
  if (kind === 'tag') return forbidding(target.tagRules);
  return forbidding(target.repositoryRules).filter(({ pattern }) => matchesGlob(pattern, name));
}

/**
 * A token names no tag. Where the registry cannot hold a tag rule itself, whoever is below one rule's minimum gets no
 * push (or delete) to the project at all.
 */
export function tagRulesAllow(
  principal: Principal,
  target: TargetFacts,
  action: RepositoryAction,
): boolean {
  return !target.tagRules.some((rule) => forbids(rule, principal, target, action));
}

/** The patterns that a registry which takes GitLab's `meta` refuses for this bearer; one list per granted action. */
export function tagDenyPatterns(
  principal: Principal,
  target: TargetFacts,
  granted: readonly RepositoryAction[],
): TagDenyPatterns {
  const patterns = (action: RepositoryAction): string[] =>
    target.tagRules
      .filter((rule) => forbids(rule, principal, target, action))
      .map((rule) => globToRegex(rule.pattern));
  return {
    ...(granted.includes('push') && { push: patterns('push') }),
    ...(granted.includes('delete') && { delete: patterns('delete') }),
  };
}
