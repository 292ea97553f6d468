import { AppError } from '../../errors.ts';
import type {
  NewPersonalAccessToken,
  PersonalAccessTokenAdmission,
  PersonalAccessTokens,
} from '../ports.ts';
import type { PersonalAccessTokenRecord } from '../records.ts';
import type { Database } from './database.ts';
import { remembering } from './memory.ts';
import { prepareTokenFamilies } from './personal-access-token-families.ts';
import { TOKEN_COLUMNS, tokenRecord, type TokenRow } from './personal-access-token-rows.ts';
import { USER_COLUMNS, userRecord, type UserRow } from './rows.ts';
import type { TokenParts } from './token-parts.ts';
import { movingWrite } from './version.ts';
import { preparePersonalAccessTokenWalk } from './walks.ts';

const MATCHES = `(?1 IS NULL OR t.user_id = ?1) AND (?2 IS NULL OR
  (t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > ?3)) = ?2)`;

function preparePersonalAccessTokens(db: Database) {
  return {
    user: db.prepare('SELECT 1 FROM users WHERE id = ?'),
    insert: db.prepare<TokenRow>(
      `INSERT INTO personal_access_tokens AS t
         (user_id, name, description, scopes, hash, expires_at, created_at)
       VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING ${TOKEN_COLUMNS.replaceAll('t.', '')}`,
    ),
    revoke: db.prepare(
      'UPDATE personal_access_tokens SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL',
    ),
    find: db.prepare<TokenRow>(
      `SELECT ${TOKEN_COLUMNS} FROM personal_access_tokens t WHERE t.id = ?`,
    ),
    admit: db.prepare<[token: string, user: string | null]>(
      `SELECT json_array(${TOKEN_COLUMNS}), iif(u.id IS NULL, NULL, json_array(${USER_COLUMNS}))
       FROM personal_access_tokens t LEFT JOIN users u ON u.id = t.user_id WHERE t.hash = ?`,
    ),
    list: db.prepare<TokenRow>(
      `SELECT ${TOKEN_COLUMNS} FROM personal_access_tokens t WHERE ${MATCHES}
       ORDER BY t.id LIMIT ?4 OFFSET ?5`,
    ),
    count: db.prepare<[number]>(`SELECT count(*) FROM personal_access_tokens t WHERE ${MATCHES}`),
  };
}

type Statements = ReturnType<typeof preparePersonalAccessTokens>;

function find(sql: Statements, tokenId: number): PersonalAccessTokenRecord | null {
  const row = sql.find.get(tokenId);
  return row === undefined ? null : tokenRecord(row);
}

function create(sql: Statements, token: NewPersonalAccessToken, now: number) {
  if (sql.user.get(token.userId) === undefined) {
    throw new AppError('not_found', `There is no user ${token.userId}.`);
  }
  const row = sql.insert.get(
    token.userId,
    token.name,
    token.description,
    JSON.stringify(token.scopes),
    token.hash,
    token.expiresAt,
    now,
  );
  if (row === undefined) {
    throw new AppError('conflict', 'This secret belongs to another personal access token.');
  }
  return tokenRecord(row);
}

function revoke(sql: Statements, tokenId: number, now: number) {
  sql.revoke.run(now, tokenId);
  return find(sql, tokenId);
}

function admit(sql: Statements, secretHash: string): PersonalAccessTokenAdmission | null {
  const row = sql.admit.get(secretHash);
  if (row === undefined) return null;
  const [token, user] = row;
  return {
    token: tokenRecord(JSON.parse(token) as TokenRow),
    user: user === null ? null : userRecord(JSON.parse(user) as UserRow),
  };
}

export function createPersonalAccessTokens(parts: TokenParts): PersonalAccessTokens {
  const { db, read, writer, version, lastUse } = parts;
  const sql = preparePersonalAccessTokens(db);
  const families = prepareTokenFamilies(db, (tokenId) => find(sql, tokenId));
  const recall = remembering(version, (secretHash) => admit(sql, secretHash));
  const writeMoving = movingWrite(writer, version);
  const walk = preparePersonalAccessTokenWalk(db);
  return {
    create: (token, now) => writer.write(() => create(sql, token, now)),
    rotate: (tokenId, successor, now) =>
      writeMoving(() => families.rotate(tokenId, successor, now)),
    revokeFamily: (familyId, now) => writeMoving(() => families.revokeFamily(familyId, now)),
    revoke: (tokenId, now) => writeMoving(() => revoke(sql, tokenId, now)),
    admit: (secretHash) => read(() => recall(secretHash)),
    find: (tokenId) => read(() => find(sql, tokenId)),
    list: (filter, page) =>
      read(() =>
        db.snapshot(() => {
          const { userId = null, now } = filter;
          const active = filter.active === undefined ? null : Number(filter.active);
          const rows = sql.list.all(userId, active, now, page.limit, page.offset);
          const total = sql.count.get(userId, active, now)?.[0] ?? 0;
          return { items: rows.map(tokenRecord), total };
        }),
      ),
    live: ({ userId = null }, after, now) => walk(read, after, [now, userId]),
    touch: (tokenId, now) => lastUse.touch(tokenId, now),
  };
}
