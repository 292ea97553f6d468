/** POST /personal_access_tokens/…/rotate, as GitLab has it. */
import { z } from 'zod';
import { changeOf } from '../../audit/change-of.ts';
import { AppError } from '../../errors.ts';
import {
  detectReuse,
  rotatePersonalAccessToken,
} from '../../lifecycle/personal-access-token-rotation.ts';
import type { RecordChange } from '../../audit/changes.ts';
import type { PersonalAccessTokenRecord } from '../../store/records.ts';
import type { UserCaller } from './caller.ts';
import { expiresAt, positiveId } from './fields.ts';
import {
  auditTarget,
  newPersonalAccessTokenSchema,
  presentToken,
  tokenFor,
} from './personal-access-token-entity.ts';
import { ok, route, type ApiDependencies, type Reply, type Route } from './route.ts';

const body = z
  .strictObject({ expires_at: expiresAt.optional() })
  .meta({ example: { expires_at: '2099-01-31' } });

async function rotate(
  deps: ApiDependencies & { readonly audit: RecordChange },
  { user, token: by }: UserCaller,
  old: PersonalAccessTokenRecord,
  expires: number | null | undefined,
): Promise<Reply> {
  const maker = { admin: user.admin, tokenId: by.id, tokenExpiresAt: by.expiresAt };
  const request = { old, expiresAt: expires, maker };
  const { token, secret } = await rotatePersonalAccessToken(deps, request);
  const about = { user_id: token.userId, replaced: old.id };
  const told = changeOf('personal_access_token', old, token);
  deps.audit('personal_access_token.rotated', auditTarget(token), { ...about, ...told });
  const shown = { ...(await presentToken(deps, token)), token: secret.reveal() };
  return ok(shown, { token_id: token.id, ...about });
}

/** `self` stands before `:id`, which would take it. */
export const personalAccessTokenRotationRoutes: readonly Route[] = [
  route({
    method: 'post',
    path: '/personal_access_tokens/self/rotate',
    action: 'personal_access_token.rotate',
    summary: 'Replaces the token that asks by a new one, and shows its secret this once.',
    answer: { status: 200, body: newPersonalAccessTokenSchema },
    callers: 'either',
    scopes: ['api', 'self_rotate'],
    body,
    onRevokedCaller: detectReuse,
    async handler({ caller, body: { expires_at: expires }, audit }, deps) {
      // GitLab's answer to a token of another kind.
      if (caller.kind === 'job') throw new AppError('method_not_allowed', '405 Method Not Allowed');
      const old = await tokenFor(deps, caller, caller.token.id);
      return rotate({ ...deps, audit }, caller, old, expires);
    },
  }),
  route({
    method: 'post',
    path: '/personal_access_tokens/:id/rotate',
    action: 'personal_access_token.rotate',
    who: 'the user whose token it is, or an administrator',
    summary: 'Replaces a personal access token by a new one, and shows its secret this once.',
    answer: { status: 200, body: newPersonalAccessTokenSchema },
    callers: 'user',
    params: z.strictObject({ id: positiveId }),
    body,
    onRevokedCaller: detectReuse,
    async handler({ caller, params: { id }, body: { expires_at: expires }, audit }, deps) {
      return rotate({ ...deps, audit }, caller, await tokenFor(deps, caller, id), expires);
    },
  }),
];
