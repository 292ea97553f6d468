import { AppError } from '../../errors.ts';
import type { PersonalAccessTokenEntry } from '../bulk.ts';
import { earlier, same, type BulkNames, type Put } from './bulk-names.ts';
import type { Database, Value } from './database.ts';

const COLUMNS = 'name, description, scopes, expires_at, revoked_at, created_at, family_id';
const MARKS = COLUMNS.replaceAll(/\w+/g, '?');

function prepareStatements(db: Database) {
  const table = 'personal_access_tokens';
  return {
    find: db.prepare<[id: number, userId: number, family: number | null]>(
      `SELECT id, user_id, family_id FROM ${table} WHERE hash = ?`,
    ),
    read: db.prepare<Value[]>(`SELECT ${COLUMNS} FROM ${table} WHERE id = ?`),
    insert: db.prepare(`INSERT INTO ${table} (${COLUMNS}, user_id, hash) VALUES (${MARKS}, ?, ?)`),
    update: db.prepare(`UPDATE ${table} SET (${COLUMNS}) = (${MARKS}) WHERE id = ?`),
  };
}

export function prepareBulkPersonalAccessTokens(
  db: Database,
  names: BulkNames,
): Put<PersonalAccessTokenEntry> {
  const sql = prepareStatements(db);

  function familyOf({ family }: PersonalAccessTokenEntry): number | null {
    if (family === null) return null;
    const first = sql.find.get(family);
    if (first !== undefined) return first[2] ?? first[0];
    throw new AppError('not_found', 'The first token of its family is not here.');
  }

  const valuesOf = (entry: PersonalAccessTokenEntry, revokedAt: Value, createdAt: Value) => [
    entry.name,
    entry.description,
    JSON.stringify(entry.scopes),
    entry.expiresAt,
    revokedAt,
    createdAt,
    familyOf(entry),
  ];

  return (entry, now) => {
    const userId = names.user(entry.username);
    const found = sql.find.get(entry.hash);
    if (found === undefined) {
      const values = valuesOf(entry, entry.revokedAt, entry.createdAt ?? now);
      sql.insert.run(...values, userId, entry.hash);
      return 'created';
    }
    const [id, owner] = found;
    if (owner !== userId) throw new AppError('conflict', 'This token is another user’s here.');
    const before = sql.read.get(id) ?? [];
    const [, , , , revokedAt = null, createdAt = now] = before;
    const end = earlier(revokedAt as number | null, entry.revokedAt);
    const wanted = valuesOf(entry, end, entry.createdAt ?? createdAt);
    if (same(wanted, before)) return 'unchanged';
    sql.update.run(...wanted, id);
    return 'updated';
  };
}
