/** GET /deploy_tokens: those of all projects and groups that will need somebody's attention. */
import { z } from 'zod';
import { AppError } from '../../errors.ts';
import type { DeployTokenRecord } from '../../store/records.ts';
import { mustBeAdmin } from './access.ts';
import { presentDeployToken } from './deploy-token-entity.ts';
import { flag, pageFields } from './fields.ts';
import { toPage } from './pagination.ts';
import { ok, route, type ApiDependencies } from './route.ts';

const DAY = 86_400_000;

/** `30d`, in milliseconds. */
const days = z
  .string()
  .regex(/^\d{1,3}d$/, 'must be a number of days, such as 30d')
  .transform((text) => Number(text.slice(0, -1)) * DAY);

async function holderOf({ store }: ApiDependencies, { holder }: DeployTokenRecord) {
  const { directory } = store;
  const record = await (holder.kind === 'project'
    ? directory.project(holder.id)
    : directory.group(holder.id));
  return { kind: holder.kind, id: holder.id, full_path: record?.fullPath ?? null };
}

export const expiringDeployTokensRoute = route({
  method: 'get',
  path: '/deploy_tokens',
  action: 'deploy_token.list_expiring',
  callers: 'user',
  query: z.strictObject({
    ...pageFields,
    expiring: days.optional(),
    // GitLab's own parameter. What has ended needs nobody's attention.
    active: flag
      .refine((active) => active, 'must be true: what has ended is not in this list')
      .optional(),
  }),
  async handler({ caller, query }, deps) {
    mustBeAdmin(caller);
    if (query.expiring === undefined) {
      throw new AppError('bad_request', 'expiring is missing: say within how many days, as 30d');
    }
    const now = deps.clock.now();
    const { deployTokens } = deps.store;
    const { items, total } = await deployTokens.expiring(
      now + query.expiring + 1,
      toPage(query),
      now,
    );
    const tokens = items.map(async (token) => ({
      ...presentDeployToken(token, now),
      holder: await holderOf(deps, token),
    }));
    return { ...ok(await Promise.all(tokens)), slice: { ...query, total } };
  },
});
