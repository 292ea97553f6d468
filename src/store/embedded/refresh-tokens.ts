/** What docker keeps in place of a person's password. */
import { AppError } from '../../errors.ts';
import type { NewRefreshToken, RefreshTokenAdmission, RefreshTokens } from '../ports.ts';
import { tokenRecord, type TokenRow } from './personal-access-token-rows.ts';
import { backingColumns, refreshRecord, type RefreshRow } from './refresh-token-rows.ts';
import { prepareStatements, type Statements } from './refresh-token-statements.ts';
import { userRecord, type UserRow } from './rows.ts';
import { sweepAll } from './sweep.ts';
import type { TokenParts } from './token-parts.ts';
import { prepareRefreshTokenWalk } from './walks.ts';

/** Ended ones that stay for each user and service, so that logins by the thousand leave no thousands of rows. */
const ENDED_KEPT = 100;

function create(sql: Statements, token: NewRefreshToken, limit: number, now: number) {
  const { userId, service, hash, backing, expiresAt } = token;
  if (sql.user.get(userId) === undefined) return null;
  const row = sql.insert.get(userId, service, hash, ...backingColumns(backing), now, expiresAt);
  if (row === undefined) {
    throw new AppError('conflict', 'This secret belongs to another refresh token.');
  }
  sql.endOldest.run(userId, service, now, limit);
  sql.forgetOldest.run(userId, service, now, ENDED_KEPT);
  return refreshRecord(row);
}

function admit(sql: Statements, hash: string): RefreshTokenAdmission | null {
  const row = sql.admit.get(hash);
  if (row === undefined) return null;
  const [token, user, personalAccessToken] = row;
  return {
    token: refreshRecord(JSON.parse(token) as RefreshRow),
    user: user === null ? null : userRecord(JSON.parse(user) as UserRow),
    personalAccessToken:
      personalAccessToken === null
        ? null
        : tokenRecord(JSON.parse(personalAccessToken) as TokenRow),
  };
}

function find(sql: Statements, hash: string) {
  const row = sql.byHash.get(hash);
  return row === undefined ? null : refreshRecord(row);
}

function list(sql: Statements, ...[filter, page]: Parameters<RefreshTokens['list']>) {
  const { userId = null, now } = filter;
  const active = filter.active === undefined ? null : Number(filter.active);
  const rows = sql.list.all(userId, active, now, page.limit, page.offset);
  const total = sql.total.get(userId, active, now)?.[0] ?? 0;
  return { items: rows.map(refreshRecord), total };
}

/** Nothing is remembered: whether one has idled too long hangs on its last use, which moves no version. */
export function createRefreshTokens(parts: TokenParts): RefreshTokens {
  const { db, read, writer, version, lastUse } = parts;
  const sql = prepareStatements(db);
  const walk = prepareRefreshTokenWalk(db);

  function revoke(hash: string, now: number) {
    // Anybody may come with a hash that is nobody's; that must cost the others nothing.
    if (find(sql, hash) === null) return null;
    version.move();
    sql.revoke.run(now, hash);
    return find(sql, hash);
  }

  return {
    create: (token, limit, now) => writer.write(() => create(sql, token, limit, now)),
    admit: (hash) => read(() => admit(sql, hash)),
    list: (filter, page) => read(() => db.snapshot(() => list(sql, filter, page))),
    revoke: (hash, now) => writer.write(() => revoke(hash, now)),
    live: ({ userId = null }, after, now) => walk(read, after, [now, userId]),
    touch: (id, now) => lastUse.touch(id, now),
    sweep: (before) => sweepAll(() => writer.write(() => sql.sweep.run(before))),
  };
}
