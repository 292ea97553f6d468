import type { Database } from './database.ts';
import { CONVERTED_COLUMNS, type ConvertedRow } from './converted-token-rows.ts';
import { PROJECT_COLUMNS, USER_COLUMNS } from './rows.ts';
import { SWEEP } from './sweep.ts';

const ACTIVE = 'c.revoked_at IS NULL AND c.expires_at > ?3';
const MATCHES = `c.project_id = ?1 AND (?2 IS NULL OR (${ACTIVE}) = ?2)`;

export function prepareStatements(db: Database) {
  return {
    owners: db.prepare('SELECT 1 FROM projects p JOIN users u ON u.id = ?2 WHERE p.id = ?1'),
    insert: db.prepare(
      `INSERT INTO converted_tokens
         (project_id, job_id, user_id, pipeline_id, token_hash, ended_at, expires_at)
       VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    ),
    byHash: db.prepare<ConvertedRow>(
      `SELECT ${CONVERTED_COLUMNS} FROM converted_tokens c WHERE c.token_hash = ?`,
    ),
    byId: db.prepare<ConvertedRow>(
      `SELECT ${CONVERTED_COLUMNS} FROM converted_tokens c WHERE c.id = ?`,
    ),
    admit: db.prepare<[token: string, user: string | null, project: string | null]>(
      `SELECT json_array(${CONVERTED_COLUMNS}),
         iif(u.id IS NULL, NULL, json_array(${USER_COLUMNS})),
         iif(p.id IS NULL, NULL, json_array(${PROJECT_COLUMNS}))
       FROM converted_tokens c LEFT JOIN users u ON u.id = c.user_id
         LEFT JOIN projects p ON p.id = c.project_id
       WHERE c.token_hash = ?`,
    ),
    revoke: db.prepare(
      'UPDATE converted_tokens SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL',
    ),
    attempts: db.prepare<[times: string]>(
      'SELECT recent_attempts FROM converted_tokens WHERE id = ?',
    ),
    count: db.prepare(
      `UPDATE converted_tokens SET write_attempts = write_attempts + 1, last_attempt_at = ?,
         recent_attempts = ? WHERE id = ?`,
    ),
    // A token that was revoked stays until it would have expired: while it is there, it cannot be made anew.
    sweep: db.prepare(
      `DELETE FROM converted_tokens WHERE id IN
         (SELECT id FROM converted_tokens WHERE expires_at <= ?1 AND ended_at < ?1 LIMIT ${SWEEP})`,
    ),
    list: db.prepare<ConvertedRow>(
      `SELECT ${CONVERTED_COLUMNS} FROM converted_tokens c WHERE ${MATCHES}
       ORDER BY c.id LIMIT ?4 OFFSET ?5`,
    ),
    total: db.prepare<[number]>(`SELECT count(*) FROM converted_tokens c WHERE ${MATCHES}`),
  };
}

export type Statements = ReturnType<typeof prepareStatements>;
