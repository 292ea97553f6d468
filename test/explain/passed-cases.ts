/** What each layer says when it lets an action pass, or is not about it. */
import { admin, deploy, jobWith, other, own, priv, rule, user, type Case } from './ask.ts';

const extendedEntry = {
  as: { ...other, extended: true },
  on: priv({ role: 'owner', allowlist: 'yes', entry: ['ADMIN_CONTAINERS'] }),
  scope: { action: 'push' },
} as const;

export const PASSED: readonly Case[] = [
  ['resource_type', { as: user }, 'Access is given to a repository.'],
  ['action', { as: user }, 'pull is an action on a repository.'],
  ['repository', { as: user }, 'acme/app belongs to a project.'],
  ['credential_ability', { as: user }, 'The credential of jane is made for pull.'],
  ['registry_access', { as: user }, 'The registry of acme/app is switched on.'],
  ['archived', { as: user }, 'acme/app is not archived.'],
  ['archived', { as: user, on: priv({ state: 'archived' }) }, 'may still be pulled from'],
  [
    'role',
    { as: user, on: priv({ role: 'owner' }) },
    'jane has the role Owner on acme/app, and pull needs Reporter.',
  ],
  [
    'role',
    { as: user, on: { visibility: 'public' } },
    'acme/app is public, and open to jane for pull.',
  ],
  ['role', { as: admin }, 'jane is an administrator.'],
  ['role', { as: deploy }, 'belongs to acme/app or a group above it'],
  [
    'after_job',
    { as: { ...own, ended: true }, on: priv({ role: 'owner' }) },
    'The job has ended, and pulling from acme/home is left to it.',
  ],
  ['own_project', { as: own }, 'Job 7 of acme/home is in its own project.'],
  ['own_project', { as: other }, 'Jobs of other projects may pull'],
  [
    'own_project',
    extendedEntry,
    'gives acme/home ADMIN_CONTAINERS by name, and the token is an extended one.',
  ],
  [
    'allowlist',
    { as: other, on: priv({ allowlist: 'yes' }) },
    'names acme/home or a group above it.',
  ],
  ['entry_permission', { as: other, on: priv({ allowlist: 'yes' }) }, 'is not limited.'],
  ['entry_permission', extendedEntry, 'has the permission for push.'],
  ['job_permission', { as: { ...own, permissions: 'read' } }, '(containers: read) include pull.'],
  [
    'token_scope',
    { as: jobWith({ scopeCap: new Map([['READ_CONTAINERS', '*']]) }) },
    'The claims of the signed job token include pull here.',
  ],
  [
    'repository_protection',
    {
      as: user,
      on: priv({ role: 'owner', protectedFor: 'maintainer' }),
      scope: { action: 'push' },
    },
    'No rule that matches the name asks for a higher role.',
  ],
  [
    'repository_protection',
    { as: admin, on: priv({ protectedFor: 'maintainer' }), scope: { action: 'push' } },
    'jane is an administrator, whom no rule holds.',
  ],
  [
    'tag_protection',
    {
      as: user,
      on: priv({ role: 'owner' }),
      more: { tagRules: [rule] },
      scope: { action: 'push' },
    },
    'No tag rule asks for a higher role.',
  ],
  [
    'tag_protection',
    {
      as: user,
      on: priv({ role: 'developer' }),
      more: { tagRules: [rule] },
      scope: { action: 'push' },
      meta: true,
    },
    'it refuses tags like v* and takes others.',
  ],
  [
    'catalog',
    { as: admin, scope: { type: 'registry', name: 'catalog', action: '*' } },
    'jane is an administrator with a credential that is not limited.',
  ],
];

const catalog = { type: 'registry', name: 'catalog', action: '*' };

export const NOT_CONCERNED: readonly Case[] = [
  ['action', { as: admin, scope: catalog }, 'It is not a repository that is asked for.'],
  ['repository', { as: admin, scope: catalog }, 'It is not a repository that is asked for.'],
  ['catalog', { as: user }, 'It is not the list of repositories that is asked for.'],
  ['role', { as: user, scope: { name: 'acme/none' } }, 'There is no project to ask it of.'],
  ['after_job', { as: own }, 'The job has not ended.'],
  ['after_job', { as: user }, 'It concerns jobs alone.'],
  ['own_project', { as: user }, 'It concerns jobs alone.'],
  ['allowlist', { as: user }, 'It concerns jobs alone.'],
  ['allowlist', { as: own }, 'Job 7 of acme/home is in its own project.'],
  [
    'allowlist',
    { as: other, on: { visibility: 'public' } },
    'acme/app is public and open to jane for pull.',
  ],
  ['allowlist', { as: other, on: priv({ allowlist: 'off' }) }, 'is switched off.'],
  ['entry_permission', { as: other }, 'No entry of an allowlist is in question.'],
  ['job_permission', { as: own }, 'The job names no permissions of its own.'],
  ['token_scope', { as: own }, 'The token carries no claims of its own.'],
  ['repository_protection', { as: user }, 'No rule concerns a pull.'],
  ['tag_protection', { as: user, scope: { action: 'push' } }, 'The project has no such rule.'],
];
