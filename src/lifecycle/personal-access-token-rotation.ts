/** Personal access tokens are exchanged for new ones, and a stolen one that was exchanged before gives itself away. */
import type { RecordChange } from '../audit/changes.ts';
import type { Secret } from '../credential/secret.ts';
import { mintToken } from '../credential/token-format.ts';
import { AppError } from '../errors.ts';
import type { PersonalAccessTokenRecord } from '../store/records.ts';
import type { LifecycleDependencies } from './dependencies.ts';
import { refusePastEnd } from './refuse-past-end.ts';

const DAY = 86_400_000;
/** GitLab's default for a token that is rotated (lib/api/personal_access_tokens). */
const WEEK = 7 * DAY;
const YEAR = 365 * DAY;

export interface TokenRotationRequest {
  readonly old: PersonalAccessTokenRecord;
  /** undefined: a week from now; null: never. */
  readonly expiresAt: number | null | undefined;
  /** Whose token asks for it, and which. */
  readonly maker: {
    readonly admin: boolean;
    readonly tokenId: number;
    readonly tokenExpiresAt: number | null;
  };
}

/** Null: no limit. Nobody but an administrator gets, by another token, one that outlives that. */
function latest({ old, maker }: TokenRotationRequest, now: number): number | null {
  if (maker.admin) return null;
  const own = maker.tokenId === old.id ? null : maker.tokenExpiresAt;
  return Math.min(now + YEAR, own ?? Infinity);
}

function expiry(request: TokenRotationRequest, now: number): number | null {
  const { expiresAt } = request;
  const limit = latest(request, now);
  if (expiresAt === undefined) return Math.min(now + WEEK, limit ?? Infinity);
  refusePastEnd(expiresAt, now);
  if (limit === null || (expiresAt !== null && expiresAt <= limit)) return expiresAt;
  const most = new Date(limit).toISOString();
  throw new AppError('bad_request', `expires_at is invalid: it must not be later than ${most}`);
}

/** As with a new token: only an administrator gives out `create_job`, but for a token to itself. */
function refuseBorrowedRights({ old, maker }: TokenRotationRequest): void {
  if (maker.admin || maker.tokenId === old.id || !old.scopes.includes('create_job')) return;
  throw new AppError(
    'forbidden',
    '403 Forbidden - a token with create_job is rotated by itself, or by an administrator',
  );
}

/**
 * Revokes a token and hands out its successor, in one step. `not_found`: there is none; `bad_request`: it is revoked or
 * has expired, as GitLab says it, or the new end is no good; `forbidden`: it can do what the maker may not give out.
 */
export async function rotatePersonalAccessToken(
  deps: Pick<LifecycleDependencies, 'store' | 'clock' | 'secretHash' | 'settings'>,
  request: TokenRotationRequest,
): Promise<{ readonly token: PersonalAccessTokenRecord; readonly secret: Secret }> {
  refuseBorrowedRights(request);
  const now = deps.clock.now();
  const secret = mintToken(deps.settings.credentials.prefixes.personal_access_token[0] ?? '');
  const successor = { hash: deps.secretHash(secret), expiresAt: expiry(request, now) };
  const token = await deps.store.personalAccessTokens
    .rotate(request.old.id, successor, now)
    .catch((error: unknown) => {
      if (!(error instanceof AppError) || error.code !== 'conflict') throw error;
      throw new AppError('bad_request', 'the token has been revoked or has expired');
    });
  if (token === null) throw new AppError('not_found', '404 Personal Access Token Not Found');
  return { token, secret };
}

/**
 * Somebody asked for a rotation with a token that has been revoked. Of a token that was rotated there are then two
 * holders, and one of them is a thief: what is live of its chain is revoked (RFC 9700, section 4.14.2).
 */
export async function detectReuse(
  {
    store,
    clock,
    audit,
  }: Pick<LifecycleDependencies, 'store' | 'clock'> & {
    readonly audit: RecordChange;
  },
  token: PersonalAccessTokenRecord,
): Promise<void> {
  const revoked = await store.personalAccessTokens.revokeFamily(token.familyId, clock.now());
  const target = { kind: 'personal_access_token', id: token.id, path: token.name } as const;
  audit('personal_access_token.reuse_detected', target, { user_id: token.userId, revoked });
}
