/** The body of a question about access. */
import { z } from 'zod';
import { parseScopes } from '../../token/scope.ts';
import { flag, idOrPath, positiveId } from './fields.ts';

const ref = z.union([z.int().positive(), idOrPath], { error: 'must be an id or a full path' });

const as = z
  .strictObject({
    user: ref.optional(),
    in_project: ref.describe('A job that the user would start in this project').optional(),
    job: z.strictObject({ project: ref, id: positiveId, extended: flag.optional() }).optional(),
    deploy_token: z
      .strictObject({ project: ref.optional(), group: ref.optional(), id: positiveId })
      .refine(({ project, group }) => (project === undefined) !== (group === undefined), {
        error: 'must name its project or its group',
      })
      .meta({ oneOf: [{ required: ['project'] }, { required: ['group'] }] })
      .optional(),
  })
  .refine(
    ({ user, in_project: inProject, job, deploy_token: deployToken }) =>
      [user ?? inProject, job, deployToken].filter((each) => each !== undefined).length === 1,
    { error: 'must name one: user, in_project, both of them, job or deploy_token' },
  )
  .meta({
    oneOf: [
      { anyOf: [{ required: ['user'] }, { required: ['in_project'] }] },
      { required: ['job'] },
      { required: ['deploy_token'] },
    ],
  });

const scopeText = z
  .string()
  .max(4096)
  .refine((text) => parseScopes([text]).length > 0, 'must be like repository:acme/app:pull,push')
  .meta({ pattern: '^[a-z0-9]{1,32}:[^ ]{0,255}:[a-z]{1,32}$' });

export const explainBody = z
  .strictObject({
    scope: z.union([scopeText.transform((one) => [one]), z.array(scopeText).min(1).max(100)], {
      error: 'must be a scope such as repository:acme/app:pull,push, or a list of them',
    }),
    service: z.string().max(255).optional(),
    as: as.optional(),
  })
  .meta({ example: { scope: 'repository:acme/app:push', as: { user: 'jane' } } });

export type As = z.output<typeof as>;
