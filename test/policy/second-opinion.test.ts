/**
 * decide() against the naive model, and against its own explanation, in random worlds. POLICY_RUNS=1000000 for a long
 * run; a difference is printed with the world that shows it.
 */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decide } from '../../src/policy/decide.ts';
import type { ResourceDecision } from '../../src/policy/decision.ts';
import { explainAccess } from '../../src/policy/explain-access.ts';
import { NAME, principal, settings, target } from './arbitraries.ts';
import { modelOf } from './reference-model.ts';

const RUNS = Number(process.env['POLICY_RUNS'] ?? 100_000);

const action = fc.constantFrom('pull', 'push', 'delete', '*', 'frobnicate');
const actions = fc.uniqueArray(action, { minLength: 1, maxLength: 3 });
const NAMES = [NAME, 'acme/app/web', 'acme/app/__x', 'acme//app', 'Acme/app', 'acme', 'acme/none'];
const repository = fc.record({
  type: fc.constant('repository'),
  name: fc.oneof({ weight: 4, arbitrary: fc.constant(NAME) }, fc.constantFrom(...NAMES)),
  actions,
});
const other = fc.record({
  type: fc.constantFrom('registry', 'artifact'),
  name: fc.constantFrom('catalog', NAME),
  actions,
});
const requested = fc.oneof({ weight: 9, arbitrary: repository }, other);

const flat = (decisions: readonly Pick<ResourceDecision, 'type' | 'name' | 'actions'>[]) =>
  decisions.flatMap(({ type, name, actions: each }) =>
    each.map(({ action: asked, refusedBy }) => `${type}:${name}:${asked} ${refusedBy}`),
  );

/** The project is there under every name but one. */
const worldOf = (
  on: Parameters<typeof decide>[2] extends ReadonlyMap<string, infer F> ? F : never,
) => new Map(NAMES.filter((name) => name !== 'acme/none').map((name) => [name, on]));

test(
  'LOW-01 LOW-13 JOB-23: the rules say the same a second time',
  () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(principal, target, settings, requested, (who, on, under, asked) => {
        const facts = worldOf(on);
        const decided = flat(decide(who, [asked], facts, under));
        const model = modelOf(who, [asked], facts, under).map(
          ([what, by]) => `${what} ${by[0] ?? null}`,
        );
        for (const line of decided) seen.add(line.slice(line.lastIndexOf(' ') + 1));
        return decided.length === model.length && decided.every((line, i) => line === model[i]);
      }),
      { numRuns: RUNS },
    );
    // Each layer had its say in some world, and some things were granted.
    expect(seen.size).toBe(17);
  },
  Math.max(60_000, RUNS),
);

test('JOB-24: an explanation never disagrees with the decision, nor with the model about any layer', () => {
  fc.assert(
    fc.property(principal, target, settings, requested, (who, on, under, asked) => {
      const facts = worldOf(on);
      const explained = explainAccess(who, [asked], facts, under);
      const refusing = explained.flatMap(({ actions: each }) =>
        each.map(({ layers }) =>
          layers.filter(({ verdict }) => verdict === 'refused').map(({ layer }) => layer),
        ),
      );
      const model = modelOf(who, [asked], facts, under).map(([, by]) => by);
      const same =
        flat(explained).join('\n') === flat(decide(who, [asked], facts, under)).join('\n');
      return same && JSON.stringify(refusing) === JSON.stringify(model);
    }),
    { numRuns: RUNS / 10 },
  );
});
