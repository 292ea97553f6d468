/** Chains of personal access tokens, each made by rotating the one before it. */
import { AppError } from '../../errors.ts';
import type { PersonalAccessTokens } from '../ports.ts';
import type { PersonalAccessTokenRecord } from '../records.ts';
import type { Database } from './database.ts';

type Successor = Parameters<PersonalAccessTokens['rotate']>[1];

function refuseDead({ id, revokedAt, expiresAt }: PersonalAccessTokenRecord, now: number): void {
  if (revokedAt !== null) {
    throw new AppError('conflict', `Token ${id} is revoked and cannot be rotated.`);
  }
  if (expiresAt !== null && expiresAt <= now) {
    throw new AppError('conflict', `Token ${id} has expired and cannot be rotated.`);
  }
}

export interface TokenFamilies {
  rotate(tokenId: number, successor: Successor, now: number): PersonalAccessTokenRecord | null;
  revokeFamily(familyId: number, now: number): readonly number[];
}

/** All within a write. */
export function prepareTokenFamilies(
  db: Database,
  find: (tokenId: number) => PersonalAccessTokenRecord | null,
): TokenFamilies {
  const insert = db.prepare<[number]>(
    `INSERT INTO personal_access_tokens
       (user_id, name, description, scopes, hash, expires_at, created_at, family_id)
     SELECT user_id, name, description, scopes, ?2, ?3, ?4, ifnull(family_id, id)
     FROM personal_access_tokens WHERE id = ?1
     ON CONFLICT DO NOTHING RETURNING id`,
  );
  const revoke = db.prepare('UPDATE personal_access_tokens SET revoked_at = ? WHERE id = ?');
  const revokeFamily = db.prepare<[number]>(
    `UPDATE personal_access_tokens SET revoked_at = ?2
     WHERE (family_id = ?1 OR id = ?1 AND family_id IS NULL) AND revoked_at IS NULL
       AND (expires_at IS NULL OR expires_at > ?2)
     RETURNING id`,
  );

  return {
    rotate: (tokenId, { hash, expiresAt }, now) => {
      const token = find(tokenId);
      if (token === null) return null;
      refuseDead(token, now);
      const row = insert.get(tokenId, hash, expiresAt, now);
      if (row === undefined) {
        throw new AppError('conflict', 'This secret belongs to another personal access token.');
      }
      revoke.run(now, tokenId);
      return find(row[0]);
    },
    revokeFamily: (familyId, now) =>
      revokeFamily
        .all(familyId, now)
        .map(([id]) => id)
        .toSorted((a, b) => a - b),
  };
}
