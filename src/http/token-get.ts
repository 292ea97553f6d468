import type { IncomingMessage } from 'node:http';
import type { TokenRequest } from '../token/token-request.ts';
import { readParameters } from './parameters.ts';
import { readCredential } from './read-credential.ts';

/** What clients written in Go may mean by true (strconv.ParseBool). */
const TRUE: ReadonlySet<string> = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);

/** GET: parameters in the query, the credential in a Basic header (Distribution, "Token Authentication Specification"). */
export function decodeGet(
  req: IncomingMessage,
  query: string,
): Omit<TokenRequest, 'id' | 'ip' | 'userAgent'> {
  const parameters = readParameters(query);
  return {
    credential: readCredential(req.rawHeaders),
    service: parameters.one('service'),
    scopes: parameters.all('scope'),
    offline: parameters.all('offline_token').some((text) => TRUE.has(text)),
    account: parameters.one('account'),
    clientId: parameters.one('client_id'),
  };
}
