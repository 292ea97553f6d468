/** Sentences of the layers that hold protected repositories and tags. */
import type { ProtectionRule } from '../policy/facts.ts';
import { forbiddingRules } from '../policy/protection.ts';
import { actsAsAdmin } from '../policy/roles.ts';
import {
  maintainerOf,
  roleHeld,
  roleName,
  routeOf,
  type Sentences,
  type TargetContext,
} from './context.ts';

type Kind = 'repository' | 'tag';

const forbidding = (kind: Kind, { principal, target, name, action }: TargetContext) =>
  forbiddingRules(kind, principal, target, name, action);

/** `acme/app/prod* (Maintainer)`. */
function printed(rule: ProtectionRule, { action }: TargetContext): string {
  const minimum =
    action === 'push' ? rule.minimumAccessLevelForPush : rule.minimumAccessLevelForDelete;
  return minimum === null ? rule.pattern : `${rule.pattern} (${roleName(minimum)})`;
}

function refused(kind: Kind, context: TargetContext): string {
  const { names, principal, target, action } = context;
  const rules = forbidding(kind, context).map((rule) => printed(rule, context));
  const held =
    principal.kind === 'deploy_token'
      ? 'No deploy token passes such a rule'
      : `${names.who} has ${roleHeld(target.accessLevel)} on ${target.projectPath}`;
  const why =
    kind === 'tag' ? ' A token names no tag, and this registry cannot hold tag rules itself.' : '';
  return `${held}, and ${action} is kept for a higher one by the ${kind} rule ${rules.join(', ')}.${why}`;
}

const remedy =
  (kind: Kind) =>
  ({ target }: TargetContext): string =>
    `${maintainerOf(target)} raises the role or changes the rule (GET ${routeOf(target)}/registry/protection/${kind}/rules).`;

const notConcerned = ({ action }: TargetContext): string =>
  action === 'pull' ? 'No rule concerns a pull.' : 'The project has no such rule.';

function tagsPassed(context: TargetContext): string {
  const rules = forbidding('tag', context);
  if (rules.length === 0) return 'No tag rule asks for a higher role.';
  const patterns = rules.map(({ pattern }) => pattern).join(', ');
  return `The registry itself holds the tag rules: it refuses tags like ${patterns} and takes others.`;
}

export const PROTECTION_SENTENCES: Readonly<
  Record<'repository_protection' | 'tag_protection', Sentences<TargetContext>>
> = {
  repository_protection: {
    passed: ({ names, principal }) =>
      actsAsAdmin(principal)
        ? `${names.who} is an administrator, whom no rule holds.`
        : 'No rule that matches the name asks for a higher role.',
    refused: (context) => refused('repository', context),
    remedy: remedy('repository'),
    notConcerned,
  },
  tag_protection: {
    passed: tagsPassed,
    refused: (context) => refused('tag', context),
    remedy: remedy('tag'),
    notConcerned,
  },
};
