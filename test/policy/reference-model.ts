/**
 * The rules of docs/rules.md a second time, as plainly as they can be said: tables and yes-or-no questions, one for each
 * layer, with no thought of speed. It shares nothing with src/policy but the shapes of what goes in, so that a slip in
 * one is seen as a difference from the other.
 */
import type { Principal } from '../../src/credential/principal.ts';
import type { PolicySettings, RequestedResource } from '../../src/policy/decision.ts';
import type { ProtectionRule, TargetFacts } from '../../src/policy/facts.ts';

interface Case {
  readonly who: Principal;
  readonly type: string;
  readonly name: string;
  readonly action: string;
  /** null: there is no such project. */
  readonly project: TargetFacts | null;
  readonly server: PolicySettings;
}

/** Layers about a project are only asked once there is one. */
type ProjectCase = Case & { readonly project: TargetFacts };

/** What a credential is made for: the ability that each action needs. */
const ABILITY: readonly (readonly [kind: string, action: string, ability: string])[] = [
  ['user', 'pull', 'read_container_image'],
  ['user', 'push', 'create_container_image'],
  ['user', 'delete', 'admin_container_image'],
  ['deploy_token', 'pull', 'read_container_image'],
  ['deploy_token', 'push', 'create_container_image'],
  ['deploy_token', 'delete', 'admin_container_image'],
  ['job', 'pull', 'build_read_container_image'],
  ['job', 'push', 'build_create_container_image'],
  ['job', 'delete', 'build_destroy_container_image'],
];

/** What a role is good for. */
const ROLE: readonly (readonly [level: number, kind: string, actions: readonly string[]])[] = [
  [0, 'user', []],
  [10, 'user', []],
  [15, 'user', []],
  [20, 'user', ['pull']],
  [30, 'user', ['pull', 'push']],
  [40, 'user', ['pull', 'push', 'delete']],
  [50, 'user', ['pull', 'push', 'delete']],
  [0, 'job', []],
  [10, 'job', []],
  [15, 'job', []],
  [20, 'job', ['pull']],
  [30, 'job', ['pull', 'push', 'delete']],
  [40, 'job', ['pull', 'push', 'delete']],
  [50, 'job', ['pull', 'push', 'delete']],
];

type Reader = 'nobody' | 'external' | 'user';

/** Who reads without a role, and who as a member of any role; the registry is open to everybody with access. */
const OPEN: readonly (readonly [
  visibility: string,
  reader: Reader,
  without: boolean,
  member: boolean,
])[] = [
  ['public', 'nobody', true, true],
  ['public', 'external', true, true],
  ['public', 'user', true, true],
  ['internal', 'nobody', false, false],
  ['internal', 'external', false, true],
  ['internal', 'user', true, true],
  ['private', 'nobody', false, false],
  ['private', 'external', false, false],
  ['private', 'user', false, false],
];

const JOB_PERMISSIONS: readonly (readonly [string, string])[] = [
  ['read', 'pull'],
  ['write', 'pull'],
  ['write', 'push'],
  ['delete', 'pull'],
  ['delete', 'push'],
  ['delete', 'delete'],
];

function readerOf(who: Principal): Reader {
  if (who.kind === 'user' || who.kind === 'job') return who.actor.external ? 'external' : 'user';
  return 'nobody';
}

function open(who: Principal, project: TargetFacts, as: 'without' | 'member'): boolean {
  if (project.registryAccess !== 'enabled') return false;
  const line = OPEN.find(([v, reader]) => v === project.visibility && reader === readerOf(who));
  return line?.[as === 'without' ? 2 : 3] ?? false;
}

const isAdmin = (who: Principal): boolean => who.kind === 'user' && who.actor.admin;

function enoughRole({ who, project, action }: ProjectCase): boolean {
  if (isAdmin(who)) return true;
  const pull = action === 'pull';
  if (who.kind === 'anonymous') return pull && open(who, project, 'without');
  if (who.kind === 'deploy_token') {
    const places = who.holder.kind === 'project' ? [project.projectId] : project.groupIds;
    return places.includes(who.holder.id) || (pull && open(who, project, 'without'));
  }
  const actions = ROLE.find(([l, kind]) => l === project.accessLevel && kind === who.kind)?.[2];
  if (actions?.includes(action)) return true;
  return pull && open(who, project, project.accessLevel === 0 ? 'without' : 'member');
}

/** An allowlist has a say about a job of another project, unless it pulls what is open to its user anyway. */
function listHasASay({ who, project, action, server }: ProjectCase): boolean {
  if (who.kind !== 'job' || who.projectId === project.projectId) return false;
  if (action === 'pull' && open(who, project, 'without')) return false;
  return project.allowlistEnabled || server.enforceAllowlist;
}

function globMatches(pattern: string, name: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[^a-z0-9]/gi, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 'is').test(name);
}

function tooLowFor(rule: ProtectionRule, { who, project, action }: ProjectCase): boolean {
  if (isAdmin(who)) return false;
  const minimum =
    action === 'push'
      ? rule.minimumAccessLevelForPush
      : action === 'delete'
        ? rule.minimumAccessLevelForDelete
        : null;
  if (minimum === null) return false;
  return who.kind === 'deploy_token' ? true : project.accessLevel < minimum;
}

const PART = '[a-z0-9]+(?:(?:[.]|_|__|-+)[a-z0-9]+)*';
const PROPER_NAME = new RegExp(`^${PART}(?:/${PART}){1,18}$`);

/** Layer → true where it says no. In the order of docs/rules.md. */
const BEFORE_PROJECT: readonly (readonly [string, (asked: Case) => boolean])[] = [
  ['resource_type', ({ type }) => type !== 'repository' && type !== 'registry'],
  [
    'action',
    ({ type, action }) => type === 'repository' && !['pull', 'push', 'delete'].includes(action),
  ],
  [
    'repository',
    ({ type, name, project }) =>
      type === 'repository' && (project === null || name.length > 255 || !PROPER_NAME.test(name)),
  ],
  [
    'catalog',
    ({ type, who, name, action }) =>
      type === 'registry' &&
      !(
        name === 'catalog' &&
        action === '*' &&
        who.kind === 'user' &&
        who.actor.admin &&
        who.abilities.has('admin_container_image')
      ),
  ],
];

const ABOUT_PROJECT: readonly (readonly [string, (asked: ProjectCase) => boolean])[] = [
  [
    'credential_ability',
    ({ who, action, server }) => {
      if (who.kind === 'anonymous') return action !== 'pull' || !server.anonymousPull;
      const line = ABILITY.find(([kind, each]) => kind === who.kind && each === action);
      return ![...who.abilities].some((ability) => ability === line?.[2]);
    },
  ],
  ['registry_access', ({ project }) => project.registryAccess === 'disabled'],
  ['archived', ({ project, action }) => project.archived && action !== 'pull'],
  ['role', (asked) => !enoughRole(asked)],
  [
    'after_job',
    ({ who, project, action }) =>
      who.kind === 'job' &&
      who.convertedId !== null &&
      !(action === 'pull' && who.projectId === project.projectId),
  ],
  [
    'own_project',
    ({ who, project, action }) => {
      if (who.kind !== 'job' || action === 'pull') return false;
      if (who.projectId === project.projectId) return false;
      const named = (project.allowlistEntry?.policies ?? []).includes('ADMIN_CONTAINERS');
      return !(who.extended && action === 'push' && named);
    },
  ],
  ['allowlist', (asked) => listHasASay(asked) && asked.project.allowlistEntry === null],
  [
    'entry_permission',
    (asked) => {
      const limits = asked.project.allowlistEntry?.policies;
      if (!listHasASay(asked) || limits === undefined || limits === null) return false;
      const enough =
        asked.action === 'pull' ? ['READ_CONTAINERS', 'ADMIN_CONTAINERS'] : ['ADMIN_CONTAINERS'];
      return !enough.some((policy) => limits.some((limit) => limit === policy));
    },
  ],
  [
    'job_permission',
    ({ who, action }) =>
      who.kind === 'job' &&
      who.permissions !== null &&
      !JOB_PERMISSIONS.some(([has, gives]) => has === who.permissions && gives === action),
  ],
  [
    'token_scope',
    ({ who, project, action }) => {
      if (who.kind !== 'job' || who.scopeCap === null) return false;
      const enough =
        action === 'pull' ? ['READ_CONTAINERS', 'ADMIN_CONTAINERS'] : ['ADMIN_CONTAINERS'];
      return ![...who.scopeCap].some(
        ([permission, where]) =>
          enough.includes(permission) && (where === '*' || [...where].includes(project.projectId)),
      );
    },
  ],
  [
    'repository_protection',
    (asked) =>
      asked.project.repositoryRules.some(
        (rule) => globMatches(rule.pattern, asked.name) && tooLowFor(rule, asked),
      ),
  ],
  [
    'tag_protection',
    (asked) =>
      asked.server.tagProtection === 'refuse' &&
      asked.project.tagRules.some((rule) => tooLowFor(rule, asked)),
  ],
];

/** Every layer that says no, in order. What comes after a refusal that leaves no project to look at is not asked. */
function refusals(asked: Case): readonly string[] {
  const first = BEFORE_PROJECT.find(([, says]) => says(asked));
  if (first !== undefined) return [first[0]];
  if (asked.type !== 'repository' || asked.project === null) return [];
  const known = { ...asked, project: asked.project };
  return ABOUT_PROJECT.filter(([, says]) => says(known)).map(([layer]) => layer);
}

/** `type:name:action` → the layers that refuse it. In the order asked for; `*` on a repository is all three. */
export function modelOf(
  who: Principal,
  requested: readonly RequestedResource[],
  projects: ReadonlyMap<string, TargetFacts>,
  server: PolicySettings,
): readonly (readonly [what: string, refusedBy: readonly string[]])[] {
  return requested.flatMap(({ type, name, actions }) => {
    const all = actions.flatMap((action) =>
      type === 'repository' && action === '*' ? ['pull', 'push', 'delete'] : [action],
    );
    return [...new Set(all)].map((action): readonly [string, readonly string[]] => {
      const project = projects.get(name) ?? null;
      return [`${type}:${name}:${action}`, refusals({ who, type, name, action, project, server })];
    });
  });
}
