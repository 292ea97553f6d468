import type { Principal } from '../credential/principal.ts';
import { catalogAllows, expand, isRepositoryAction } from './actions.ts';
import type {
  ActionDecision,
  Layer,
  PolicySettings,
  RequestedResource,
  ResourceDecision,
} from './decision.ts';
import type { TargetFacts } from './facts.ts';
import { REPOSITORY_LAYERS, type Question } from './layers.ts';
import { tagDenyPatterns } from './protection.ts';
import { isRepositoryName } from './repository-name.ts';

function firstRefusal(question: Question): Layer | null {
  for (const [layer, passes] of REPOSITORY_LAYERS) if (!passes(question)) return layer;
  return null;
}

function decideRepository(
  principal: Principal,
  { type, name, actions }: RequestedResource,
  target: TargetFacts | undefined,
  settings: PolicySettings,
): ResourceDecision {
  const known = target !== undefined && isRepositoryName(name) ? target : null;
  const decisions = expand(actions).map((action): ActionDecision => {
    if (!isRepositoryAction(action)) return { action, refusedBy: 'action' };
    if (known === null) return { action, refusedBy: 'repository' };
    return {
      action,
      refusedBy: firstRefusal({ principal, target: known, name, action, settings }),
    };
  });
  if (known === null || known.tagRules.length === 0 || settings.tagProtection !== 'meta') {
    return { type, name, actions: decisions };
  }
  const granted = decisions.flatMap((d) =>
    d.refusedBy === null && isRepositoryAction(d.action) ? [d.action] : [],
  );
  return {
    type,
    name,
    actions: decisions,
    tagDenyPatterns: tagDenyPatterns(principal, known, granted),
  };
}

function decideCatalog(
  principal: Principal,
  { type, name, actions }: RequestedResource,
): ResourceDecision {
  return {
    type,
    name,
    actions: actions.map((action) => ({
      action,
      refusedBy: catalogAllows(principal, name, action) ? null : 'catalog',
    })),
  };
}

/**
 * What of the asked-for access the principal gets: each action comes back granted, or with the layer that refused it.
 * Pure: the same facts give the same answer. Closed: what is not known here is refused, and nothing that was not asked
 * for is granted.
 *
 * @param facts the target of each repository name; a name that is absent belongs to no project
 */
export function decide(
  principal: Principal,
  requested: readonly RequestedResource[],
  facts: ReadonlyMap<string, TargetFacts>,
  settings: PolicySettings,
): readonly ResourceDecision[] {
  return requested.map((resource) => {
    switch (resource.type) {
      case 'repository':
        return decideRepository(principal, resource, facts.get(resource.name), settings);
      case 'registry':
        return decideCatalog(principal, resource);
      default:
        return {
          type: resource.type,
          name: resource.name,
          actions: resource.actions.map((action) => ({ action, refusedBy: 'resource_type' })),
        };
    }
  });
}
