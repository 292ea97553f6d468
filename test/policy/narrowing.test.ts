/** Properties of all worlds: no layer widens, their order does not matter, and less of anything never gives more. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { JOB_ABILITIES, abilitiesOfScopes } from '../../src/credential/abilities.ts';
import type { JobPrincipal, Principal, UserPrincipal } from '../../src/credential/principal.ts';
import { decide } from '../../src/policy/decide.ts';
import type { PolicySettings } from '../../src/policy/decision.ts';
import { ACCESS, type TargetFacts } from '../../src/policy/facts.ts';
import { REPOSITORY_LAYERS } from '../../src/policy/layers.ts';

const NAME = 'acme/app';
const ACTIONS = ['pull', 'push', 'delete'] as const;
const [HOME, OTHER] = [10, 20];
const LEVELS = Object.values(ACCESS);
const level = fc.constantFrom(...LEVELS);

const rule = fc.record({
  pattern: fc.constantFrom(NAME, 'acme/*', 'acme/other'),
  minimumAccessLevelForPush: fc.option(level),
  minimumAccessLevelForDelete: fc.option(level),
});

const policies = fc.subarray(['READ_CONTAINERS', 'ADMIN_CONTAINERS', 'READ_PACKAGES'] as const);

const target: fc.Arbitrary<TargetFacts> = fc.record({
  projectId: fc.constant(HOME),
  projectPath: fc.constant(NAME),
  visibility: fc.constantFrom('public', 'internal', 'private'),
  registryAccess: fc.constantFrom('enabled', 'private', 'disabled'),
  archived: fc.boolean(),
  groupIds: fc.constant([5]),
  accessLevel: level,
  allowlistEnabled: fc.boolean(),
  allowlistEntry: fc.option(fc.record({ policies: fc.option(policies) })),
  repositoryRules: fc.array(rule, { maxLength: 2 }),
  tagRules: fc.array(rule, { maxLength: 2 }),
});

const settings: fc.Arbitrary<PolicySettings> = fc.record({
  enforceAllowlist: fc.boolean(),
  tagProtection: fc.constantFrom('refuse', 'meta'),
  anonymousPull: fc.boolean(),
});

const actor = fc.record({
  id: fc.constant(1),
  username: fc.constant('jane'),
  admin: fc.boolean(),
  external: fc.boolean(),
});

const projects = fc.constantFrom<'*' | Set<number>>('*', new Set([HOME]), new Set([OTHER]));

const job: fc.Arbitrary<JobPrincipal> = fc.record({
  kind: fc.constant('job'),
  jobId: fc.constant(7),
  pipelineId: fc.constant(null),
  projectId: fc.constantFrom(HOME, OTHER),
  runnerId: fc.constant(null),
  actor,
  abilities: fc.subarray([...JOB_ABILITIES]).map((abilities) => new Set(abilities)),
  permissions: fc.constantFrom(null, 'none', 'read', 'write', 'delete'),
  scopeCap: fc.option(
    fc
      .record({ READ_CONTAINERS: projects, ADMIN_CONTAINERS: projects }, { requiredKeys: [] })
      .map((cap) => new Map(Object.entries(cap))),
  ),
  expiresAt: fc.constant(0),
});

const user: fc.Arbitrary<UserPrincipal> = fc.record({
  kind: fc.constant('user'),
  via: fc.constant('personal_access_token'),
  actor,
  abilities: fc.subarray(['api', 'read_registry', 'write_registry']).map(abilitiesOfScopes),
  tokenId: fc.constant(1),
  expiresAt: fc.constant(null),
});

const deployToken: fc.Arbitrary<Principal> = fc.record({
  kind: fc.constant('deploy_token'),
  tokenId: fc.constant(1),
  username: fc.constant('d'),
  holder: fc.record({ kind: fc.constantFrom('project', 'group'), id: fc.constantFrom(5, HOME) }),
  abilities: fc.subarray(['read_registry', 'write_registry']).map(abilitiesOfScopes),
  expiresAt: fc.constant(null),
});

const nobody = fc.constant<Principal>({ kind: 'anonymous' });
const principal = fc.oneof(job, user, deployToken, nobody);

const RUNS = { numRuns: 5000 };

function granted(who: Principal, on: TargetFacts, under: PolicySettings): string[] {
  const asked = [{ type: 'repository', name: NAME, actions: [...ACTIONS] }];
  const [decision] = decide(who, asked, new Map([[NAME, on]]), under);
  const actions = decision?.actions ?? [];
  return actions.filter(({ refusedBy }) => refusedBy === null).map(({ action }) => action);
}

const within = (less: string[], more: string[]): boolean =>
  less.every((action) => more.includes(action));

describe('in every world', () => {
  test('LOW-01 LOW-02: an action is granted if and only if each layer by itself lets it pass, in any order', () => {
    const order = fc.shuffledSubarray([...REPOSITORY_LAYERS], {
      minLength: REPOSITORY_LAYERS.length,
    });
    fc.assert(
      fc.property(principal, target, settings, order, (who, on, under, layers) => {
        const passes = ACTIONS.filter((action) =>
          layers.every(([, check]) =>
            check({ principal: who, target: on, name: NAME, action, settings: under }),
          ),
        );
        expect(granted(who, on, under)).toEqual(passes);
      }),
      RUNS,
    );
  });

  const NARROWER: readonly [string, (on: TargetFacts) => TargetFacts][] = [
    ['archived', (on) => ({ ...on, archived: true })],
    ['not public any more', (on) => ({ ...on, visibility: 'private' })],
    [
      'members only',
      (on) => (on.registryAccess === 'enabled' ? { ...on, registryAccess: 'private' } : on),
    ],
    ['without a registry', (on) => ({ ...on, registryAccess: 'disabled' })],
    [
      'without the allowlist entry',
      (on) => ({ ...on, allowlistEnabled: true, allowlistEntry: null }),
    ],
    [
      'with one more repository rule',
      (on) => ({
        ...on,
        repositoryRules: [
          ...on.repositoryRules,
          { pattern: NAME, minimumAccessLevelForPush: 40, minimumAccessLevelForDelete: 50 },
        ],
      }),
    ],
    [
      'for somebody with a lower role',
      (on) => ({
        ...on,
        accessLevel: LEVELS[Math.max(0, LEVELS.indexOf(on.accessLevel) - 1)] ?? ACCESS.none,
      }),
    ],
  ];

  test.each(NARROWER)(
    'LOW-02: a project %s gives nothing that it did not give before',
    (_name, narrow) => {
      fc.assert(
        fc.property(principal, target, settings, (who, on, under) =>
          within(granted(who, narrow(on), under), granted(who, on, under)),
        ),
        RUNS,
      );
    },
  );

  test('T25 JOB-10: being an administrator adds nothing to a job', () => {
    fc.assert(
      fc.property(job, target, settings, (who, on, under) => {
        const as = (admin: boolean) => ({ ...who, actor: { ...who.actor, admin } });
        expect(granted(as(true), on, under)).toEqual(granted(as(false), on, under));
      }),
      RUNS,
    );
  });

  test('T23 JOB-07: no job writes to a project that is not its own', () => {
    fc.assert(
      fc.property(job, target, settings, (who, on, under) =>
        within(granted({ ...who, projectId: OTHER }, on, under), ['pull']),
      ),
      RUNS,
    );
  });

  test('JOB-09: an external user gets nothing that another would not get', () => {
    fc.assert(
      fc.property(fc.oneof(job, user), target, settings, (who, on, under) => {
        const as = (external: boolean) => ({ ...who, actor: { ...who.actor, external } });
        return within(granted(as(true), on, under), granted(as(false), on, under));
      }),
      RUNS,
    );
  });

  test('JOB-11: a job with permissions gets nothing that it would not get by default', () => {
    fc.assert(
      fc.property(job, target, settings, (who, on, under) =>
        within(granted(who, on, under), granted({ ...who, permissions: null }, on, under)),
      ),
      RUNS,
    );
  });

  test('LOW-09: the claims of a signed token only take away', () => {
    fc.assert(
      fc.property(job, target, settings, (who, on, under) =>
        within(granted(who, on, under), granted({ ...who, scopeCap: null }, on, under)),
      ),
      RUNS,
    );
  });
});
