/**
 * Extended job tokens (EXT-02). Signed with the key of the job tokens, under a `typ` and an audience of their own. The
 * claims name job, project and user, for other services to decide by (EXT-11).
 */
import { jobPayload, readJobPayload } from './job-token-claims.ts';
import { createOwnJwt, type OwnJwtOptions } from './own-jwt.ts';
import type { ExtendedTokenClaims, ExtendedTokenSigner } from './ports.ts';

export const EXTENDED_TOKEN_TYPE = 'wharfpass-extended-job+jwt';
export const EXTENDED_TOKEN_AUDIENCE = 'wharfpass-extended-job-token';

/** The keyed hash of a token: SHA-256 in base64url. */
const JOB_KEY = /^[\w-]{43}$/;

function toPayload(claims: ExtendedTokenClaims): Record<string, unknown> {
  return { ...jobPayload(claims), job_key: claims.jobKey };
}

/** null where a claim that we need is missing or of another shape. Claims that we do not know are passed over. */
function fromPayload(payload: Readonly<Record<string, unknown>>): ExtendedTokenClaims | null {
  const job = readJobPayload(payload);
  const { job_key: jobKey } = payload;
  if (job === null || typeof jobKey !== 'string' || !JOB_KEY.test(jobKey)) return null;
  return { ...job, jobKey };
}

export function createExtendedTokenSigner(options: OwnJwtOptions): ExtendedTokenSigner {
  const kind = { typ: EXTENDED_TOKEN_TYPE, audience: EXTENDED_TOKEN_AUDIENCE };
  const { sign, verify } = createOwnJwt(options, { ...kind, toPayload, fromPayload });
  return { sign, verify: (jwt, now) => verify(jwt, now) };
}
