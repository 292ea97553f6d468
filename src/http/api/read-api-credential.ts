import type { IncomingMessage } from 'node:http';
import { Secret } from '../../credential/secret.ts';
import { AppError } from '../../errors.ts';
import type { ApiCredential } from './caller.ts';

/** Longest credential that is looked at, in characters; a signed job token has a few hundred. */
const MAX_SECRET = 8192;

const BEARER = /^bearer +([\x21-\x7e]+) *$/i;

/**
 * The credential of a REST request: `PRIVATE-TOKEN`, `Authorization: Bearer` (RFC 6750, section 2.1) or `JOB-TOKEN`, in
 * a header only, since a URL ends up in logs. null: there is none, or none of these kinds.
 *
 * @throws AppError `bad_request` for more than one: which of them counts must not be a guess
 */
export function readApiCredential(req: IncomingMessage): ApiCredential | null {
  const values = (name: string) => req.headersDistinct[name] ?? [];
  const bearer = values('authorization');
  const privateToken = values('private-token');
  const jobToken = values('job-token');
  if (bearer.length + privateToken.length + jobToken.length > 1) {
    throw new AppError('bad_request', 'the request carries more than one credential; send one');
  }
  const text = privateToken[0] ?? jobToken[0] ?? BEARER.exec(bearer[0] ?? '')?.[1];
  if (text === undefined || text === '' || text.length > MAX_SECRET) return null;
  return {
    kind: jobToken.length > 0 ? 'job_token' : 'personal_access_token',
    secret: new Secret(text),
  };
}
