/** Every layer, each thing that it can say: named facts, and for a refusal what would have to change. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { explain } from '../../src/explain/explain.ts';
import { LAYERS } from '../../src/policy/decision.ts';
import { NAME, principal, settings, target } from '../policy/arbitraries.ts';
import { factsOf, principalOf, REPOSITORY, settingsOf } from '../policy/worlds.ts';
import { ask, GOOD, names, priv, sentenceOf, user } from './ask.ts';
import { NOT_CONCERNED, PASSED } from './passed-cases.ts';
import { REFUSED } from './refused-cases.ts';

describe('JOB-23: the sentence of each layer', () => {
  test.each(REFUSED)('%s, refused: %#', (layer, asked, sentence, remedy) => {
    const answer = ask(asked);
    expect(answer).toMatchObject({ granted: false, refusedBy: layer });
    expect(answer.reason).toContain(sentence);
    expect(sentenceOf(answer, layer)).toMatchObject({
      verdict: 'refused',
      sentence: answer.reason,
    });
    expect(answer.remedy).toContain(remedy);
  });

  test.each(PASSED)('%s, passed: %#', (layer, asked, sentence) => {
    const said = sentenceOf(ask(asked), layer);
    expect(said?.verdict).toBe('passed');
    expect(said?.sentence).toContain(sentence);
  });

  test.each(NOT_CONCERNED)('%s, not concerned: %#', (layer, asked, sentence) => {
    const said = sentenceOf(ask(asked), layer);
    expect(said?.verdict).toBe('not_concerned');
    expect(said?.sentence).toContain(sentence);
  });

  test('no layer is left out of this list', () => {
    const refusing = new Set(REFUSED.map(([layer]) => layer));
    const passing = new Set(PASSED.map(([layer]) => layer));
    expect(LAYERS.filter((layer) => !refusing.has(layer) || !passing.has(layer))).toEqual([]);
  });
});

test('a credential that does not log in comes before every layer', () => {
  const [resource] = explain({
    principal: principalOf(user),
    names: { who: 'jane', home: null },
    credential: { fault: 'jane is blocked.', remedy: 'An administrator unblocks jane.' },
    requested: [{ type: 'repository', name: REPOSITORY, actions: ['pull'] }],
    facts: factsOf(priv({ role: 'owner' })),
    settings: settingsOf(priv()),
  });
  expect(resource?.actions[0]).toMatchObject({
    granted: false,
    refusedBy: 'credential',
    reason: 'jane is blocked.',
    remedy: 'An administrator unblocks jane.',
  });
});

test('JOB-24: in every world each layer has a whole sentence, and a refusal a remedy', () => {
  fc.assert(
    fc.property(principal, target, settings, (who, on, under) => {
      const requested = [
        { type: 'repository', name: NAME, actions: ['*'] },
        { type: 'registry', name: 'catalog', actions: ['*'] },
        { type: 'artifact', name: 'x', actions: ['scan'] },
      ];
      const question = { principal: who, names: names(who), credential: GOOD };
      const facts = new Map([[NAME, on]]);
      const answer = explain({ ...question, requested, facts, settings: under });
      return answer
        .flatMap(({ actions }) => actions)
        .every(({ granted, reason, remedy, layers }) => {
          const sentences = layers.map(({ sentence }) => sentence);
          const words = [...sentences, reason, remedy].filter((each) => each !== null).join(' ');
          return (
            layers.length === LAYERS.length + 1 &&
            sentences.every((sentence) => /^[^]{10,}\.$/.test(sentence)) &&
            (reason === null) === granted &&
            (remedy === null) === granted &&
            !/undefined|null|NaN|\[object|\. {2}/.test(words)
          );
        });
    }),
    { numRuns: 1000 },
  );
});
