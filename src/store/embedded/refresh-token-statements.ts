import type { Database } from './database.ts';
import { TOKEN_COLUMNS } from './personal-access-token-rows.ts';
import { REFRESH_COLUMNS, type RefreshRow } from './refresh-token-rows.ts';
import { USER_COLUMNS } from './rows.ts';
import { SWEEP } from './sweep.ts';

const LIVE = 'r.revoked_at IS NULL AND r.expires_at > ?3';
const MATCHES = `(?1 IS NULL OR r.user_id = ?1) AND (?2 IS NULL OR (${LIVE}) = ?2)`;
/** Of one user and service, those before the newest `?4`. */
const BEFORE_THE_NEWEST = (which: string) =>
  `SELECT r.id FROM refresh_tokens r WHERE r.user_id = ?1 AND r.service = ?2 AND ${which}
   ORDER BY r.id DESC LIMIT -1 OFFSET ?4`;

export function prepareStatements(db: Database) {
  return {
    user: db.prepare('SELECT 1 FROM users WHERE id = ?'),
    insert: db.prepare<RefreshRow>(
      `INSERT INTO refresh_tokens AS r
         (user_id, service, hash, personal_access_token_id, password_mark, created_at, expires_at)
       VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO NOTHING RETURNING ${REFRESH_COLUMNS.replaceAll('r.', '')}`,
    ),
    endOldest: db.prepare(
      `UPDATE refresh_tokens SET revoked_at = ?3 WHERE id IN (${BEFORE_THE_NEWEST(LIVE)})`,
    ),
    forgetOldest: db.prepare(
      `DELETE FROM refresh_tokens WHERE id IN (${BEFORE_THE_NEWEST(`NOT (${LIVE})`)})`,
    ),
    byHash: db.prepare<RefreshRow>(
      `SELECT ${REFRESH_COLUMNS} FROM refresh_tokens r WHERE r.hash = ?`,
    ),
    // Another user's access token would be none that stands behind this one.
    admit: db.prepare<[token: string, user: string | null, personalAccessToken: string | null]>(
      `SELECT json_array(${REFRESH_COLUMNS}),
         iif(u.id IS NULL, NULL, json_array(${USER_COLUMNS})),
         iif(t.id IS NULL, NULL, json_array(${TOKEN_COLUMNS}))
       FROM refresh_tokens r LEFT JOIN users u ON u.id = r.user_id
         LEFT JOIN personal_access_tokens t
           ON t.id = r.personal_access_token_id AND t.user_id = r.user_id
       WHERE r.hash = ?`,
    ),
    revoke: db.prepare(
      'UPDATE refresh_tokens SET revoked_at = ? WHERE hash = ? AND revoked_at IS NULL',
    ),
    sweep: db.prepare(
      `DELETE FROM refresh_tokens WHERE id IN
         (SELECT id FROM refresh_tokens WHERE expires_at < ?1 OR revoked_at < ?1 LIMIT ${SWEEP})`,
    ),
    list: db.prepare<RefreshRow>(
      `SELECT ${REFRESH_COLUMNS} FROM refresh_tokens r WHERE ${MATCHES}
       ORDER BY r.id LIMIT ?4 OFFSET ?5`,
    ),
    total: db.prepare<[number]>(`SELECT count(*) FROM refresh_tokens r WHERE ${MATCHES}`),
  };
}

export type Statements = ReturnType<typeof prepareStatements>;
