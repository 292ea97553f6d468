import { describe, expect, test } from '@jest/globals';
import { abilitiesOfScopes, PASSWORD_ABILITIES } from '../../src/credential/abilities.ts';
import type { JobPrincipal, UserPrincipal } from '../../src/credential/principal.ts';
import { decide } from '../../src/policy/decide.ts';
import type { PolicySettings } from '../../src/policy/decision.ts';
import { ACCESS, type TargetFacts } from '../../src/policy/facts.ts';
import type { On, Who } from './truth-table.ts';
import { factsOf, lettersOf, principalOf, REPOSITORY, settingsOf } from './worlds.ts';

const settings: PolicySettings = settingsOf({ visibility: 'private' });
const admin = principalOf({ kind: 'user', scopes: ['api'], admin: true }) as UserPrincipal;
const catalog = [{ type: 'registry', name: 'catalog', actions: ['*'] }];
const everything = [{ type: 'repository', name: REPOSITORY, actions: ['pull', 'push', 'delete'] }];

function target(on: On, more: Partial<TargetFacts>): ReadonlyMap<string, TargetFacts> {
  const [facts] = factsOf(on).values();
  return new Map([[REPOSITORY, { ...(facts as TargetFacts), ...more }]]);
}

const layersOf = (who: Who, facts: ReadonlyMap<string, TargetFacts>, s = settings) =>
  decide(principalOf(who), everything, facts, s)[0]?.actions.map((a) => a.refusedBy);

describe('the catalog', () => {
  test('row 97: an admin with an unlimited token lists repositories, as the literal `*`', () => {
    const [decision] = decide(admin, catalog, new Map(), settings);
    expect(decision?.actions).toEqual([{ action: '*', refusedBy: null }]);
  });

  test.each<[string, Who]>([
    ['a user who is no admin', { kind: 'user', scopes: ['api'] }],
    ['an admin whose token only reads', { kind: 'user', scopes: ['read_registry'], admin: true }],
    ['nobody', { kind: 'anonymous' }],
    ['a deploy token', { kind: 'deploy_token', scopes: ['read_registry'], holder: 'project' }],
  ])('row 97: %s does not', (_, who) => {
    const [decision] = decide(principalOf(who), catalog, new Map(), settings);
    expect(decision?.actions).toEqual([{ action: '*', refusedBy: 'catalog' }]);
  });

  test('row 98: the job of an admin does not', () => {
    const job = principalOf({ kind: 'job', home: 'same', admin: true });
    expect(decide(job, catalog, new Map(), settings)[0]?.actions[0]?.refusedBy).toBe('catalog');
  });

  test('other names and actions of the registry are refused', () => {
    const odd = [
      { type: 'registry', name: 'catalog', actions: ['pull'] },
      { type: 'registry', name: 'admin', actions: ['*'] },
    ];
    const refusals = decide(admin, odd, new Map(), settings).map((d) => d.actions[0]?.refusedBy);
    expect(refusals).toEqual(['catalog', 'catalog']);
  });
});

describe('what is not known is refused', () => {
  const reporter = principalOf({ kind: 'user', scopes: ['api'] });
  const facts = factsOf({ visibility: 'private', role: 'reporter' });

  test('row 99: a name of no project, and a name that is none', () => {
    const names = ['acme/other', 'acme', 'acme//app', '../acme/app', 'Acme/app', ''];
    const asked = names.map((name) => ({ type: 'repository', name, actions: ['pull'] }));
    const everywhere = new Map(names.map((name) => [name, [...facts.values()][0] as TargetFacts]));
    everywhere.delete('acme/other');
    for (const decision of decide(reporter, asked, everywhere, settings)) {
      expect(decision.actions).toEqual([{ action: 'pull', refusedBy: 'repository' }]);
    }
  });

  test('row 100: two resources, of which one is allowed', () => {
    const asked = ['acme/app', 'acme/other'].map((name) => ({
      type: 'repository',
      name,
      actions: ['pull', 'push'],
    }));
    expect(lettersOf(decide(reporter, asked, facts, settings))).toBe('P');
  });

  test('T13: an action that is none of ours is named and refused', () => {
    const asked = [{ type: 'repository', name: REPOSITORY, actions: ['pull', 'frobnicate'] }];
    expect(decide(admin, asked, facts, settings)[0]?.actions).toEqual([
      { action: 'pull', refusedBy: null },
      { action: 'frobnicate', refusedBy: 'action' },
    ]);
  });

  test('a resource type that is none of ours', () => {
    const asked = [{ type: 'artifact', name: REPOSITORY, actions: ['pull'] }];
    expect(decide(admin, asked, facts, settings)[0]?.actions[0]?.refusedBy).toBe('resource_type');
  });

  test('nobody pulls without a credential where that is switched off', () => {
    const who: Who = { kind: 'anonymous' };
    const [first] =
      layersOf(who, factsOf({ visibility: 'public' }), { ...settings, anonymousPull: false }) ?? [];
    expect(first).toBe('credential_ability');
  });
});

describe('refusals name the layer', () => {
  test.each<[string, Who, On, (string | null)[]]>([
    [
      'ability',
      { kind: 'user', scopes: ['read_registry'] },
      { visibility: 'private', role: 'owner' },
      [null, 'credential_ability', 'credential_ability'],
    ],
    [
      'registry switched off',
      { kind: 'user', scopes: ['api'] },
      { visibility: 'private', role: 'owner', state: 'disabled' },
      ['registry_access', 'registry_access', 'registry_access'],
    ],
    [
      'archived',
      { kind: 'user', scopes: ['api'] },
      { visibility: 'private', role: 'owner', state: 'archived' },
      [null, 'archived', 'archived'],
    ],
    [
      'role',
      { kind: 'user', scopes: ['api'] },
      { visibility: 'private', role: 'developer' },
      [null, null, 'role'],
    ],
    [
      'another project',
      { kind: 'job', home: 'other' },
      { visibility: 'private', role: 'owner', allowlist: 'yes' },
      [null, 'own_project', 'own_project'],
    ],
    [
      'allowlist',
      { kind: 'job', home: 'other' },
      { visibility: 'private', role: 'reporter', allowlist: 'no' },
      ['allowlist', 'role', 'role'],
    ],
    [
      'entry permission',
      { kind: 'job', home: 'other' },
      { visibility: 'private', role: 'reporter', allowlist: 'yes', entry: ['READ_JOBS'] },
      ['entry_permission', 'role', 'role'],
    ],
    [
      'job permission',
      { kind: 'job', home: 'same', permissions: 'read' },
      { visibility: 'private', role: 'developer' },
      [null, 'job_permission', 'job_permission'],
    ],
    [
      'protected repository',
      { kind: 'job', home: 'same' },
      { visibility: 'private', role: 'developer', protectedFor: 'maintainer' },
      [null, 'repository_protection', null],
    ],
  ])('JOB-23: %s', (_, who, on, layers) => {
    expect(layersOf(who, factsOf(on))).toEqual(layers);
  });
});

test('a limited entry says nothing while the target’s allowlist is switched off', () => {
  const who: Who = { kind: 'job', home: 'other' };
  const on: On = {
    visibility: 'private',
    role: 'reporter',
    allowlist: 'yes',
    entry: ['READ_JOBS'],
  };
  expect(layersOf(who, target(on, { allowlistEnabled: false }))?.[0]).toBeNull();
  const enforced = { ...settings, enforceAllowlist: true };
  expect(layersOf(who, target(on, { allowlistEnabled: false }), enforced)?.[0]).toBe(
    'entry_permission',
  );
});

describe('the cap that a signed job token carries (LOW-09)', () => {
  const at = (cap: JobPrincipal['scopeCap']) => {
    const job = principalOf({ kind: 'job', home: 'same' }) as JobPrincipal;
    const facts = factsOf({ visibility: 'private', role: 'developer' });
    return lettersOf(decide({ ...job, scopeCap: cap }, everything, facts, settings));
  };

  test.each<[string, JobPrincipal['scopeCap'], string]>([
    ['nothing in it: nothing granted', new Map(), ''],
    ['READ here: pull', new Map([['READ_CONTAINERS', new Set([10])]]), 'P'],
    [
      'ADMIN here: all, since it implies READ',
      new Map([['ADMIN_CONTAINERS', new Set([10])]]),
      'PUD',
    ],
    ['ADMIN elsewhere: nothing', new Map([['ADMIN_CONTAINERS', new Set([99])]]), ''],
    ['READ anywhere: pull', new Map([['READ_CONTAINERS', '*' as const]]), 'P'],
    ['another group (LOW-20): nothing', new Map([['ADMIN_PACKAGES', '*' as const]]), ''],
    ['no cap, as in an opaque token (LOW-10): policy alone', null, 'PUD'],
  ])('%s', (_, cap, gets) => expect(at(cap)).toBe(gets));

  test('LOW-09: a cap that allows does not widen what policy refuses', () => {
    const job = principalOf({ kind: 'job', home: 'same' }) as JobPrincipal;
    const wide = { ...job, scopeCap: new Map([['ADMIN_CONTAINERS', '*' as const]]) };
    const facts = factsOf({ visibility: 'private', role: 'reporter' });
    expect(lettersOf(decide(wide, everything, facts, settings))).toBe('P');
  });
});

describe('a job that has ended', () => {
  /** With every ability that it had, so that the layer alone is what holds it. */
  const ended = (home: 'same' | 'other', more: Partial<JobPrincipal> = {}) => ({
    ...(principalOf({ kind: 'job', home }) as JobPrincipal),
    convertedId: 3,
    ...more,
  });
  const refusals = (who: JobPrincipal, facts: ReadonlyMap<string, TargetFacts>) =>
    decide(who, everything, facts, settings)[0]?.actions.map((a) => a.refusedBy);
  const owner = factsOf({ visibility: 'private', role: 'owner', allowlist: 'yes' });

  test('CD-09 CD-11: it pulls from its own project, and never writes again, whatever its user is', () => {
    expect(refusals(ended('same'), owner)).toEqual([null, 'after_job', 'after_job']);
  });

  test('CD-07: elsewhere it has nothing, not even what is open to all', () => {
    expect(refusals(ended('other'), owner)).toEqual(['after_job', 'after_job', 'after_job']);
    const open = factsOf({ visibility: 'public', allowlist: 'off' });
    expect(refusals(ended('other'), open)?.[0]).toBe('after_job');
  });

  test('CD-11: an extended token of an ended job writes nowhere', () => {
    const entry: On = {
      visibility: 'private',
      role: 'owner',
      allowlist: 'yes',
      entry: ['ADMIN_CONTAINERS'],
    };
    const who = ended('other', { extended: true });
    expect(refusals(who, factsOf(entry))).toEqual(['after_job', 'after_job', 'after_job']);
  });

  test('CD-09: what its user lost since, or the job never had, it has not either', () => {
    const guest = factsOf({ visibility: 'private', role: 'guest' });
    expect(refusals(ended('same'), guest)?.[0]).toBe('role');
    expect(refusals(ended('same', { permissions: 'none' }), owner)?.[0]).toBe('job_permission');
  });
});

describe('the extended token of a job', () => {
  const entry = (role: On['role'], policies?: On['entry']): On => ({
    visibility: 'private',
    allowlist: 'yes',
    ...(role && { role }),
    ...(policies && { entry: policies }),
  });
  const extended: Who = { kind: 'job', home: 'other', extended: true };

  test.each<[string, On, (string | null)[]]>([
    ['EXT-06: pulls what its user may read elsewhere', entry('reporter'), [null, 'role', 'role']],
    [
      'EXT-09: pushes where its project is given ADMIN_CONTAINERS by name and its user is a Developer',
      entry('developer', ['ADMIN_CONTAINERS']),
      [null, null, 'own_project'],
    ],
    [
      'EXT-09: and not below Developer',
      entry('reporter', ['ADMIN_CONTAINERS']),
      [null, 'role', 'role'],
    ],
    [
      'EXT-09: an entry that is not limited names nobody for a push',
      entry('owner'),
      [null, 'own_project', 'own_project'],
    ],
    [
      'EXT-09: where the allowlist has no entry it gets nothing',
      { visibility: 'private', role: 'owner', allowlist: 'no' },
      ['allowlist', 'own_project', 'own_project'],
    ],
  ])('%s', (_, on, layers) => expect(layersOf(extended, factsOf(on))).toEqual(layers));

  test('EXT-10: it carries no administrator’s rights', () => {
    const who: Who = { ...extended, admin: true };
    expect(layersOf(who, factsOf(entry(undefined)))?.[0]).toBe('role');
  });
});

describe('tag rules', () => {
  const rule = {
    pattern: 'v*.*',
    minimumAccessLevelForPush: ACCESS.maintainer,
    minimumAccessLevelForDelete: null,
  };
  const developer: Who = { kind: 'user', scopes: ['api'] };
  const facts = target({ visibility: 'private', role: 'developer' }, { tagRules: [rule] });

  test('a registry that cannot hold them: no push below the minimum', () => {
    expect(layersOf(developer, facts)).toEqual([null, 'tag_protection', 'role']);
  });

  test('a registry that can: push, with the patterns it must refuse', () => {
    const meta = { ...settings, tagProtection: 'meta' } as const;
    const [decision] = decide(principalOf(developer), everything, facts, meta);
    expect(lettersOf(decision === undefined ? [] : [decision])).toBe('PU');
    expect(decision?.tagDenyPatterns).toEqual({ push: ['^v.*\\..*$'] });
  });

  test('an admin and a Maintainer are not held', () => {
    const maintainer = target({ visibility: 'private', role: 'maintainer' }, { tagRules: [rule] });
    expect(layersOf(developer, maintainer)).toEqual([null, null, null]);
    expect(layersOf({ kind: 'user', scopes: ['api'], admin: true }, facts)).toEqual([
      null,
      null,
      null,
    ]);
  });

  test('a deploy token is, whatever its scopes', () => {
    const who: Who = {
      kind: 'deploy_token',
      scopes: ['read_registry', 'write_registry'],
      holder: 'project',
    };
    expect(layersOf(who, facts)).toEqual([null, 'tag_protection', 'credential_ability']);
  });
});

describe('abilities', () => {
  test('JOB-13: taking an ability away takes its action away', () => {
    const facts = factsOf({ visibility: 'private', role: 'owner' });
    for (const ability of PASSWORD_ABILITIES) {
      const left = new Set([...PASSWORD_ABILITIES].filter((a) => a !== ability));
      const owner = principalOf({ kind: 'user', scopes: 'password' }) as UserPrincipal;
      expect(
        lettersOf(decide({ ...owner, abilities: left }, everything, facts, settings)),
      ).toHaveLength(2);
    }
  });

  test('JOB-14: a user’s abilities mean nothing to a job', () => {
    const job = principalOf({ kind: 'job', home: 'same' }) as JobPrincipal;
    const facts = factsOf({ visibility: 'private', role: 'owner' });
    expect(
      lettersOf(decide({ ...job, abilities: PASSWORD_ABILITIES }, everything, facts, settings)),
    ).toBe('');
  });

  test('scopes of no registry, and names that every object has, open nothing', () => {
    expect([
      ...abilitiesOfScopes(['read_user', 'read_repository', 'constructor', '__proto__']),
    ]).toEqual([]);
  });
});
