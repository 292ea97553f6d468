/** Rows of refresh tokens. The order of the tuple is that of the columns. */
import type { RefreshTokenBacking, RefreshTokenRecord } from '../records.ts';

export type RefreshRow = [
  id: number,
  userId: number,
  service: string,
  hash: string,
  personalAccessTokenId: number | null,
  passwordMark: string | null,
  createdAt: number,
  expiresAt: number,
  lastUsedAt: number | null,
  revokedAt: number | null,
];
export const REFRESH_COLUMNS = `r.id, r.user_id, r.service, r.hash, r.personal_access_token_id, r.password_mark,
  r.created_at, r.expires_at, r.last_used_at, r.revoked_at`;

/** The schema lets exactly one of the two be set. */
function backingOf(tokenId: number | null, mark: string | null): RefreshTokenBacking {
  return tokenId === null
    ? { kind: 'password', mark: mark ?? '' }
    : { kind: 'personal_access_token', tokenId };
}

/** The values of the two columns of which one is null. */
export function backingColumns(
  backing: RefreshTokenBacking,
): readonly [personalAccessTokenId: number | null, passwordMark: string | null] {
  return backing.kind === 'password' ? [null, backing.mark] : [backing.tokenId, null];
}

export function refreshRecord(row: RefreshRow): RefreshTokenRecord {
  const [id, userId, service, hash, tokenId, mark, createdAt, expiresAt, lastUsedAt] = row;
  return {
    id,
    userId,
    service,
    hash,
    backing: backingOf(tokenId, mark),
    createdAt,
    expiresAt,
    lastUsedAt,
    revokedAt: row[9],
  };
}
