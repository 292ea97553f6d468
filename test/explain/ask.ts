/** One action asked for in one world, explained. */
import type { JobPrincipal, Principal } from '../../src/credential/principal.ts';
import { explain, type ExplainedAction, type ExplainQuestion } from '../../src/explain/explain.ts';
import type { Layer } from '../../src/policy/decision.ts';
import type { TargetFacts } from '../../src/policy/facts.ts';
import type { On, Who } from '../policy/truth-table.ts';
import { factsOf, principalOf, REPOSITORY, settingsOf } from '../policy/worlds.ts';

export const GOOD = { fault: null, remedy: '' };

export function names(who: Principal): ExplainQuestion['names'] {
  switch (who.kind) {
    case 'anonymous':
      return { who: 'nobody', home: null };
    case 'user':
      return { who: who.actor.username, home: null };
    case 'job':
      return { who: 'job 7 of acme/home', home: 'acme/home' };
    case 'deploy_token':
      return { who: 'deploy token 1 of acme', home: 'acme' };
  }
}

export interface Asked {
  readonly as: Who | Principal;
  readonly on?: On;
  readonly more?: Partial<TargetFacts>;
  readonly scope?: { type?: string; name?: string; action?: string };
  readonly meta?: boolean;
}

export const isPrincipal = (as: Who | Principal): as is Principal => 'abilities' in as;

export function ask({
  as,
  on = { visibility: 'private' },
  more,
  scope = {},
  meta,
}: Asked): ExplainedAction {
  const who = isPrincipal(as) ? as : principalOf(as);
  const { type = 'repository', name = REPOSITORY, action = 'pull' } = scope;
  const [facts] = factsOf(on).values();
  const [resource] = explain({
    principal: who,
    names: names(who),
    credential: GOOD,
    requested: [{ type, name, actions: [action] }],
    facts: new Map([[REPOSITORY, { ...(facts as TargetFacts), ...more }]]),
    settings: { ...settingsOf(on), ...(meta && { tagProtection: 'meta' as const }) },
  });
  return resource?.actions[0] as ExplainedAction;
}

export const sentenceOf = (answer: ExplainedAction, layer: Layer) =>
  answer.layers.find((each) => each.layer === layer);

export const user: Extract<Who, { kind: 'user' }> = { kind: 'user', scopes: ['api'] };
export const reader: Extract<Who, { kind: 'user' }> = { kind: 'user', scopes: ['read_registry'] };
export const admin: Extract<Who, { kind: 'user' }> = { kind: 'user', scopes: ['api'], admin: true };
export const own: Extract<Who, { kind: 'job' }> = { kind: 'job', home: 'same' };
export const other: Extract<Who, { kind: 'job' }> = { kind: 'job', home: 'other' };
export const deploy: Extract<Who, { kind: 'deploy_token' }> = {
  kind: 'deploy_token',
  scopes: ['read_registry'],
  holder: 'project',
};
export const lost: Extract<Who, { kind: 'deploy_token' }> = { ...deploy, holder: 'elsewhere' };
export const priv = (more: Omit<On, 'visibility'> = {}): On => ({ visibility: 'private', ...more });
export const jobWith = (more: Partial<JobPrincipal>): Principal => ({
  ...(principalOf(other) as JobPrincipal),
  ...more,
});
export const rule = {
  pattern: 'v*',
  minimumAccessLevelForPush: 40,
  minimumAccessLevelForDelete: null,
} as const;

export type Case = readonly [layer: Layer, asked: Asked, sentence: string, remedy?: string];
