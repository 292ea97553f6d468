/** /personal_access_tokens. */
import { z } from 'zod';
import { changeOf, revocationOf } from '../../audit/change-of.ts';
import { AppError } from '../../errors.ts';
import {
  createPersonalAccessToken,
  PERSONAL_ACCESS_TOKEN_SCOPES,
  revokePersonalAccessToken,
} from '../../lifecycle/personal-access-tokens.ts';
import { userById } from './access.ts';
import { expiresAt, optionalText, pageFields, positiveId, text } from './fields.ts';
import { toPage } from './pagination.ts';
import {
  auditTarget,
  newPersonalAccessTokenSchema,
  personalAccessTokenSchema,
  presentToken,
  tokenFor,
} from './personal-access-token-entity.ts';
import { created, noContent, ok, route, type Route } from './route.ts';
import { scopeList } from './scope-list.ts';

const params = z.strictObject({ id: positiveId });

const collection: readonly Route[] = [
  route({
    method: 'get',
    path: '/personal_access_tokens',
    action: 'personal_access_token.list',
    who: 'everybody, of their own tokens; administrators, of all',
    summary: "Lists one's own personal access tokens; administrators see all.",
    answer: { status: 200, body: z.array(personalAccessTokenSchema) },
    callers: 'user',
    query: z.strictObject({
      ...pageFields,
      user_id: positiveId.optional(),
      state: z.enum(['active', 'inactive']).optional(),
    }),
    async handler({ caller, query }, deps) {
      const own = caller.user.admin ? query.user_id : caller.user.id;
      if (query.user_id !== undefined && query.user_id !== own) {
        throw new AppError('unauthorized', '401 Unauthorized');
      }
      const filter = {
        now: deps.clock.now(),
        ...(own !== undefined && { userId: own }),
        ...(query.state !== undefined && { active: query.state === 'active' }),
      };
      const { items, total } = await deps.store.personalAccessTokens.list(filter, toPage(query));
      const tokens = await Promise.all(items.map((token) => presentToken(deps, token)));
      return { ...ok(tokens), slice: { ...query, total } };
    },
  }),
  route({
    method: 'post',
    path: '/users/:id/personal_access_tokens',
    action: 'personal_access_token.create',
    who: 'the user, or an administrator',
    summary: 'Makes a personal access token, and shows its secret this once.',
    answer: { status: 201, body: newPersonalAccessTokenSchema },
    callers: 'user',
    params,
    body: z
      .strictObject({
        name: text(255),
        description: optionalText(255),
        scopes: scopeList(PERSONAL_ACCESS_TOKEN_SCOPES),
        expires_at: expiresAt.optional(),
      })
      .meta({ example: { name: 'laptop', scopes: ['read_registry', 'write_registry'] } }),
    async handler({ caller, params: { id }, body, audit }, deps) {
      const { admin } = caller.user;
      if (!admin && caller.user.id !== id) throw new AppError('forbidden', '403 Forbidden');
      const { token, secret } = await createPersonalAccessToken(deps, {
        user: await userById(deps, id),
        name: body.name,
        description: body.description ?? null,
        scopes: body.scopes,
        expiresAt: body.expires_at,
        maker: { admin, tokenExpiresAt: caller.token.expiresAt },
      });
      audit('personal_access_token.created', auditTarget(token), {
        user_id: id,
        scopes: token.scopes,
        ...changeOf('personal_access_token', null, token),
      });
      const shown = { ...(await presentToken(deps, token)), token: secret.reveal() };
      return created(shown, { token_id: token.id, scopes: token.scopes });
    },
  }),
];

/** A token may always look at itself and end itself, whatever its scopes. */
const self: readonly Route[] = [
  route({
    method: 'get',
    path: '/personal_access_tokens/self',
    action: 'personal_access_token.self',
    summary: 'Shows the token that asks.',
    answer: { status: 200, body: personalAccessTokenSchema },
    callers: 'user',
    scopes: 'any',
    handler: async ({ caller }, deps) =>
      ok(await presentToken(deps, await tokenFor(deps, caller, caller.token.id))),
  }),
  route({
    method: 'delete',
    path: '/personal_access_tokens/self',
    action: 'personal_access_token.revoke',
    summary: 'Revokes the token that asks.',
    answer: { status: 204, body: null },
    callers: 'user',
    scopes: 'any',
    async handler({ caller, audit }, deps) {
      const token = await revokePersonalAccessToken(deps, caller.token.id);
      const about = { user_id: token.userId, ...revocationOf(token) };
      audit('personal_access_token.revoked', auditTarget(token), about);
      return noContent({ token_id: caller.token.id });
    },
  }),
];

const single: readonly Route[] = [
  route({
    method: 'get',
    path: '/personal_access_tokens/:id',
    action: 'personal_access_token.show',
    who: 'the user whose token it is, or an administrator',
    summary: 'Shows a personal access token, without its secret.',
    answer: { status: 200, body: personalAccessTokenSchema },
    callers: 'user',
    params,
    handler: async ({ caller, params: { id } }, deps) =>
      ok(await presentToken(deps, await tokenFor(deps, caller, id))),
  }),
  route({
    method: 'delete',
    path: '/personal_access_tokens/:id',
    action: 'personal_access_token.revoke',
    who: 'the user whose token it is, or an administrator',
    summary: 'Revokes a personal access token.',
    answer: { status: 204, body: null },
    callers: 'user',
    params,
    async handler({ caller, params: { id }, audit }, deps) {
      const { id: tokenId } = await tokenFor(deps, caller, id);
      const token = await revokePersonalAccessToken(deps, tokenId);
      const about = { user_id: token.userId, ...revocationOf(token) };
      audit('personal_access_token.revoked', auditTarget(token), about);
      return noContent({ token_id: id });
    },
  }),
];

/** `self` stands before `:id`, which would take it. */
export const personalAccessTokenRoutes: readonly Route[] = [...collection, ...self, ...single];
