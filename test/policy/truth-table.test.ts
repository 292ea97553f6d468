import { describe, expect, test } from '@jest/globals';
import { decide } from '../../src/policy/decide.ts';
import { LAYERS } from '../../src/policy/decision.ts';
import { TRUTH_TABLE } from './truth-table.ts';
import { factsOf, lettersOf, principalOf, REPOSITORY, settingsOf } from './worlds.ts';

const ask = (actions: string[]) => [{ type: 'repository', name: REPOSITORY, actions }];

describe('the truth table', () => {
  test.each(TRUTH_TABLE)('row $row: $as.kind on $on.visibility → "$gets"', ({ as, on, gets }) => {
    const asked = ask(['pull', 'push', 'delete']);
    const decisions = decide(principalOf(as), asked, factsOf(on), settingsOf(on));
    expect(lettersOf(decisions)).toBe(gets);
  });

  test.each(TRUTH_TABLE)('row $row: `*` asks for the same three actions', ({ as, on, gets }) => {
    const decisions = decide(principalOf(as), ask(['*']), factsOf(on), settingsOf(on));
    expect(lettersOf(decisions)).toBe(gets);
  });

  test.each(TRUTH_TABLE)('JOB-23 row $row: every refusal names its layer', ({ as, on }) => {
    const asked = ask(['pull', 'push', 'delete']);
    const [decision] = decide(principalOf(as), asked, factsOf(on), settingsOf(on));
    expect(decision?.actions).toHaveLength(3);
    for (const { refusedBy } of decision?.actions ?? []) {
      if (refusedBy !== null) expect(LAYERS).toContain(refusedBy);
    }
  });
});
