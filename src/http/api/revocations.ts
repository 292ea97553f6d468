/** POST /revocations: ends every credential that meets some criteria, or the one that has a secret. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Details } from '../../audit/events.ts';
import { Secret } from '../../credential/secret.ts';
import { AppError } from '../../errors.ts';
import { planOf, type Criteria, type RevocationPlan } from '../../lifecycle/bulk-criteria.ts';
import { digestOf, writeCursor } from '../../lifecycle/bulk-cursor.ts';
import { bulkRevoke, type BulkLimits } from '../../lifecycle/bulk-revoke.ts';
import { registryTokensEnd } from '../../lifecycle/registry-tokens-end.ts';
import { revokeSecret } from '../../lifecycle/revoke-secret.ts';
import { mustBeAdmin } from './access.ts';
import { toIso } from './fields.ts';
import {
  presentCredential,
  presentRevocation,
  revocationSchema,
  secretRevocationSchema,
} from './revocation-answer.ts';
import { resolveRevocation, revocationBody, type RevocationBody } from './revocation-request.ts';
import { ok, route, type Route } from './route.ts';

/** What one request does at most, so that it is answered soon and others are not held up. */
const LIMITS: BulkLimits = { most: 500, ms: 2_000 };

function details(body: RevocationBody, criteria: Criteria, plan: RevocationPlan): Details {
  return {
    project_id: criteria.project?.id,
    group_id: criteria.group?.id,
    user_id: criteria.userId,
    issuer_id: criteria.issuerId,
    runner_id: criteria.runnerId,
    pipeline_id: criteria.pipelineId,
    window_after: toIso(criteria.after ?? null),
    window_before: toIso(criteria.before ?? null),
    secret_prefix: body.secret_prefix,
    kinds: plan.kinds,
    deploy_tokens_shown: body.deploy_tokens_shown,
  };
}

/** The run that the request belongs to, and where it goes on. */
function runOf({ cursor, ...asked }: RevocationBody) {
  const digest = digestOf(asked);
  if (cursor === undefined || cursor === null) return { run: randomUUID(), digest, from: null };
  if (cursor.digest !== digest) {
    const why = 'cursor is invalid: it belongs to a revocation with other criteria';
    throw new AppError('bad_request', why);
  }
  return { run: cursor.run, digest, from: cursor.position };
}

const bulkRoute = route({
  method: 'post',
  path: '/revocations',
  action: 'revocation.bulk',
  who: 'administrators',
  summary: 'Ends every credential that meets all the criteria, or says which would end.',
  answer: { status: 200, body: revocationSchema },
  callers: 'user',
  body: revocationBody,
  async handler({ caller, body, audit }, deps) {
    mustBeAdmin(caller);
    const { criteria, notes } = await resolveRevocation(deps, body);
    const plan = planOf(criteria, body.kinds);
    const { run, digest, from } = runOf(body);
    const { dry_run: dryRun, deploy_tokens_shown: shown } = body;
    if (!dryRun && from === null) {
      const target = { kind: 'revocation', id: null, path: run } as const;
      audit('revocation.bulk', target, details(body, criteria, plan));
    }
    const part = await bulkRevoke(
      { ...deps, audit, why: { reason: 'bulk', revocation: run } },
      {
        criteria,
        kinds: plan.kinds,
        dryRun,
        self: { tokenId: caller.token.id, include: body.include_self },
        shown,
        from,
      },
      LIMITS,
    );
    const position = part.next;
    const cursor = position === null ? null : writeCursor({ run, position, digest });
    const end = dryRun ? null : registryTokensEnd(deps);
    const about = { revocation: run, dry_run: dryRun, ended: part.ended.length };
    return ok(
      presentRevocation({ run, dryRun, plan, part, shown, notes, registryTokensEnd: end, cursor }),
      { ...about, remaining: cursor !== null },
    );
  },
});

const secretRoute = route({
  method: 'post',
  path: '/revocations/secret',
  action: 'revocation.secret',
  who: 'administrators',
  summary: 'Ends the credential that has this secret, whatever kind it is of.',
  answer: { status: 200, body: secretRevocationSchema },
  callers: 'user',
  body: z
    .strictObject({
      secret: z
        .string()
        .min(1, 'must not be empty')
        .max(8_192, 'must have at most 8192 characters')
        .transform((value) => new Secret(value))
        .meta({ jsonSchema: { type: 'string', minLength: 1, maxLength: 8_192 } }),
    })
    .meta({ example: { secret: '<the secret>' } }),
  async handler({ caller, body, audit }, deps) {
    mustBeAdmin(caller);
    const ended = await revokeSecret({ ...deps, audit, why: { reason: 'leaked' } }, body.secret);
    const { candidate, wasLive } = ended ?? { candidate: null, wasLive: false };
    const answer = {
      found: candidate !== null,
      was_live: wasLive,
      credential: candidate && presentCredential(candidate),
      registry_tokens_expire_at: wasLive ? toIso(registryTokensEnd(deps)) : null,
    };
    const about = { kind: candidate?.kind ?? null, credential_id: candidate?.id ?? null };
    return ok(answer, { ...about, was_live: wasLive });
  },
});

export const revocationRoutes: readonly Route[] = [bulkRoute, secretRoute];
