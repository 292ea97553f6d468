/** Deploy tokens of projects and groups: the same routes twice. */
import { z } from 'zod';
import { AppError } from '../../errors.ts';
import {
  createDeployToken,
  DEPLOY_TOKEN_SCOPES,
  revokeDeployToken,
} from '../../lifecycle/deploy-tokens.ts';
import { ACCESS } from '../../policy/facts.ts';
import type { DeployTokenRecord, MemberSource } from '../../store/records.ts';
import { sourceFor } from './access.ts';
import { expiresAt, flag, idOrPath, pageFields, positiveId, text, toIso } from './fields.ts';
import { toPage } from './pagination.ts';
import { created, noContent, ok, route, type Route } from './route.ts';
import { scopeList } from './scope-list.ts';

const holderParams = z.strictObject({ id: idOrPath });
const tokenParams = z.strictObject({ id: idOrPath, token_id: positiveId });

const newToken = z.strictObject({
  name: text(255),
  username: z
    .string()
    .regex(/^[a-zA-Z0-9.+_-]{1,255}$/, 'must be 1 to 255 of the characters a-z A-Z 0-9 . + _ -')
    .nullish(),
  scopes: scopeList(DEPLOY_TOKEN_SCOPES),
  expires_at: expiresAt.optional(),
});

const present = (token: DeployTokenRecord, now: number) => ({
  id: token.id,
  name: token.name,
  username: token.username,
  expires_at: toIso(token.expiresAt),
  scopes: token.scopes,
  revoked: token.revokedAt !== null,
  expired: token.expiresAt !== null && token.expiresAt <= now,
});

/** Reading is a Maintainer's; a group's tokens reach every project below it, so making one is its Owner's. */
const LEVELS = {
  project: { read: ACCESS.maintainer, write: ACCESS.maintainer },
  group: { read: ACCESS.maintainer, write: ACCESS.owner },
} as const;

function routesOf(kind: MemberSource['kind']): readonly Route[] {
  const base = `/${kind}s/:id/deploy_tokens`;
  const { read, write } = LEVELS[kind];
  return [
    route({
      method: 'get',
      path: base,
      action: 'deploy_token.list',
      callers: 'user',
      params: holderParams,
      query: z.strictObject({ ...pageFields, active: flag.optional() }),
      async handler({ caller, params, query }, deps) {
        const holder = await sourceFor(deps, caller, kind, params.id, read);
        const now = deps.clock.now();
        const { deployTokens } = deps.store;
        const slice = await deployTokens.list(holder, toPage(query), query.active, now);
        const items = slice.items.map((token) => present(token, now));
        return { ...ok(items), slice: { ...query, total: slice.total } };
      },
    }),
    route({
      method: 'post',
      path: base,
      action: 'deploy_token.create',
      callers: 'user',
      params: holderParams,
      body: newToken,
      async handler({ caller, params, body }, deps) {
        const holder = await sourceFor(deps, caller, kind, params.id, write);
        const { token, secret } = await createDeployToken(deps, {
          holder,
          name: body.name,
          username: body.username ?? null,
          scopes: body.scopes,
          expiresAt: body.expires_at ?? null,
          createdBy: caller.user.id,
        });
        const shown = { ...present(token, deps.clock.now()), token: secret.reveal() };
        return created(shown, { token_id: token.id, scopes: token.scopes });
      },
    }),
    route({
      method: 'get',
      path: `${base}/:token_id`,
      action: 'deploy_token.show',
      callers: 'user',
      params: tokenParams,
      async handler({ caller, params }, deps) {
        const holder = await sourceFor(deps, caller, kind, params.id, read);
        const token = await deps.store.deployTokens.find(holder, params.token_id);
        if (token === null) throw new AppError('not_found', '404 Deploy Token Not Found');
        return ok(present(token, deps.clock.now()));
      },
    }),
    route({
      method: 'delete',
      path: `${base}/:token_id`,
      action: 'deploy_token.revoke',
      callers: 'user',
      params: tokenParams,
      async handler({ caller, params }, deps) {
        const holder = await sourceFor(deps, caller, kind, params.id, write);
        await revokeDeployToken(deps, holder, params.token_id);
        return noContent();
      },
    }),
  ];
}

export const deployTokenRoutes: readonly Route[] = [...routesOf('project'), ...routesOf('group')];
