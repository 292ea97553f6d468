/** New secrets for deploy tokens, of which GitLab has nothing. */
import { z } from 'zod';
import { endSecret, rotateDeployToken, setRotation } from '../../lifecycle/rotation.ts';
import type { MemberSource } from '../../store/records.ts';
import { sourceFor } from './access.ts';
import { auditTarget, holderIds, presentDeployToken } from './deploy-token-entity.ts';
import { HOLDER_LEVELS, tokenParams } from './deploy-tokens.ts';
import { expiresAt, positiveId, wholeNumber } from './fields.ts';
import { noContent, ok, route, type Route } from './route.ts';

/** Seconds: a year and a day. */
const LONGEST_GRACE = 366 * 86_400;

const rotationBody = z.strictObject({
  grace_period: wholeNumber
    .pipe(z.number().max(LONGEST_GRACE, `must be at most ${LONGEST_GRACE} seconds`))
    .optional(),
  expires_at: expiresAt.optional(),
});

const scheduleBody = z.strictObject({
  every_days: z.union(
    [z.null(), z.literal('').transform(() => null), wholeNumber.pipe(z.number().min(1).max(366))],
    { error: 'must be a whole number of days from 1 to 366, or null' },
  ),
});

function routesOf(kind: MemberSource['kind']): readonly Route[] {
  const base = `/${kind}s/:id/deploy_tokens/:token_id`;
  const { write } = HOLDER_LEVELS[kind];
  return [
    route({
      method: 'post',
      path: `${base}/rotate`,
      action: 'deploy_token.rotate',
      callers: 'user',
      params: tokenParams,
      body: rotationBody,
      async handler({ caller, params, body, audit }, deps) {
        const holder = await sourceFor(deps, caller, kind, params.id, write);
        const { token, secret } = await rotateDeployToken(deps, {
          holder,
          tokenId: params.token_id,
          gracePeriod: body.grace_period,
          expiresAt: body.expires_at,
        });
        const secrets = token.secrets.map(({ id }) => id);
        audit('deploy_token.rotated', auditTarget(token), { ...holderIds(holder), secrets });
        const entity = presentDeployToken(token, deps.clock.now());
        // Jobs are handed an automatic token's secret, and nobody else is shown it (AUTO-08).
        const shown = token.origin === 'auto' ? entity : { ...entity, token: secret.reveal() };
        return ok(shown, { token_id: token.id, secrets });
      },
    }),
    route({
      method: 'delete',
      path: `${base}/secrets/:secret_id`,
      action: 'deploy_token.end_secret',
      callers: 'user',
      params: tokenParams.extend({ secret_id: positiveId }),
      async handler({ caller, params, audit }, deps) {
        const holder = await sourceFor(deps, caller, kind, params.id, write);
        const { token_id: tokenId, secret_id: secretId } = params;
        const token = await endSecret(deps, holder, tokenId, secretId);
        const about = { ...holderIds(holder), secret: secretId };
        audit('deploy_token.secret_ended', auditTarget(token), about);
        return noContent(about);
      },
    }),
    route({
      method: 'put',
      path: `${base}/rotation`,
      action: 'deploy_token.schedule',
      callers: 'user',
      params: tokenParams,
      body: scheduleBody,
      async handler({ caller, params, body, audit }, deps) {
        const holder = await sourceFor(deps, caller, kind, params.id, write);
        const token = await setRotation(deps, holder, params.token_id, body.every_days);
        const about = { ...holderIds(holder), rotate_every_days: body.every_days };
        audit('deploy_token.updated', auditTarget(token), about);
        return ok(presentDeployToken(token, deps.clock.now()), about);
      },
    }),
  ];
}

export const deployTokenRotationRoutes: readonly Route[] = [
  ...routesOf('project'),
  ...routesOf('group'),
];
