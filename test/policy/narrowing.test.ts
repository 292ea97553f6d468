/** Properties of all worlds: no layer widens, their order does not matter, and less of anything never gives more. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Principal } from '../../src/credential/principal.ts';
import { decide } from '../../src/policy/decide.ts';
import type { PolicySettings } from '../../src/policy/decision.ts';
import { ACCESS, type TargetFacts } from '../../src/policy/facts.ts';
import { REPOSITORY_LAYERS } from '../../src/policy/layers.ts';
import { job, NAME, OTHER, principal, settings, target, user } from './arbitraries.ts';

const ACTIONS = ['pull', 'push', 'delete'] as const;
const LEVELS = Object.values(ACCESS);

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
      'with one more tag rule',
      (on) => ({
        ...on,
        tagRules: [
          ...on.tagRules,
          { pattern: 'v*', minimumAccessLevelForPush: 30, minimumAccessLevelForDelete: 40 },
        ],
      }),
    ],
    [
      'with an allowlist entry that is limited to something else',
      (on) => ({
        ...on,
        allowlistEntry: on.allowlistEntry && { policies: ['READ_PACKAGES'] },
      }),
    ],
    [
      'for somebody whose membership was taken away or has expired',
      (on) => ({ ...on, accessLevel: ACCESS.none }),
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
    const ordinary = job.map((who) => ({ ...who, projectId: OTHER, extended: false }));
    fc.assert(
      fc.property(ordinary, target, settings, (who, on, under) =>
        within(granted(who, on, under), ['pull']),
      ),
      RUNS,
    );
  });

  test('EXT-09: an extended token adds a push, and only where the target names its project for it', () => {
    fc.assert(
      fc.property(job, target, settings, (who, on, under) => {
        const as = (extended: boolean) => granted({ ...who, extended }, on, under);
        const named = on.allowlistEntry?.policies?.includes('ADMIN_CONTAINERS') ?? false;
        const mayPush = named && who.projectId === OTHER && on.accessLevel >= ACCESS.developer;
        const bounded = within(as(true), [...as(false), ...(mayPush ? ['push'] : [])]);
        return bounded && within(as(false), as(true));
      }),
      RUNS,
    );
  });

  test('CD-07 CD-09: a job that has ended keeps a pull from its own project at most', () => {
    fc.assert(
      fc.property(job, target, settings, (who, on, under) => {
        const running = granted({ ...who, convertedId: null }, on, under);
        const ended = granted({ ...who, convertedId: 3 }, on, under);
        const left = who.projectId === on.projectId ? ['pull'] : [];
        return ended.join() === running.filter((action) => left.includes(action)).join();
      }),
      RUNS,
    );
  });

  test.each<[string, (under: PolicySettings) => PolicySettings]>([
    ['enforces allowlists', (under) => ({ ...under, enforceAllowlist: true })],
    ['lets nobody pull without a credential', (under) => ({ ...under, anonymousPull: false })],
    ['cannot leave tag rules to the registry', (under) => ({ ...under, tagProtection: 'refuse' })],
  ])('LOW-02: a server that %s gives nothing more', (_, stricter) => {
    fc.assert(
      fc.property(principal, target, settings, (who, on, under) =>
        within(granted(who, on, stricter(under)), granted(who, on, under)),
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
