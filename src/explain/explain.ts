/**
 * From verdicts to words. Pure: what each layer said comes from policy, and every sentence is made of the facts that
 * policy looked at. Who may be told them is for the caller to know.
 */
import type { Principal } from '../credential/principal.ts';
import { isRepositoryAction } from '../policy/actions.ts';
import type { Layer, PolicySettings, RequestedResource } from '../policy/decision.ts';
import { explainAccess, type LayerVerdict, type Verdict } from '../policy/explain-access.ts';
import type { TargetFacts } from '../policy/facts.ts';
import type { Names, RequestContext, Sentences, TargetContext } from './context.ts';
import { JOB_SENTENCES } from './job-sentences.ts';
import { PROJECT_SENTENCES } from './project-sentences.ts';
import { PROTECTION_SENTENCES } from './protection-sentences.ts';
import { REQUEST_SENTENCES } from './request-sentences.ts';

export interface ExplainedLayer {
  /** One of the layers of docs/rules.md, or `credential`, which comes before them. */
  readonly layer: Layer | 'credential';
  readonly verdict: Verdict;
  readonly sentence: string;
}

export interface ExplainedAction {
  readonly action: string;
  readonly granted: boolean;
  /** The first of the layers that said no. */
  readonly refusedBy: ExplainedLayer['layer'] | null;
  /** Its sentence; null where the action is granted. */
  readonly reason: string | null;
  /** What would have to change, for every layer that said no; null where the action is granted. */
  readonly remedy: string | null;
  readonly layers: readonly ExplainedLayer[];
}

export interface ExplainedResource {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly ExplainedAction[];
}

/** Whether the credential logs in at all. */
export interface CredentialState {
  /** Why it does not; null where it is good. */
  readonly fault: string | null;
  /** What would have to change where it is not good. */
  readonly remedy: string;
}

export interface ExplainQuestion {
  readonly principal: Principal;
  readonly names: Names;
  readonly credential: CredentialState;
  readonly requested: readonly RequestedResource[];
  /** Of the projects that the asker may be told of, and of no other. */
  readonly facts: ReadonlyMap<string, TargetFacts>;
  readonly settings: PolicySettings;
}

const OF_REQUEST: Partial<Record<Layer, Sentences<RequestContext>>> = REQUEST_SENTENCES;
const OF_TARGET: Partial<Record<Layer, Sentences<TargetContext>>> = {
  ...PROJECT_SENTENCES,
  ...JOB_SENTENCES,
  ...PROTECTION_SENTENCES,
};

const NOT_ASKED = 'There is no project to ask it of.';

function say<C>(sentences: Sentences<C> | undefined, verdict: Verdict, context: C): string {
  switch (verdict) {
    case 'passed':
      return sentences?.passed(context) ?? '';
    case 'refused':
      return sentences?.refused(context) ?? '';
    case 'not_concerned':
      return sentences?.notConcerned(context) ?? '';
  }
}

/** Everything that the sentences of one action need. */
interface Speaker {
  sentence(verdict: LayerVerdict): string;
  remedy(layer: Layer): string;
}

function speakerOf(context: RequestContext, target: TargetContext | null): Speaker {
  return {
    sentence: ({ layer, verdict }) => {
      const known = OF_REQUEST[layer];
      if (known !== undefined) return say(known, verdict, context);
      return target === null ? NOT_ASKED : say(OF_TARGET[layer], verdict, target);
    },
    remedy: (layer) => {
      const known = OF_REQUEST[layer];
      if (known !== undefined) return known.remedy(context);
      return target === null ? '' : (OF_TARGET[layer]?.remedy(target) ?? '');
    },
  };
}

/** `Job 7 of acme/app …` where a sentence begins with who asks. A username, a single word, stays as it is. */
function capital(sentence: string, { who }: Names): string {
  if (!sentence.startsWith(who) || !who.includes(' ')) return sentence;
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

function credentialLayer({ credential, names }: ExplainQuestion): ExplainedLayer {
  return credential.fault === null
    ? {
        layer: 'credential',
        verdict: 'passed',
        sentence: capital(`${names.who} can log in.`, names),
      }
    : { layer: 'credential', verdict: 'refused', sentence: credential.fault };
}

/** What of the access the principal gets, and in words why, layer by layer. */
export function explain(question: ExplainQuestion): readonly ExplainedResource[] {
  const { principal, names, requested, facts, settings, credential } = question;
  const first = credentialLayer(question);
  return explainAccess(principal, requested, facts, settings).map(({ type, name, actions }) => {
    const target = type === 'repository' ? facts.get(name) : undefined;
    const explained = actions.map(({ action, layers }): ExplainedAction => {
      const context = { names, principal, type, name, action };
      const whole =
        target !== undefined && isRepositoryAction(action)
          ? { ...context, action, target, settings }
          : null;
      const speaker = speakerOf(context, whole);
      const said = layers.map((each) => ({
        ...each,
        sentence: capital(speaker.sentence(each), names),
      }));
      const refused = layers.filter(({ verdict }) => verdict === 'refused');
      const remedies = [
        ...(credential.fault === null ? [] : [credential.remedy]),
        ...refused.map(({ layer }) => speaker.remedy(layer)),
      ];
      const all = [first, ...said];
      const no = all.find(({ verdict }) => verdict === 'refused') ?? null;
      return {
        action,
        granted: no === null,
        refusedBy: no?.layer ?? null,
        reason: no?.sentence ?? null,
        remedy: no === null ? null : [...new Set(remedies)].join(' '),
        layers: all,
      };
    });
    return { type, name, actions: explained };
  });
}
