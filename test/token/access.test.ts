import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LAYERS, type ResourceDecision } from '../../src/policy/decision.ts';
import { grantedAccess, refusals } from '../../src/token/access.ts';

const decision = (
  name: string,
  verdicts: Record<string, ResourceDecision['actions'][0]['refusedBy']>,
) => ({
  type: 'repository',
  name,
  actions: Object.entries(verdicts).map(([action, refusedBy]) => ({ action, refusedBy })),
});

describe('what goes into the token', () => {
  const some = decision('a/b', { pull: null, push: 'role' });
  const none = decision('c/d', { pull: 'repository' });

  test('P-05, P-06: the granted actions; no entry without one', () => {
    expect(grantedAccess([some, none])).toEqual([
      { type: 'repository', name: 'a/b', actions: ['pull'] },
    ]);
    expect(grantedAccess([none])).toEqual([]);
  });

  test('deny patterns travel as `meta`, where the registry takes them', () => {
    const withTags = { ...some, tagDenyPatterns: { push: ['^v.*$'] } };
    expect(grantedAccess([withTags])).toEqual([
      {
        type: 'repository',
        name: 'a/b',
        actions: ['pull'],
        meta: { tag_deny_access_patterns: { push: ['^v.*$'] } },
      },
    ]);
  });

  test('JOB-23: every refusal is named with its layer', () => {
    expect(refusals([some, none])).toEqual([
      'repository:a/b:push role',
      'repository:c/d:pull repository',
    ]);
  });

  test('T13: what is granted and what is refused is together what was decided', () => {
    const verdict = fc.option(fc.constantFrom(...LAYERS));
    const decisions = fc.array(
      fc
        .tuple(
          fc.stringMatching(/^[a-z]\/[a-z]$/),
          fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), verdict),
        )
        .map(([name, verdicts]) => decision(name, verdicts)),
    );
    fc.assert(
      fc.property(decisions, (all) => {
        const granted = grantedAccess(all).flatMap(({ name, actions }) =>
          actions.map((a) => `${name}:${a}`),
        );
        const expected = all.flatMap(({ name, actions }) =>
          actions.filter((a) => a.refusedBy === null).map((a) => `${name}:${a.action}`),
        );
        expect(granted).toEqual(expected);
        expect(granted.length + refusals(all).length).toBe(all.flatMap((d) => d.actions).length);
      }),
    );
  });
});
