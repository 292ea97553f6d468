/** New secrets for deploy tokens, of which GitLab has nothing. */
import { z } from 'zod';
import { changeOf } from '../../audit/change-of.ts';
import { endSecret, rotateDeployToken, setRotation } from '../../lifecycle/rotation.ts';
import type { MemberSource } from '../../store/records.ts';
import { sourceFor } from './access.ts';
import {
  auditTarget,
  deployTokenSchema,
  holderIds,
  presentDeployToken,
  rotatedDeployTokenSchema,
} from './deploy-token-entity.ts';
import { HOLDER_LEVELS, tokenParams, WRITERS } from './deploy-tokens.ts';
import { expiresAt, integer, positiveId, wholeNumber } from './fields.ts';
import { noContent, ok, route, type Route } from './route.ts';

/** Seconds: a year and a day. */
const LONGEST_GRACE = 366 * 86_400;

const rotationBody = z
  .strictObject({
    grace_period: wholeNumber
      .pipe(z.number().max(LONGEST_GRACE, `must be at most ${LONGEST_GRACE} seconds`))
      .meta({ ...integer(0, LONGEST_GRACE), description: 'Seconds that the old secret lives on.' })
      .optional(),
    expires_at: expiresAt.optional(),
  })
  .meta({ example: { grace_period: 86_400 } });

const scheduleBody = z
  .strictObject({
    every_days: z.union(
      [
        z.null(),
        z.literal('').transform(() => null),
        wholeNumber.pipe(z.number().min(1).max(366)).meta(integer(1, 366)),
      ],
      { error: 'must be a whole number of days from 1 to 366, or null' },
    ),
  })
  .meta({ example: { every_days: 90 } });

function routesOf(kind: MemberSource['kind']): readonly Route[] {
  const base = `/${kind}s/:id/deploy_tokens/:token_id`;
  const { write } = HOLDER_LEVELS[kind];
  return [
    route({
      method: 'post',
      path: `${base}/rotate`,
      action: 'deploy_token.rotate',
      who: WRITERS[kind],
      summary: `Gives a deploy token of a ${kind} a new secret; the old one lives on for the grace period.`,
      answer: { status: 200, body: rotatedDeployTokenSchema },
      callers: 'user',
      params: tokenParams,
      body: rotationBody,
      async handler({ caller, params, body, audit }, deps) {
        const holder = await sourceFor(deps, caller, kind, params.id, write);
        const before = await deps.store.deployTokens.find(holder, params.token_id);
        const { token, secret } = await rotateDeployToken(deps, {
          holder,
          tokenId: params.token_id,
          gracePeriod: body.grace_period,
          expiresAt: body.expires_at,
        });
        const secrets = token.secrets.map(({ id }) => id);
        const told = changeOf('deploy_token', before, token);
        const about = { ...holderIds(holder), secrets, ...told };
        audit('deploy_token.rotated', auditTarget(token), about);
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
      who: WRITERS[kind],
      summary: `Ends an old secret of a deploy token of a ${kind}.`,
      answer: { status: 204, body: null },
      callers: 'user',
      params: tokenParams.extend({ secret_id: positiveId }),
      async handler({ caller, params, audit }, deps) {
        const holder = await sourceFor(deps, caller, kind, params.id, write);
        const { token_id: tokenId, secret_id: secretId } = params;
        const before = await deps.store.deployTokens.find(holder, tokenId);
        const token = await endSecret(deps, holder, tokenId, secretId);
        const about = { ...holderIds(holder), secret: secretId };
        const told = changeOf('deploy_token', before, token);
        audit('deploy_token.secret_ended', auditTarget(token), { ...about, ...told });
        return noContent(about);
      },
    }),
    route({
      method: 'put',
      path: `${base}/rotation`,
      action: 'deploy_token.schedule',
      who: WRITERS[kind],
      summary: `Says when a deploy token of a ${kind} is due for a new secret.`,
      answer: { status: 200, body: deployTokenSchema },
      callers: 'user',
      params: tokenParams,
      body: scheduleBody,
      async handler({ caller, params, body, audit }, deps) {
        const holder = await sourceFor(deps, caller, kind, params.id, write);
        const before = await deps.store.deployTokens.find(holder, params.token_id);
        const token = await setRotation(deps, holder, params.token_id, body.every_days);
        const about = { ...holderIds(holder), rotate_every_days: body.every_days };
        const told = changeOf('deploy_token', before, token);
        audit('deploy_token.updated', auditTarget(token), { ...about, ...told });
        return ok(presentDeployToken(token, deps.clock.now()), about);
      },
    }),
  ];
}

export const deployTokenRotationRoutes: readonly Route[] = [
  ...routesOf('project'),
  ...routesOf('group'),
];
