/** GET /deploy_tokens: those of all projects and groups, or of them those that will need somebody's attention. */
import { z } from 'zod';
import { AppError } from '../../errors.ts';
import type { DeployTokenRecord } from '../../store/records.ts';
import { mustBeAdmin } from './access.ts';
import { expiringDeployTokenSchema, presentDeployToken } from './deploy-token-entity.ts';
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
  who: 'administrators',
  summary: 'Lists the deploy tokens of all projects and groups, or those that end or are due soon.',
  answer: { status: 200, body: z.array(expiringDeployTokenSchema) },
  callers: 'user',
  query: z.strictObject({
    ...pageFields,
    expiring: days
      .meta({ description: 'Only those that end or are due within so many days.', example: '30d' })
      .optional(),
    active: flag.optional(),
  }),
  async handler({ caller, query }, deps) {
    mustBeAdmin(caller);
    const { expiring, active } = query;
    if (expiring !== undefined && active === false) {
      throw new AppError(
        'bad_request',
        'active is invalid: must be true beside expiring: what has ended is not in that list',
      );
    }
    const now = deps.clock.now();
    const { deployTokens } = deps.store;
    const page = toPage(query);
    const { items, total } =
      expiring === undefined
        ? await deployTokens.list(null, page, active, now)
        : await deployTokens.expiring(now + expiring + 1, page, now);
    const tokens = items.map(async (token) => ({
      ...presentDeployToken(token, now),
      holder: await holderOf(deps, token),
    }));
    return { ...ok(await Promise.all(tokens)), slice: { ...query, total } };
  },
});
