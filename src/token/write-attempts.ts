/** Attempts to write with the password of a job that has ended (CD-15, CD-16). */
import type { Asked } from '../audit.ts';
import type { Principal } from '../credential/principal.ts';
import type { RequestedResource } from '../policy/decision.ts';
import type { ConvertedTokens } from '../store/ports.ts';
import { printScopes } from './scope.ts';
import type { RefusedRequest } from './token-request.ts';

export interface WriteAttempt {
  readonly tokenId: number;
  readonly jobId: number;
  readonly projectId: number;
  readonly userId: number;
  readonly user: string;
  readonly ip: string | null;
  readonly requestId: string;
  /** `repository:acme/app:push`, … */
  readonly actions: string;
  /** Since the job ended, this one included. */
  readonly attempts: number;
  /** Whether this attempt was the one too many. */
  readonly revoked: boolean;
}

export interface WriteAttemptDeps {
  readonly convertedTokens: Pick<ConvertedTokens, 'countWrite'>;
  /** Attempts within `windowMs` that revoke the password. */
  readonly limits: { readonly limit: number; readonly windowMs: number };
  /** Told of each attempt once it is counted. */
  readonly onAttempt: (attempt: WriteAttempt) => void;
}

/** null: the request goes on, and is granted no more than reading. Rejects with the store's faults. */
export type CountWriteAttempt = (
  asked: Asked,
  principal: Principal,
  requested: readonly RequestedResource[],
  now: number,
) => Promise<RefusedRequest | null>;

const refusal = (message: string): RefusedRequest => ({
  kind: 'refused',
  code: 'unauthorized',
  message,
});

/** The part of a request that would change a repository. */
function writesOf(requested: readonly RequestedResource[]): readonly RequestedResource[] {
  return requested.flatMap(({ type, name, actions }) => {
    const writing = actions.filter((action) => action !== 'pull');
    return type === 'repository' && writing.length > 0 ? [{ type, name, actions: writing }] : [];
  });
}

export function createCountWriteAttempt(deps: WriteAttemptDeps): CountWriteAttempt {
  const { convertedTokens, limits, onAttempt } = deps;
  return async (asked, principal, requested, now) => {
    if (principal.kind !== 'job' || principal.convertedId === null) return null;
    const writing = writesOf(requested);
    if (writing.length === 0) return null;
    const { convertedId: tokenId, jobId, projectId } = principal;
    const counted = await convertedTokens.countWrite(tokenId, limits, now);
    if (counted === null) return refusal(`Job ${jobId} has ended, and its password is gone.`);
    const { token, revoked } = counted;
    onAttempt({
      tokenId,
      jobId,
      projectId,
      userId: principal.actor.id,
      user: principal.actor.username,
      ip: asked.ip,
      requestId: asked.id,
      actions: printScopes(writing),
      attempts: token.writeAttempts,
      revoked,
    });
    if (token.revokedAt === null) return null;
    return refusal(
      `Job ${jobId} has ended, so its password only reads; it is revoked now because it was used ` +
        'to push or delete again and again.',
    );
  };
}
