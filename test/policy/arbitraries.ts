/** Worlds at random: principals, projects, settings. */
import fc from 'fast-check';
import { JOB_ABILITIES, abilitiesOfScopes } from '../../src/credential/abilities.ts';
import type { JobPrincipal, Principal, UserPrincipal } from '../../src/credential/principal.ts';
import type { PolicySettings } from '../../src/policy/decision.ts';
import { ACCESS, type TargetFacts } from '../../src/policy/facts.ts';

export const NAME = 'acme/app';
export const [HOME, OTHER, GROUP] = [10, 20, 5];

export const level = fc.constantFrom(...Object.values(ACCESS));

export const rule = fc.record({
  pattern: fc.constantFrom(NAME, 'acme/*', '*/APP', 'acme/other', 'acme/app/w*b'),
  minimumAccessLevelForPush: fc.option(level),
  minimumAccessLevelForDelete: fc.option(level),
});

export const policies = fc.subarray([
  'READ_CONTAINERS',
  'ADMIN_CONTAINERS',
  'READ_PACKAGES',
] as const);

export const target: fc.Arbitrary<TargetFacts> = fc.record({
  projectId: fc.constant(HOME),
  projectPath: fc.constant(NAME),
  visibility: fc.constantFrom('public', 'internal', 'private'),
  registryAccess: fc.constantFrom('enabled', 'private', 'disabled'),
  archived: fc.boolean(),
  groupIds: fc.constant([GROUP]),
  accessLevel: level,
  allowlistEnabled: fc.boolean(),
  allowlistEntry: fc.option(fc.record({ policies: fc.option(policies) })),
  repositoryRules: fc.array(rule, { maxLength: 2 }),
  tagRules: fc.array(rule, { maxLength: 2 }),
});

export const settings: fc.Arbitrary<PolicySettings> = fc.record({
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

export const job: fc.Arbitrary<JobPrincipal> = fc.record({
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
  extended: fc.boolean(),
  convertedId: fc.option(fc.constant(3), { freq: 2 }),
  expiresAt: fc.constant(0),
});

export const user: fc.Arbitrary<UserPrincipal> = fc.record({
  kind: fc.constant('user'),
  via: fc.constant('personal_access_token'),
  actor,
  abilities: fc.subarray(['api', 'read_registry', 'write_registry']).map(abilitiesOfScopes),
  tokenId: fc.constant(1),
  expiresAt: fc.constant(null),
});

export const deployToken: fc.Arbitrary<Principal> = fc.record({
  kind: fc.constant('deploy_token'),
  tokenId: fc.constant(1),
  username: fc.constant('d'),
  holder: fc.record({
    kind: fc.constantFrom('project', 'group'),
    id: fc.constantFrom(GROUP, HOME, OTHER),
  }),
  abilities: fc.subarray(['read_registry', 'write_registry']).map(abilitiesOfScopes),
  expiresAt: fc.constant(null),
});

const nobody = fc.constant<Principal>({ kind: 'anonymous' });
export const principal = fc.oneof(job, user, deployToken, nobody);
