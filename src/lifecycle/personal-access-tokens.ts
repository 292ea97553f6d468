/** Personal access tokens: a user's own credential for the API and the registry. */
import type { Secret } from '../credential/secret.ts';
import { mintToken } from '../credential/token-format.ts';
import { AppError } from '../errors.ts';
import type { PersonalAccessTokenRecord, UserRecord } from '../store/records.ts';
import type { LifecycleDependencies } from './dependencies.ts';
import { refusePastEnd } from './refuse-past-end.ts';

export const PERSONAL_ACCESS_TOKEN_SCOPES = [
  'api',
  'read_api',
  'read_user',
  'read_registry',
  'write_registry',
  'read_repository',
  'create_job',
  'self_rotate',
] as const;
export type PersonalAccessTokenScope = (typeof PERSONAL_ACCESS_TOKEN_SCOPES)[number];

export interface PersonalAccessTokenRequest {
  readonly user: UserRecord;
  readonly name: string;
  readonly description: string | null;
  readonly scopes: readonly PersonalAccessTokenScope[];
  /** undefined: a year from now; null: never. */
  readonly expiresAt: number | null | undefined;
  /** Whose token asks for this one. */
  readonly maker: { readonly admin: boolean; readonly tokenExpiresAt: number | null };
}

/** GitLab's longest and default life of a token, in milliseconds. */
const YEAR = 365 * 86_400_000;

function expiry({ expiresAt, maker }: PersonalAccessTokenRequest, now: number): number | null {
  refusePastEnd(expiresAt, now);
  const limit = maker.admin ? null : maker.tokenExpiresAt;
  if (limit === null) return expiresAt === undefined ? now + YEAR : expiresAt;
  if (expiresAt === undefined) return Math.min(now + YEAR, limit);
  if (expiresAt !== null && expiresAt <= limit) return expiresAt;
  throw new AppError(
    'bad_request',
    'expires_at is invalid: it must not be later than the end of the token that makes the request',
  );
}

/**
 * Creates a token; the secret is handed out here and never again. Only an administrator gives out `create_job`, since a
 * job can be started in the name of others; and nobody else makes a token that outlives the one they ask with.
 */
export async function createPersonalAccessToken(
  deps: Pick<LifecycleDependencies, 'store' | 'clock' | 'secretHash' | 'settings'>,
  request: PersonalAccessTokenRequest,
): Promise<{ readonly token: PersonalAccessTokenRecord; readonly secret: Secret }> {
  if (request.scopes.includes('create_job') && !request.maker.admin) {
    throw new AppError('forbidden', '403 Forbidden - only an administrator gives out create_job');
  }
  if (request.user.state !== 'active') {
    throw new AppError('bad_request', 'the user is blocked, so a token would be of no use');
  }
  const now = deps.clock.now();
  const expiresAt = expiry(request, now);
  const secret = mintToken(deps.settings.credentials.prefixes.personal_access_token[0] ?? '');
  const token = await deps.store.personalAccessTokens.create(
    {
      userId: request.user.id,
      name: request.name,
      description: request.description,
      scopes: [...new Set(request.scopes)],
      expiresAt,
      hash: deps.secretHash(secret),
    },
    now,
  );
  return { token, secret };
}

/** Revokes a token for good. `not_found` where there is none. */
export async function revokePersonalAccessToken(
  { store, clock }: Pick<LifecycleDependencies, 'store' | 'clock'>,
  tokenId: number,
): Promise<PersonalAccessTokenRecord> {
  const token = await store.personalAccessTokens.revoke(tokenId, clock.now());
  if (token === null) throw new AppError('not_found', '404 Personal Access Token Not Found');
  return token;
}
