/** The story of a token: credential → principal → facts → decision → signed token. Start reading here. */
import { subjectOf, type Asked, type Audit } from '../audit.ts';
import type { Clock } from '../clock.ts';
import type { Authenticate } from '../credential/authenticate.ts';
import type { Principal } from '../credential/principal.ts';
import { hideToken } from '../credential/token-format.ts';
import { AppError } from '../errors.ts';
import { decide } from '../policy/decide.ts';
import type { RequestedResource } from '../policy/decision.ts';
import type { Directory } from '../store/ports.ts';
import { grantedAccess, refusals } from './access.ts';
import { gatherFacts, namesSomething } from './gather-facts.ts';
import { refreshTokenOf, type IssueRefreshToken } from './refresh-token.ts';
import { parseScopes, printScopes } from './scope.ts';
import { createTokenSigner, type Service, type TokenSignerDeps } from './sign-token.ts';
import { endOf, tokenLife, type LifeSettings } from './token-life.ts';
import type { RefusedRequest, TokenOutcome, TokenRequest } from './token-request.ts';
import type { CountWriteAttempt } from './write-attempts.ts';

export interface IssueTokenDeps extends TokenSignerDeps {
  readonly authenticate: Authenticate;
  readonly countWriteAttempt: CountWriteAttempt;
  readonly issueRefreshToken: IssueRefreshToken;
  readonly directory: Directory;
  readonly audit: Audit;
  readonly clock: Clock;
  readonly services: ReadonlyMap<string, Service>;
  readonly defaultService: string;
  readonly life: LifeSettings;
  /** Whether a request without credential and scope (`docker login` with nothing) succeeds. */
  readonly anonymousLogin: boolean;
}

export type IssueToken = (request: TokenRequest) => Promise<TokenOutcome>;

function findService(deps: IssueTokenDeps, name: string | null): Service {
  const service = deps.services.get(name ?? deps.defaultService);
  if (service === undefined) {
    throw new AppError(
      'unknown_service',
      'The service is not one of this token server. Compare auth.token.service of the registry with the settings here.',
    );
  }
  return service;
}

/** null if the principal may have a token at all, whatever is in it. */
function refuseLogin(
  principal: Principal,
  requested: readonly RequestedResource[],
  anonymousLogin: boolean,
): RefusedRequest | null {
  if (principal.kind === 'anonymous') {
    if (anonymousLogin || namesSomething(requested)) return null;
    const message = 'Log in with a username and a token or password.';
    return { kind: 'refused', code: 'login_required', message };
  }
  if (principal.abilities.size > 0) return null;
  const message =
    'This token has no scope for the registry. It needs read_registry, write_registry or api.';
  return { kind: 'refused', code: 'unauthorized', message };
}

function askedOf(
  { id, ip, clientId, userAgent, account }: TokenRequest,
  service: Service,
  requested: readonly RequestedResource[],
): Asked {
  return {
    id,
    ip,
    clientId,
    userAgent,
    account: hideToken(account),
    service: service.name,
    asked: printScopes(requested),
  };
}

const TOO_LATE: RefusedRequest = {
  kind: 'refused',
  code: 'unauthorized',
  message: 'This credential ends within a minute, which is less than a token lives.',
};

/** `AppError` `unknown_service`, `bad_request` and the store's faults are thrown; everything else is an outcome. */
export function createIssueToken(deps: IssueTokenDeps): IssueToken {
  const { authenticate, countWriteAttempt, directory, audit, clock } = deps;
  const sign = createTokenSigner(deps);
  const refuse = (asked: Asked, principal: Principal, refusal: RefusedRequest): RefusedRequest => {
    audit.refused(asked, principal, refusal.message);
    return refusal;
  };

  return async (request) => {
    const service = findService(deps, request.service);
    const requested = parseScopes(request.scopes);
    const asked = askedOf(request, service, requested);

    const authentication = await authenticate(request.credential, service.name);
    if (authentication.kind === 'rejected') {
      const { message, reason } = authentication;
      audit.refused(asked, null, reason);
      return { kind: 'refused', code: 'unauthorized', message };
    }
    const { principal } = authentication;
    const now = clock.now();
    const noToken =
      refuseLogin(principal, requested, deps.anonymousLogin) ??
      (await countWriteAttempt(asked, principal, requested, now));
    if (noToken !== null) return refuse(asked, principal, noToken);

    const facts = await gatherFacts(directory, principal, requested, now);
    const decisions = decide(principal, requested, facts, service.policy);
    const access = grantedAccess(decisions);
    const expiresIn = tokenLife(deps.life, access, endOf(principal), now);
    if (expiresIn === null) return refuse(asked, principal, TOO_LATE);

    const { token, jti } = await sign(service, subjectOf(principal), access, now, expiresIn);
    const refresh = await refreshTokenOf(deps.issueRefreshToken, request, authentication, {
      service,
      asked,
      now,
    });
    if (refresh.kind === 'refused') return refuse(asked, principal, refresh);
    const refused = refusals(decisions);
    audit.issued(asked, principal, {
      granted: printScopes(access),
      refused,
      jti,
      expiresIn,
      bytes: token.length,
      decisions,
      facts,
    });
    const narrowed = refused.length > 0;
    const refreshToken = refresh.kind === 'given' ? refresh.secret : null;
    return { kind: 'issued', token, expiresIn, issuedAt: now, access, narrowed, refreshToken };
  };
}
