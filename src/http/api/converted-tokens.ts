/** Passwords of ended jobs that may still read a project's images (CD-17). */
import { z } from 'zod';
import { revocationOf } from '../../audit/change-of.ts';
import { convertedEnd } from '../../credential/after-job.ts';
import { AppError } from '../../errors.ts';
import { ACCESS } from '../../policy/facts.ts';
import type { ConvertedTokenRecord, UserRecord } from '../../store/records.ts';
import { projectFor } from './access.ts';
import { count, id as idSchema, timestamp } from './answer-fields.ts';
import { flag, idOrPath, pageFields, positiveId, toIso } from './fields.ts';
import { toPage } from './pagination.ts';
import { noContent, ok, route, type ApiDependencies, type Route } from './route.ts';
import { basicUser, basicUserSchema } from './user-entity.ts';

const base = '/projects/:id/converted_job_tokens';
const projectParams = z.strictObject({ id: idOrPath });
const tokenParams = z.strictObject({ id: idOrPath, token_id: positiveId });

const convertedTokenSchema = z
  .strictObject({
    id: idSchema,
    job_id: idSchema,
    pipeline_id: idSchema.nullable(),
    user: basicUserSchema.nullable(),
    created_at: timestamp.meta({ description: 'When the job ended.' }),
    expires_at: timestamp,
    expired: z.boolean().meta({ example: false }),
    revoked: z.boolean().meta({ example: false }),
    last_used_at: timestamp.nullable(),
    write_attempts: count,
    last_write_attempt_at: timestamp.nullable(),
  })
  .meta({ id: 'ConvertedJobToken' });

/** `created_at` is when the job ended: that made the token what it is. */
function present(
  { settings, clock }: ApiDependencies,
  token: ConvertedTokenRecord,
  user: UserRecord | null,
) {
  const end = convertedEnd({ token }, settings.jobs.after_job);
  return {
    id: token.id,
    job_id: token.jobId,
    pipeline_id: token.pipelineId,
    user: user === null ? null : basicUser(user),
    created_at: toIso(token.endedAt),
    expires_at: toIso(end),
    expired: end <= clock.now(),
    revoked: token.revokedAt !== null,
    last_used_at: toIso(token.lastUsedAt),
    write_attempts: token.writeAttempts,
    last_write_attempt_at: toIso(token.lastAttemptAt),
  };
}

/** Asks once for each user. */
async function presentAll(deps: ApiDependencies, tokens: readonly ConvertedTokenRecord[]) {
  const ids = [...new Set(tokens.map((token) => token.userId))];
  const { directory } = deps.store;
  const users = new Map(
    await Promise.all(ids.map(async (id) => [id, await directory.user(id)] as const)),
  );
  return tokens.map((token) => present(deps, token, users.get(token.userId) ?? null));
}

export const convertedTokenRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: base,
    action: 'converted_token.list',
    who: 'Maintainer of the project',
    summary: 'Lists the passwords of ended jobs that may still read images of a project.',
    answer: { status: 200, body: z.array(convertedTokenSchema) },
    callers: 'user',
    params: projectParams,
    query: z.strictObject({ ...pageFields, active: flag.optional() }),
    async handler({ caller, params, query }, deps) {
      const { id } = await projectFor(deps, caller, params.id, ACCESS.maintainer);
      const options = {
        now: deps.clock.now(),
        ...(query.active !== undefined && { active: query.active }),
      };
      const slice = await deps.store.convertedTokens.list(id, toPage(query), options);
      const items = await presentAll(deps, slice.items);
      return { ...ok(items), slice: { ...query, total: slice.total } };
    },
  }),
  route({
    method: 'delete',
    path: `${base}/:token_id`,
    action: 'converted_token.revoke',
    who: 'Maintainer of the project',
    summary: 'Revokes the password of an ended job.',
    answer: { status: 204, body: null },
    callers: 'user',
    params: tokenParams,
    async handler({ caller, params, audit }, deps) {
      const { id } = await projectFor(deps, caller, params.id, ACCESS.maintainer);
      const { convertedTokens } = deps.store;
      const token = await convertedTokens.revoke(id, params.token_id, deps.clock.now());
      if (token === null) throw new AppError('not_found', '404 Converted Job Token Not Found');
      const target = { kind: 'converted_token', id: token.id, path: null } as const;
      const about = { project_id: id, job_id: token.jobId, user_id: token.userId };
      const told = { reason: 'revoked', ...revocationOf(token) };
      audit('converted_token.revoked', target, { ...about, ...told });
      return noContent(about);
    },
  }),
];
