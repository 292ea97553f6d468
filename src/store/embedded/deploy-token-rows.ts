/** Rows of deploy tokens and their secrets. The order of a tuple is that of its columns. */
import type { DeployTokenOrigin, DeployTokenRecord, SecretRecord } from '../records.ts';
import { sourceOf } from './rows.ts';

export type SecretRow = [
  id: number,
  hash: string,
  createdAt: number,
  expiresAt: number | null,
  lastUsedAt: number | null,
  sealed: string | null,
];
export const SECRET_COLUMNS = 's.id, s.hash, s.created_at, s.expires_at, s.last_used_at, s.sealed';

export type BareRow = [
  id: number,
  projectId: number | null,
  groupId: number | null,
  name: string,
  username: string,
  scopes: string,
  expiresAt: number | null,
  revokedAt: number | null,
  createdBy: number | null,
  createdAt: number,
  origin: DeployTokenOrigin,
  rotateEvery: number | null,
];
export const BARE_COLUMNS = `t.id, t.project_id, t.group_id, t.name, t.username, t.scopes, t.expires_at, t.revoked_at,
  t.created_by, t.created_at, t.origin, t.rotate_every`;

export type TokenRow = [...BareRow, secrets: string];
export const TOKEN_COLUMNS = `${BARE_COLUMNS}, (SELECT json_group_array(json_array(${SECRET_COLUMNS}) ORDER BY s.id)
  FROM deploy_token_secrets s WHERE s.token_id = t.id)`;

export function secretRecord([
  id,
  hash,
  createdAt,
  expiresAt,
  lastUsedAt,
  sealed,
]: SecretRow): SecretRecord {
  return { id, hash, createdAt, expiresAt, lastUsedAt, sealed };
}

export function bareRecord(row: BareRow, secrets: readonly SecretRecord[]): DeployTokenRecord {
  const [id, projectId, groupId, name, username, scopes, expiresAt, revokedAt] = row;
  return {
    id,
    holder: sourceOf(projectId, groupId),
    name,
    username,
    scopes: JSON.parse(scopes) as string[],
    expiresAt,
    revokedAt,
    createdBy: row[8],
    createdAt: row[9],
    origin: row[10],
    rotateEvery: row[11],
    secrets,
  };
}

export function tokenRecord(row: TokenRow): DeployTokenRecord {
  const bare = row.slice(0, 12) as BareRow;
  return bareRecord(bare, (JSON.parse(row[12]) as SecretRow[]).map(secretRecord));
}
