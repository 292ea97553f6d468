/** Rows of personal access tokens. The order of the tuple is that of the columns. */
import type { PersonalAccessTokenRecord } from '../records.ts';

export type TokenRow = [
  id: number,
  userId: number,
  name: string,
  description: string | null,
  scopes: string,
  hash: string,
  expiresAt: number | null,
  revokedAt: number | null,
  createdAt: number,
  lastUsedAt: number | null,
  familyId: number | null,
];
export const TOKEN_COLUMNS = `t.id, t.user_id, t.name, t.description, t.scopes, t.hash, t.expires_at, t.revoked_at,
  t.created_at, t.last_used_at, t.family_id`;

export function tokenRecord(row: TokenRow): PersonalAccessTokenRecord {
  const [id, userId, name, description, scopes, hash, expiresAt, revokedAt] = row;
  return {
    id,
    userId,
    name,
    description,
    scopes: JSON.parse(scopes) as string[],
    hash,
    expiresAt,
    revokedAt,
    createdAt: row[8],
    lastUsedAt: row[9],
    familyId: row[10] ?? id,
  };
}
