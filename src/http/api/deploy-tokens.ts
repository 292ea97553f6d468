/** Deploy tokens of projects and groups: the same routes twice. */
import { z } from 'zod';
import { changeOf, revocationOf } from '../../audit/change-of.ts';
import { AppError } from '../../errors.ts';
import {
  createDeployToken,
  DEPLOY_TOKEN_SCOPES,
  revokeDeployToken,
} from '../../lifecycle/deploy-tokens.ts';
import { ACCESS } from '../../policy/facts.ts';
import type { MemberSource } from '../../store/records.ts';
import { sourceFor } from './access.ts';
import {
  auditTarget,
  deployTokenSchema,
  holderIds,
  newDeployTokenSchema,
  presentDeployToken,
} from './deploy-token-entity.ts';
import { expiresAt, flag, idOrPath, pageFields, positiveId, text } from './fields.ts';
import { toPage } from './pagination.ts';
import { created, noContent, ok, route, type Route } from './route.ts';
import { scopeList } from './scope-list.ts';

const holderParams = z.strictObject({ id: idOrPath });
export const tokenParams = z.strictObject({ id: idOrPath, token_id: positiveId });

const newToken = z
  .strictObject({
    name: text(255),
    username: z
      .string()
      .regex(/^[a-zA-Z0-9.+_-]{1,255}$/, 'must be 1 to 255 of the characters a-z A-Z 0-9 . + _ -')
      .nullish(),
    scopes: scopeList(DEPLOY_TOKEN_SCOPES),
    expires_at: expiresAt.optional(),
  })
  .meta({ example: { name: 'cluster', scopes: ['read_registry'], expires_at: '2099-01-31' } });

/** Reading is a Maintainer's; a group's tokens reach every project below it, so making one is its Owner's. */
export const HOLDER_LEVELS = {
  project: { read: ACCESS.maintainer, write: ACCESS.maintainer },
  group: { read: ACCESS.maintainer, write: ACCESS.owner },
} as const;
export const WRITERS = {
  project: 'Maintainer of the project',
  group: 'Owner of the group',
} as const;

function routesOf(kind: MemberSource['kind']): readonly Route[] {
  const base = `/${kind}s/:id/deploy_tokens`;
  const { read, write } = HOLDER_LEVELS[kind];
  return [
    route({
      method: 'get',
      path: base,
      action: 'deploy_token.list',
      who: `Maintainer of the ${kind}`,
      summary: `Lists the deploy tokens of a ${kind}.`,
      answer: { status: 200, body: z.array(deployTokenSchema) },
      callers: 'user',
      params: holderParams,
      query: z.strictObject({ ...pageFields, active: flag.optional() }),
      async handler({ caller, params, query }, deps) {
        const holder = await sourceFor(deps, caller, kind, params.id, read);
        const now = deps.clock.now();
        const { deployTokens } = deps.store;
        const slice = await deployTokens.list(holder, toPage(query), query.active, now);
        const items = slice.items.map((token) => presentDeployToken(token, now));
        return { ...ok(items), slice: { ...query, total: slice.total } };
      },
    }),
    route({
      method: 'post',
      path: base,
      action: 'deploy_token.create',
      who: WRITERS[kind],
      summary: `Makes a deploy token of a ${kind}, and shows its secret this once.`,
      answer: { status: 201, body: newDeployTokenSchema },
      callers: 'user',
      params: holderParams,
      body: newToken,
      async handler({ caller, params, body, audit }, deps) {
        const holder = await sourceFor(deps, caller, kind, params.id, write);
        const { token, secret } = await createDeployToken(deps, {
          holder,
          name: body.name,
          username: body.username ?? null,
          scopes: body.scopes,
          expiresAt: body.expires_at ?? null,
          createdBy: caller.user.id,
        });
        const about = { ...holderIds(holder), scopes: token.scopes };
        const told = changeOf('deploy_token', null, token);
        audit('deploy_token.created', auditTarget(token), { ...about, ...told });
        const shown = { ...presentDeployToken(token, deps.clock.now()), token: secret.reveal() };
        return created(shown, { token_id: token.id, ...about });
      },
    }),
    route({
      method: 'get',
      path: `${base}/:token_id`,
      action: 'deploy_token.show',
      who: `Maintainer of the ${kind}`,
      summary: `Shows a deploy token of a ${kind}, without its secret.`,
      answer: { status: 200, body: deployTokenSchema },
      callers: 'user',
      params: tokenParams,
      async handler({ caller, params }, deps) {
        const holder = await sourceFor(deps, caller, kind, params.id, read);
        const token = await deps.store.deployTokens.find(holder, params.token_id);
        if (token === null) throw new AppError('not_found', '404 Deploy Token Not Found');
        return ok(presentDeployToken(token, deps.clock.now()));
      },
    }),
    route({
      method: 'delete',
      path: `${base}/:token_id`,
      action: 'deploy_token.revoke',
      who: WRITERS[kind],
      summary: `Revokes a deploy token of a ${kind}.`,
      answer: { status: 204, body: null },
      callers: 'user',
      params: tokenParams,
      async handler({ caller, params, audit }, deps) {
        const holder = await sourceFor(deps, caller, kind, params.id, write);
        const token = await revokeDeployToken(deps, holder, params.token_id);
        const about = { ...holderIds(holder), ...revocationOf(token) };
        audit('deploy_token.revoked', auditTarget(token), about);
        return noContent(holderIds(holder));
      },
    }),
  ];
}

export const deployTokenRoutes: readonly Route[] = [...routesOf('project'), ...routesOf('group')];
