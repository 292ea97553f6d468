/** New secrets for a deploy token, and the end of old ones (AUTO-16, AUTO-17). */
import { AppError } from '../../errors.ts';
import type { Rotation } from '../ports.ts';
import type { DeployTokenRecord, MemberSource } from '../records.ts';
import type { Database } from './database.ts';
import type { FindDeployToken } from './deploy-token-find.ts';
import { secretTaken } from './deploy-token-insert.ts';

/** Secrets of a token that are kept, those that have ended included: so that their last use can be looked up. */
const KEPT = 4;

function prepareStatements(db: Database) {
  return {
    endOthers: db.prepare(
      `UPDATE deploy_token_secrets SET expires_at = ?1
       WHERE token_id = ?2 AND id <> ?3 AND (expires_at IS NULL OR expires_at > ?1)`,
    ),
    endBy: db.prepare(
      'UPDATE deploy_token_secrets SET expires_at = min(ifnull(expires_at, ?1), ?1) WHERE id = ?2',
    ),
    insert: db.prepare(
      `INSERT INTO deploy_token_secrets (token_id, hash, created_at, sealed) VALUES (?, ?, ?, ?)
       ON CONFLICT DO NOTHING`,
    ),
    // The two that may be live are the newest, so they stay.
    forgetOldest: db.prepare(
      `DELETE FROM deploy_token_secrets WHERE token_id = ?1 AND id NOT IN
         (SELECT id FROM deploy_token_secrets WHERE token_id = ?1 ORDER BY id DESC LIMIT ${KEPT})`,
    ),
    setEnd: db.prepare('UPDATE deploy_tokens SET expires_at = ? WHERE id = ?'),
    setRotation: db.prepare('UPDATE deploy_tokens SET rotate_every = ? WHERE id = ?'),
  };
}

function refuseDead({ id, revokedAt, expiresAt }: DeployTokenRecord, now: number): void {
  if (revokedAt !== null) {
    throw new AppError('conflict', `Deploy token ${id} is revoked and cannot be rotated.`);
  }
  if (expiresAt !== null && expiresAt <= now) {
    throw new AppError('conflict', `Deploy token ${id} has expired and cannot be rotated.`);
  }
}

/** All within a write. */
export function prepareDeployTokenRotation(db: Database, find: FindDeployToken) {
  const sql = prepareStatements(db);

  function rotate(holder: MemberSource, tokenId: number, rotation: Rotation, now: number) {
    const token = find(holder, tokenId);
    if (token === null) return null;
    refuseDead(token, now);
    const newest = token.secrets.at(-1)?.id ?? 0;
    sql.endOthers.run(now, tokenId, newest);
    sql.endBy.run(rotation.graceUntil, newest);
    if (sql.insert.run(tokenId, rotation.hash, now, rotation.sealed) === 0) throw secretTaken();
    sql.forgetOldest.run(tokenId);
    if (rotation.expiresAt !== undefined) sql.setEnd.run(rotation.expiresAt, tokenId);
    return find(holder, tokenId);
  }

  function endSecret(holder: MemberSource, tokenId: number, secretId: number, now: number) {
    const token = find(holder, tokenId);
    if (token === null || !token.secrets.some(({ id }) => id === secretId)) return null;
    if (token.secrets.at(-1)?.id === secretId) {
      throw new AppError(
        'conflict',
        `This is the newest secret of deploy token ${tokenId}. Rotate the token first, or revoke it.`,
      );
    }
    sql.endBy.run(now, secretId);
    return find(holder, tokenId);
  }

  function setRotation(holder: MemberSource, tokenId: number, rotateEvery: number | null) {
    if (find(holder, tokenId) === null) return null;
    sql.setRotation.run(rotateEvery, tokenId);
    return find(holder, tokenId);
  }

  return { rotate, endSecret, setRotation };
}
