/** The shape of the directory file. Every object is closed; docs/directory.md explains each key. */
import { z } from 'zod';
import { isPasswordHash } from '../credential/password-hash.ts';
import { JOB_TOKEN_POLICIES } from '../policy/facts.ts';

/** Path components as registries know them (Distribution, "reference" grammar), and capitals as in GitLab. */
const COMPONENT = '[a-zA-Z0-9]+(?:(?:[._]|__|-+)[a-zA-Z0-9]+)*';
const FORM = 'must be letters and digits, joined by ".", "_", "__" or dashes';

const pathOf = (form: string, error: string) =>
  z
    .string()
    .max(255)
    .regex(new RegExp(`^${form}$`), error);

/** Logins with a meaning of their own. */
const RESERVED = /^gitlab-(ci|deploy)-token$/i;
const username = pathOf(COMPONENT, FORM).refine((name) => !RESERVED.test(name), 'is reserved');
const declaredUsername = username.refine(
  (name) => name.toLowerCase() !== 'root',
  'is the administrator’s, who is made at the first start',
);
const groupPath = pathOf(`${COMPONENT}(?:/${COMPONENT})*`, `${FORM}, in parts separated by "/"`);
const projectPath = pathOf(
  `${COMPONENT}(?:/${COMPONENT})+`,
  'must be the namespace, "/" and the project, such as acme/app',
);

const visibility = z
  .enum(['public', 'internal', 'private'])
  .default('private')
  .describe('Who sees it: everybody, every signed-in user but external ones, members');

const moment = z.union([z.iso.date(), z.iso.datetime({ offset: true })], {
  error:
    'must be a date such as 2027-01-31 (its first moment, UTC) or a moment such as 2027-01-31T12:00:00Z',
});

const ROLES = ['guest', 'planner', 'reporter', 'developer', 'maintainer', 'owner'] as const;
const role = z.enum(ROLES);

const member = z.union([
  role,
  z.strictObject({ access: role, expires_at: moment.optional().describe('End of the membership') }),
]);
const members = z
  .record(username, member)
  .default({})
  .describe('Username to access level, or to access and expires_at');

const permissions = z
  .union([z.literal('all'), z.array(z.enum(JOB_TOKEN_POLICIES))])
  .describe(
    'all, or the list of permissions that a job of it gets at most; an empty list gives none',
  );

const allowlist = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe('false: jobs of every project come in, unless the settings enforce allowlists'),
    projects: z.record(projectPath, permissions).default({}),
    groups: z.record(groupPath, permissions).default({}).describe('All projects under the group'),
  })
  .prefault({})
  .describe('Whose CI jobs may use their token on this project');

const protection = z
  .strictObject({
    push: z.enum(['developer', 'maintainer', 'owner']).optional().describe('Least role to push'),
    delete: z
      .enum(['developer', 'maintainer', 'owner'])
      .optional()
      .describe('Least role to delete'),
  })
  .refine((rule) => rule.push !== undefined || rule.delete !== undefined, {
    error: 'needs push, delete or both',
  });
const protections = z.record(
  z.string().min(1).max(255).regex(/^\S+$/, 'must hold no space'),
  protection,
);

const user = z
  .strictObject({
    name: z.string().min(1).max(255).optional().describe('Default: the username'),
    email: z.email({ error: 'must be an e-mail address' }).max(255).optional(),
    state: z.enum(['active', 'blocked']).default('active'),
    admin: z.boolean().default(false),
    external: z.boolean().default(false).describe('Sees internal projects only as a member'),
    two_factor: z.boolean().default(false).describe('The password alone does not log in'),
    password_hash: z
      .string()
      .refine(isPasswordHash, 'must be a line that `wharfpass directory hash-password` printed')
      .optional()
      .meta({
        description: 'From `wharfpass directory hash-password`. Default: no password login',
        writeOnly: true,
      }),
  })
  .prefault({});

const group = z
  .strictObject({ name: z.string().min(1).max(255).optional(), visibility, members })
  .prefault({});

const project = z
  .strictObject({
    name: z.string().min(1).max(255).optional(),
    visibility,
    registry_access: z
      .enum(['enabled', 'private', 'disabled'])
      .default('enabled')
      .describe('The registry is for everyone with access, only for members, or off'),
    archived: z.boolean().default(false).describe('Nothing can be pushed or deleted'),
    jobs_enabled: z.boolean().default(true).describe('false: no job token of it is good'),
    auto_devops: z
      .boolean()
      .default(false)
      .describe('Whether Auto DevOps is on, which deploy_tokens.automatic may look at'),
    auto_deploy_token: z
      .boolean()
      .nullable()
      .default(null)
      .describe('Whether it has an automatic deploy token. null: as the settings say'),
    job_token_after_job: z
      .enum(['none', 'read'])
      .default('none')
      .describe(
        'read: the password of a job may still pull from the project when the job has ended',
      ),
    members,
    job_token_allowlist: allowlist,
    protected_repositories: protections
      .default({})
      .describe('By pattern: the full repository name, in which * stands for anything'),
    protected_tags: protections.default({}).describe('By pattern, in which * stands for anything'),
  })
  .prefault({});

export const directorySchema = z.strictObject({
  users: z.record(declaredUsername, user).default({}),
  groups: z.record(groupPath, group).default({}).describe('By full path'),
  projects: z.record(projectPath, project).default({}).describe('By full path'),
});

export type DirectoryYaml = z.infer<typeof directorySchema>;
export type Role = z.infer<typeof role>;
