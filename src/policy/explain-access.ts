/**
 * The same answer as decide() gives, with the verdict of every layer. It asks the same checks of the same layers, so
 * there is one set of rules; it is slower, and nothing on the way to a token uses it.
 */
import type { Principal } from '../credential/principal.ts';
import { catalogAllows, expand, isRepositoryAction } from './actions.ts';
import { LAYERS, type Layer, type PolicySettings, type RequestedResource } from './decision.ts';
import type { TargetFacts } from './facts.ts';
import { listApplies, REPOSITORY_LAYERS, type Question } from './layers.ts';
import { isRepositoryName } from './repository-name.ts';

/** `not_concerned`: the layer lets it pass because it is about something else. */
export type Verdict = 'passed' | 'refused' | 'not_concerned';

export interface LayerVerdict {
  readonly layer: Layer;
  readonly verdict: Verdict;
}

export interface ActionExplanation {
  readonly action: string;
  /** The first layer that said no; null when the action is granted. */
  readonly refusedBy: Layer | null;
  /** One for each of LAYERS, in their order. */
  readonly layers: readonly LayerVerdict[];
}

export interface ResourceExplanation {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly ActionExplanation[];
}

/** Whether a layer that refuses nothing had anything to look at; a layer that is not here always has. */
const CONCERNS: Partial<Record<Layer, (question: Question) => boolean>> = {
  after_job: ({ principal }) => principal.kind === 'job' && principal.convertedId !== null,
  own_project: ({ principal }) => principal.kind === 'job',
  allowlist: (question) =>
    question.principal.kind === 'job' && listApplies(question.principal, question),
  entry_permission: (question) =>
    question.principal.kind === 'job' &&
    question.target.allowlistEntry !== null &&
    listApplies(question.principal, question),
  job_permission: ({ principal }) => principal.kind === 'job' && principal.permissions !== null,
  token_scope: ({ principal }) => principal.kind === 'job' && principal.scopeCap !== null,
  repository_protection: ({ target, action }) =>
    action !== 'pull' && target.repositoryRules.length > 0,
  tag_protection: ({ target, action }) => action !== 'pull' && target.tagRules.length > 0,
};

type Verdicts = Partial<Record<Layer, Verdict>>;

const verdictOf = (passes: boolean): Verdict => (passes ? 'passed' : 'refused');

function explainAction(action: string, verdicts: Verdicts): ActionExplanation {
  return {
    action,
    refusedBy: LAYERS.find((layer) => verdicts[layer] === 'refused') ?? null,
    layers: LAYERS.map((layer) => ({ layer, verdict: verdicts[layer] ?? 'not_concerned' })),
  };
}

/** What no layer after the first refusal of these could look at is not asked. */
function repositoryVerdicts(
  principal: Principal,
  name: string,
  action: string,
  target: TargetFacts | undefined,
  settings: PolicySettings,
): Verdicts {
  if (!isRepositoryAction(action)) return { resource_type: 'passed', action: 'refused' };
  const verdicts: Verdicts = { resource_type: 'passed', action: 'passed' };
  if (target === undefined || !isRepositoryName(name)) {
    return { ...verdicts, repository: 'refused' };
  }
  verdicts.repository = 'passed';
  const question: Question = { principal, target, name, action, settings };
  for (const [layer, passes] of REPOSITORY_LAYERS) {
    const concerned = CONCERNS[layer]?.(question) ?? true;
    const passed = passes(question);
    verdicts[layer] = passed && !concerned ? 'not_concerned' : verdictOf(passed);
  }
  return verdicts;
}

/**
 * For every action asked for (`*` spelled out), what each layer says of it. Same arguments as decide().
 *
 * @param facts the target of each repository name; a name that is absent belongs to no project
 */
export function explainAccess(
  principal: Principal,
  requested: readonly RequestedResource[],
  facts: ReadonlyMap<string, TargetFacts>,
  settings: PolicySettings,
): readonly ResourceExplanation[] {
  return requested.map(({ type, name, actions }) => {
    const verdictsOf = (action: string): Verdicts => {
      if (type === 'repository') {
        return repositoryVerdicts(principal, name, action, facts.get(name), settings);
      }
      if (type !== 'registry') return { resource_type: 'refused' };
      return {
        resource_type: 'passed',
        catalog: verdictOf(catalogAllows(principal, name, action)),
      };
    };
    const asked = type === 'repository' ? expand(actions) : actions;
    return {
      type,
      name,
      actions: asked.map((action) => explainAction(action, verdictsOf(action))),
    };
  });
}
