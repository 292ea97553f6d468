import type { IncomingMessage } from 'node:http';
import type { Credential } from '../credential/credential.ts';
import { AppError } from '../errors.ts';
import type { TokenRequest } from '../token/token-request.ts';
import { readParameters, type Parameters } from './parameters.ts';
import { readBody } from './read-body.ts';
import { basicCredential, refreshTokenCredential } from './read-credential.ts';

const FORM = 'application/x-www-form-urlencoded';

function required(parameters: Parameters, name: string): string {
  const value = parameters.one(name);
  if (value === null) throw new AppError('bad_request', `The parameter ${name} is missing.`);
  return value;
}

function credentialOf(parameters: Parameters): Credential {
  const grant = required(parameters, 'grant_type');
  switch (grant) {
    case 'password': {
      const username = required(parameters, 'username');
      return basicCredential(username, required(parameters, 'password'));
    }
    case 'refresh_token':
      return refreshTokenCredential(parameters.one('refresh_token') ?? '');
    default:
      throw new AppError(
        'unsupported_grant_type',
        'The grant_type must be password or refresh_token.',
      );
  }
}

/** POST: an OAuth 2.0 form (Distribution, "OAuth2 Token Authentication"); containerd and BuildKit try it first. */
export async function decodePost(
  req: IncomingMessage,
): Promise<Omit<TokenRequest, 'id' | 'ip' | 'userAgent'>> {
  const type = (req.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (type !== FORM) throw new AppError('bad_request', `The body must be ${FORM}.`);
  const parameters = readParameters(await readBody(req));
  return {
    credential: credentialOf(parameters),
    service: parameters.one('service'),
    // One field by the specification, but containers/image repeats it.
    scopes: parameters.all('scope'),
    offline: parameters.all('access_type').includes('offline'),
    account: null,
    clientId: parameters.one('client_id'),
  };
}
