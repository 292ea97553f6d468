/** The refresh token of an answer (Distribution, "Token Authentication Specification": `offline_token`). */
import type { Asked } from '../audit.ts';
import type { AuthenticationOutcome } from '../credential/outcome.ts';
import type { UserPrincipal } from '../credential/principal.ts';
import type { Secret } from '../credential/secret.ts';
import type { RefreshTokenBacking } from '../store/records.ts';
import type { Service } from './sign-token.ts';
import type { RefusedRequest, TokenRequest } from './token-request.ts';

/** Makes a refresh token for the user; resolved means durable. null: the user is gone. */
export type IssueRefreshToken = (
  login: {
    readonly user: UserPrincipal;
    readonly backing: RefreshTokenBacking;
    readonly service: string;
    readonly asked: Asked;
  },
  now: number,
) => Promise<Secret | null>;

export type RefreshOutcome =
  { readonly kind: 'none' } | { readonly kind: 'given'; readonly secret: Secret } | RefusedRequest;

const NONE: RefreshOutcome = { kind: 'none' };
const GONE: RefusedRequest = {
  kind: 'refused',
  code: 'unauthorized',
  message: 'The user of this login no longer exists.',
};

interface RefreshContext {
  readonly service: Service;
  readonly asked: Asked;
  readonly now: number;
}

/**
 * What goes with a token that has been signed. A refresh token gets itself back and never another: clients keep the
 * first one, and nothing may prolong its own life. A new one is made for people only, where the service has them.
 */
export async function refreshTokenOf(
  issue: IssueRefreshToken,
  { credential, offline }: TokenRequest,
  { principal, backing }: Extract<AuthenticationOutcome, { kind: 'authenticated' }>,
  { service, asked, now }: RefreshContext,
): Promise<RefreshOutcome> {
  if (principal.kind !== 'user' || credential.kind === 'anonymous') return NONE;
  if (principal.refreshTokenId !== undefined) {
    const wanted = offline || credential.kind === 'refresh_token';
    return wanted ? { kind: 'given', secret: credential.secret } : NONE;
  }
  if (!offline || !service.refreshTokens || backing === undefined) return NONE;
  const secret = await issue({ user: principal, backing, service: service.name, asked }, now);
  return secret === null ? GONE : { kind: 'given', secret };
}
