/** What POST /registry_access/explain answers with. docs/explain.md explains it. */
import { z } from 'zod';
import { LAYERS } from '../../policy/decision.ts';
import { id } from './answer-fields.ts';

const username = z.string().meta({ example: 'jane' });
const path = z.string().nullable().meta({ example: 'acme/app' });

const as = z.union([
  z.strictObject({ kind: z.literal('user'), id, username, token_id: id.optional() }),
  z.strictObject({
    kind: z.literal('job'),
    id: id.nullable(),
    project: path,
    user: username,
    extended: z.boolean().optional(),
  }),
  z.strictObject({
    kind: z.literal('deploy_token'),
    id,
    project: path.optional(),
    group: path.optional(),
    username,
  }),
]);

const layer = z.enum(['credential', ...LAYERS]);

const action = z.strictObject({
  action: z.string().meta({ example: 'push' }),
  granted: z.boolean().meta({ example: false }),
  refused_by: layer.nullable().meta({ example: 'role' }),
  reason: z.string().nullable().meta({ example: 'jane has the role Reporter in acme/app.' }),
  remedy: z.string().nullable().meta({ example: 'A Maintainer of acme/app raises the role.' }),
  layers: z.array(
    z.strictObject({
      layer,
      verdict: z.enum(['passed', 'refused', 'not_concerned']),
      sentence: z.string().meta({ example: 'The credential is good.' }),
    }),
  ),
});

export const explanationSchema = z
  .strictObject({
    as,
    resources: z.array(
      z.strictObject({
        type: z.string().meta({ example: 'repository' }),
        name: z.string().meta({ example: 'acme/app' }),
        actions: z.array(action),
      }),
    ),
  })
  .meta({ id: 'Explanation' });
