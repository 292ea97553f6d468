/** One entry of an allowlist: whom it lets in, and for what. */
import { z } from 'zod';
import { AppError } from '../../errors.ts';
import { ACCESS, JOB_TOKEN_POLICIES, type JobTokenPolicy } from '../../policy/facts.ts';
import type { AllowlistRecord, MemberSource } from '../../store/records.ts';
import { accessLevelOf, groupFor, projectFor } from './access.ts';
import { id as idSchema } from './answer-fields.ts';
import type { UserCaller } from './caller.ts';
import { flag, positiveId } from './fields.ts';
import { groupSchema, presentGroup } from './group-entity.ts';
import { presentProject, projectSchema } from './project-entity.ts';
import type { ApiDependencies } from './route.ts';

const limits = {
  default_permissions: flag.describe('True: the entry is not limited to some policies').optional(),
  job_token_policies: z.array(z.enum(JOB_TOKEN_POLICIES)).max(JOB_TOKEN_POLICIES.length).optional(),
};

/** The routes' bodies. GitLab names the source `target_project_id` or `target_group_id`. */
export const newEntry = {
  project: z
    .strictObject({ ...limits, target_project_id: positiveId })
    .meta({ example: { target_project_id: 7, job_token_policies: ['READ_CONTAINERS'] } })
    .transform(({ target_project_id: sourceId, ...rest }) => ({ ...rest, sourceId })),
  group: z
    .strictObject({ ...limits, target_group_id: positiveId })
    .meta({ example: { target_group_id: 7, job_token_policies: ['READ_CONTAINERS'] } })
    .transform(({ target_group_id: sourceId, ...rest }) => ({ ...rest, sourceId })),
};
export const changedEntry = z
  .strictObject(limits)
  .refine((body) => Object.keys(body).length > 0, {
    error: 'say what changes, by it or by job_token_policies',
    path: ['default_permissions'],
  })
  .meta({ minProperties: 1, example: { default_permissions: true } });

const limitFields = {
  default_permissions: z.boolean().meta({ description: 'True: the entry is not limited.' }),
  job_token_policies: z.array(z.enum(JOB_TOKEN_POLICIES)),
};

/** What the lists hold: the project or group, with its limits. */
export const entrySchema = {
  project: z
    .strictObject({ ...projectSchema.shape, ...limitFields })
    .meta({ id: 'AllowlistedProject' }),
  group: z.strictObject({ ...groupSchema.shape, ...limitFields }).meta({ id: 'AllowlistedGroup' }),
};
const addedFields = {
  project: { source_project_id: idSchema, target_project_id: idSchema },
  group: { source_project_id: idSchema, target_group_id: idSchema },
};
export const addedEntrySchema = {
  project: z.strictObject(addedFields.project).meta({ id: 'NewAllowlistedProject' }),
  group: z.strictObject(addedFields.group).meta({ id: 'NewAllowlistedGroup' }),
};
export const changedEntrySchema = {
  project: z
    .strictObject({ ...addedFields.project, ...limitFields })
    .meta({ id: 'AllowlistedProjectLimits' }),
  group: z
    .strictObject({ ...addedFields.group, ...limitFields })
    .meta({ id: 'AllowlistedGroupLimits' }),
};

interface Limits {
  readonly default_permissions?: boolean | undefined;
  readonly job_token_policies?: readonly JobTokenPolicy[] | undefined;
}

/** null: not limited. Naming policies limits the entry; `default_permissions` may say so in words. */
export function policiesOf(limit: Limits): readonly JobTokenPolicy[] | null {
  const { job_token_policies: policies, default_permissions: unlimited } = limit;
  if (unlimited === true && policies !== undefined && policies.length > 0) {
    throw new AppError(
      'bad_request',
      'job_token_policies is invalid: policies limit an entry, so default_permissions must be false',
    );
  }
  if (unlimited ?? policies === undefined) return null;
  return [...new Set(policies)];
}

export const presentLimits = ({ policies }: AllowlistRecord) => ({
  default_permissions: policies === null,
  job_token_policies: policies ?? [],
});

/** Whom a Maintainer may let in: what is public, or where they are a member themselves. */
export async function mustKnowSource(
  deps: ApiDependencies,
  caller: UserCaller,
  source: MemberSource,
): Promise<void> {
  const find = source.kind === 'project' ? projectFor : groupFor;
  const { visibility } = await find(deps, caller, source.id);
  if (visibility === 'public') return;
  if ((await accessLevelOf(deps, caller, source)) >= ACCESS.guest) return;
  throw new AppError('forbidden', '403 Forbidden - you are not a member of what you add');
}

export async function presentEntry({ store }: ApiDependencies, entry: AllowlistRecord) {
  const { kind, id } = entry.source;
  const project = kind === 'project' ? await store.directory.project(id) : null;
  const group = kind === 'group' ? await store.directory.group(id) : null;
  const source = project ? presentProject(project) : group && presentGroup(group);
  return source === null ? [] : [{ ...source, ...presentLimits(entry) }];
}

export async function setEntry(
  { store, clock }: ApiDependencies,
  { targetProjectId: target, source, policies, managedBy }: AllowlistRecord,
): Promise<void> {
  const ref = { kind: source.kind, ref: source.id };
  await store.directory.apply(
    [{ kind: 'allowlist.set', target, source: ref, policies, managedBy }],
    clock.now(),
  );
}
