/** POST /oauth/introspect (RFC 7662): is this token good, and whose is it. */
import type { IncomingMessage } from 'node:http';
import type { Secret } from '../../credential/secret.ts';
import { AppError } from '../../errors.ts';
import type { PersonalAccessTokens } from '../../store/ports.ts';
import type { Clock } from '../../clock.ts';
import type { ActiveToken, InspectToken } from '../../token/inspect-token.ts';
import { readApiCredential } from '../api/read-api-credential.ts';
import { readCredential } from '../read-credential.ts';
import { readTokenForm } from './read-token-form.ts';

export interface IntrospectionDeps {
  readonly inspect: InspectToken;
  readonly personalAccessTokens: Pick<PersonalAccessTokens, 'touch'>;
  readonly clock: Clock;
}

export interface Introspection {
  /** Of the caller. */
  readonly by: string;
  readonly answer: object;
}

const NOT_ACTIVE = { active: false };

/** By Bearer, PRIVATE-TOKEN or JOB-TOKEN as for the REST API, or as the password of a Basic header. */
function secretOf(req: IncomingMessage): Secret | null {
  const byApi = readApiCredential(req);
  if (byApi !== null) return byApi.secret;
  const credential = readCredential(req.rawHeaders);
  return credential.kind === 'basic' ? credential.secret : null;
}

/** An administrator sees every token, others those of their own, and a token sees itself. */
function maySee(caller: ActiveToken, own: boolean, token: ActiveToken): boolean {
  if (own) return true;
  if (caller.reader === null) return false;
  return caller.reader.admin || caller.members.sub === token.members.sub;
}

/** What is no good token, and what the caller may not see, looks the same: nothing is told of either. */
export function createIntrospect({ inspect, personalAccessTokens, clock }: IntrospectionDeps) {
  return async (req: IncomingMessage): Promise<Introspection> => {
    const secret = secretOf(req);
    const caller = secret === null ? null : await inspect(secret);
    if (secret === null || caller === null) {
      throw new AppError(
        'unauthorized',
        'Log in with a personal access token that has the scope api or read_api, or with the token itself.',
      );
    }
    if (caller.reader !== null) personalAccessTokens.touch(caller.reader.tokenId, clock.now());
    const wanted = await readTokenForm(req);
    const own = wanted.reveal() === secret.reveal();
    const token = own ? caller : await inspect(wanted);
    const seen = token !== null && maySee(caller, own, token);
    const answer = seen ? { active: true, ...token.members } : NOT_ACTIVE;
    return { by: caller.members.sub, answer };
  };
}
