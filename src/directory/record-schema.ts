/**
 * The shape of one record of an export file, and of the batches that import sends. Every object is closed; a record says
 * all of its object, so that what is left out has its default. docs/import-export.md explains each key.
 */
import { z } from 'zod';
import { isPasswordHash } from '../credential/password-hash.ts';
import { ACCESS, JOB_TOKEN_POLICIES, type AccessLevel } from '../policy/facts.ts';
import type { BulkKind } from '../store/bulk.ts';

const PATH = '[a-zA-Z0-9]+(?:(?:[._]|__|-+)[a-zA-Z0-9]+)*';
const FORM = 'must be letters and digits, joined by ".", "_", "__" or dashes';
const pathOf = (form: string, error: string) =>
  z
    .string()
    .max(255)
    .regex(new RegExp(`^${form}$`), error);

const username = pathOf(PATH, FORM).meta({ example: 'jane' });
const path = pathOf(`${PATH}(?:/${PATH})*`, `${FORM}, in parts separated by "/"`).meta({
  example: 'acme/app',
});

const text = z.string().min(1).max(1024);
const name = text.optional().describe('For people. Default: the last part of the path');

const moment = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()], {
    error: 'must be a moment such as 2027-01-31T12:00:00Z, or a date (its first moment, UTC)',
  })
  .meta({ example: '2027-01-31T12:00:00.000Z' });

const managed_by = z
  .enum(['file', 'api'])
  .optional()
  .describe('Who looks after it: the directory file, or the API');
const created_at = moment.optional().describe('Default: as it is; now for what is new');
const visibility = z.enum(['public', 'internal', 'private']).default('private');

const ROLES = Object.keys(ACCESS) as (keyof typeof ACCESS)[];
const access = z.enum(ROLES.filter((role) => role !== 'none'));
const least = z.enum(ROLES).optional();

export const levelOf = (role: keyof typeof ACCESS): AccessLevel => ACCESS[role];

interface Named {
  readonly project?: string | undefined;
  readonly group?: string | undefined;
}

const oneHolder = ({ project, group }: Named): boolean =>
  (project === undefined) !== (group === undefined);
const NEEDS_HOLDER = { error: 'needs either project or group' };

const user = z.strictObject({
  username,
  name: text.optional().describe('For people. Default: the username'),
  email: text.optional(),
  state: z.enum(['active', 'blocked']).default('active'),
  admin: z.boolean().default(false),
  external: z.boolean().default(false),
  two_factor: z.boolean().default(false),
  password_hash: z
    .string()
    .refine(isPasswordHash, 'must be a line that `wharfpass directory hash-password` printed')
    .optional()
    .meta({ writeOnly: true, description: 'Default: as it is; none for a new user' }),
  managed_by,
  created_at,
});

const group = z.strictObject({ path, name, visibility, managed_by, created_at });

const project = z.strictObject({
  path,
  name,
  visibility,
  registry_access: z.enum(['enabled', 'private', 'disabled']).default('enabled'),
  archived: z.boolean().default(false),
  jobs_enabled: z.boolean().default(true),
  job_token_allowlist_enabled: z.boolean().default(true),
  auto_devops: z.boolean().default(false),
  auto_deploy_token: z.boolean().nullable().default(null),
  auto_deploy_token_declined: z.boolean().default(false),
  job_token_after_job: z.enum(['none', 'read']).default('none'),
  managed_by,
  created_at,
});

const member = z
  .strictObject({
    project: path.optional(),
    group: path.optional(),
    user: username,
    access,
    expires_at: moment.optional(),
    managed_by,
    created_at,
  })
  .refine(oneHolder, NEEDS_HOLDER);

const allowlistEntry = z
  .strictObject({
    project: path.describe('Whose allowlist it is'),
    from_project: path.optional(),
    from_group: path.optional(),
    permissions: z
      .union([z.literal('all'), z.array(z.enum(JOB_TOKEN_POLICIES))])
      .describe('all, or the list of permissions that a job of it gets at most'),
    managed_by,
  })
  .refine(
    ({ from_project, from_group }) => oneHolder({ project: from_project, group: from_group }),
    { error: 'needs either from_project or from_group' },
  );

const rule = z
  .strictObject({
    project: path,
    kind: z.enum(['repository', 'tag']),
    pattern: z.string().min(1).max(255).regex(/^\S+$/, 'must hold no space'),
    push: least,
    delete: least,
    managed_by,
  })
  .refine((one) => one.push !== undefined || one.delete !== undefined, {
    error: 'needs push, delete or both',
  });

const hash = z.string().regex(/^[\w-]{43}$/, 'must be a hash as an export has it');
const clear = z.string().min(20).max(255).meta({ writeOnly: true });
const scopes = (known: readonly [string, ...string[]]) => z.array(z.enum(known)).min(1);

const deployToken = z
  .strictObject({
    project: path.optional(),
    group: path.optional(),
    name: text,
    username: z
      .string()
      .regex(/^[a-zA-Z0-9.+_-]{1,255}$/, 'must be 1 to 255 of the characters a-z A-Z 0-9 . + _ -')
      .optional()
      .describe('Default: gitlab+deploy-token-<id>'),
    scopes: scopes(['read_registry', 'write_registry', 'read_repository']),
    expires_at: moment.optional(),
    revoked_at: moment.optional(),
    created_by: username.optional(),
    origin: z.enum(['manual', 'auto']).default('manual'),
    rotate_every: z.int().positive().optional().describe('Seconds'),
    created_at,
    secret: clear.optional().describe('In clear, to move a token here; it is hashed at once'),
    secrets: z
      .array(z.strictObject({ hash, created_at, expires_at: moment.optional() }))
      .min(1)
      .max(16)
      .optional()
      .describe('Keyed hashes, the oldest first; they are worth nothing under other keys'),
  })
  .refine(oneHolder, NEEDS_HOLDER)
  .refine(({ secret, secrets }) => (secret === undefined) !== (secrets === undefined), {
    error: 'needs either secret or secrets',
  });

const personalAccessToken = z
  .strictObject({
    user: username,
    name: text,
    description: text.optional(),
    scopes: z.array(z.string().regex(/^[a-z][a-z0-9_]{1,40}$/)).min(1),
    expires_at: moment.optional(),
    revoked_at: moment.optional(),
    created_at,
    secret: clear.optional(),
    hash: hash.optional(),
    family: hash.optional().describe('Of the first token of the chain that rotations made'),
  })
  .refine((one) => (one.secret === undefined) !== (one.hash === undefined), {
    error: 'needs either secret or hash',
  });

export const recordSchemas = {
  users: user,
  groups: group,
  projects: project,
  members: member,
  job_token_allowlist: allowlistEntry,
  protection_rules: rule,
  deploy_tokens: deployToken,
  personal_access_tokens: personalAccessToken,
} as const satisfies Record<BulkKind, z.ZodType>;

export type Records = { readonly [K in BulkKind]: z.output<(typeof recordSchemas)[K]> };
export type DirectoryRecord<K extends BulkKind = BulkKind> = Records[K];
