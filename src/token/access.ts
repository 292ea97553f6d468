import type { RequestedResource, ResourceDecision } from '../policy/decision.ts';
import type { AccessEntry } from '../signing/ports.ts';

/** The granted part, as the `access` claim has it: no entry without an action, and never a wildcard or a class. */
export function grantedAccess(decisions: readonly ResourceDecision[]): readonly AccessEntry[] {
  return decisions.flatMap(({ type, name, actions, tagDenyPatterns }) => {
    const granted = actions.filter((a) => a.refusedBy === null).map((a) => a.action);
    if (granted.length === 0) return [];
    const entry = { type, name, actions: granted };
    if (tagDenyPatterns === undefined) return [entry];
    return [{ ...entry, meta: { tag_deny_access_patterns: tagDenyPatterns } }];
  });
}

/** The refused part in words for the log: `repository:acme/app:push role`. */
export function refusals(decisions: readonly ResourceDecision[]): readonly string[] {
  return decisions.flatMap(({ type, name, actions }) =>
    actions.flatMap(({ action, refusedBy }) =>
      refusedBy === null ? [] : [`${type}:${name}:${action} ${refusedBy}`],
    ),
  );
}

/** True if the bearer will change something in the registry, which takes longer than reading. */
export function writes(access: readonly RequestedResource[]): boolean {
  return access.some(
    ({ type, actions }) => type === 'repository' && actions.some((action) => action !== 'pull'),
  );
}
