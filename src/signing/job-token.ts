/** Job tokens in the form of a JWT. */
import { AppError } from '../errors.ts';
import { fromPayload, toPayload } from './job-token-claims.ts';
import { createOwnJwt, MAX_LENGTH, type OwnJwtOptions } from './own-jwt.ts';
import type { JobTokenSigner } from './ports.ts';

export const JOB_TOKEN_KEY = 'job-token.key';
export const JOB_TOKEN_TYPE = 'job+jwt';
export const JOB_TOKEN_AUDIENCE = 'wharfpass-job-token';

/** `sign` rejects with `bad_request` for claims that make too long a token. */
export function createJobTokenSigner(options: OwnJwtOptions): JobTokenSigner {
  const kind = { typ: JOB_TOKEN_TYPE, audience: JOB_TOKEN_AUDIENCE, toPayload, fromPayload };
  const { sign, verify } = createOwnJwt(options, kind);
  return {
    verify,
    async sign(claims) {
      const jwt = await sign(claims);
      if (jwt.length <= MAX_LENGTH) return jwt;
      throw new AppError('bad_request', 'The job token would be too long. Name fewer projects.');
    },
  };
}
