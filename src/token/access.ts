import type { ResourceDecision } from '../policy/decision.ts';
import type { AccessEntry } from '../signing/ports.ts';

/** The granted part, as the `access` claim has it: no entry without an action, and never a wildcard or a class. */
export function grantedAccess(decisions: readonly ResourceDecision[]): readonly AccessEntry[] {
  const access: AccessEntry[] = [];
  for (const { type, name, actions, tagDenyPatterns } of decisions) {
    const granted: string[] = [];
    for (const { action, refusedBy } of actions) if (refusedBy === null) granted.push(action);
    if (granted.length === 0) continue;
    const meta = tagDenyPatterns && { tag_deny_access_patterns: tagDenyPatterns };
    access.push({ type, name, actions: granted, ...(meta && { meta }) });
  }
  return access;
}

/** The refused part in words for the log: `repository:acme/app:push role`. */
export function refusals(decisions: readonly ResourceDecision[]): readonly string[] {
  const refused: string[] = [];
  for (const { type, name, actions } of decisions) {
    for (const { action, refusedBy } of actions) {
      if (refusedBy !== null) refused.push(`${type}:${name}:${action} ${refusedBy}`);
    }
  }
  return refused;
}
