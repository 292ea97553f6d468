import type { Clock } from '../../clock.ts';
import { AppError } from '../../errors.ts';
import type { DeployTokenAdmission, DeployTokens, NewDeployToken } from '../ports.ts';
import type { DeployTokenRecord, MemberSource } from '../records.ts';
import type { Bit, Database } from './database.ts';
import {
  BARE_COLUMNS,
  bareRecord,
  SECRET_COLUMNS,
  secretRecord,
  TOKEN_COLUMNS,
  tokenRecord,
  type BareRow,
  type SecretRow,
  type TokenRow,
} from './deploy-token-rows.ts';
import type { LastUse } from './last-use.ts';
import { remembering } from './memory.ts';
import { isReservedLogin } from './paths.ts';
import type { Read } from './reader.ts';
import { prepareBySource, sourceColumns } from './source.ts';
import type { Version } from './version.ts';
import type { Writer } from './writer.ts';

const ACTIVE = 't.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > ?3)';

function prepareDeployTokens(db: Database) {
  return {
    holder: {
      project: db.prepare('SELECT 1 FROM projects WHERE id = ?'),
      group: db.prepare('SELECT 1 FROM groups WHERE id = ?'),
    },
    insert: db.prepare<[number]>(
      `INSERT INTO deploy_tokens (project_id, group_id, name, username, scopes, expires_at, created_by, created_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
    ),
    setUsername: db.prepare('UPDATE deploy_tokens SET username = ? WHERE id = ?'),
    insertSecret: db.prepare(
      'INSERT INTO deploy_token_secrets (token_id, hash, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    ),
    revoke: db.prepare(
      'UPDATE deploy_tokens SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL',
    ),
    find: prepareBySource<TokenRow>(
      db,
      (column) => `SELECT ${TOKEN_COLUMNS} FROM deploy_tokens t WHERE t.id = ? AND t.${column} = ?`,
    ),
    // One row for each secret of the token; json_array because few values are fetched faster than many.
    admit: db.prepare<[token: string, secret: string, presented: Bit]>(
      `SELECT json_array(${BARE_COLUMNS}), json_array(${SECRET_COLUMNS}), s.id = own.id
       FROM deploy_token_secrets own JOIN deploy_tokens t ON t.id = own.token_id
         JOIN deploy_token_secrets s ON s.token_id = t.id
       WHERE own.hash = ? ORDER BY s.id`,
    ),
    list: prepareBySource<TokenRow>(
      db,
      (column) => `SELECT ${TOKEN_COLUMNS} FROM deploy_tokens t
        WHERE t.${column} = ?1 AND (?2 IS NULL OR (${ACTIVE}) = ?2) ORDER BY t.id LIMIT ?4 OFFSET ?5`,
    ),
    count: prepareBySource<[number]>(
      db,
      (column) => `SELECT count(*) FROM deploy_tokens t
        WHERE t.${column} = ?1 AND (?2 IS NULL OR (${ACTIVE}) = ?2)`,
    ),
  };
}

type Statements = ReturnType<typeof prepareDeployTokens>;

function find(sql: Statements, holder: MemberSource, tokenId: number): DeployTokenRecord | null {
  const row = sql.find[holder.kind].get(tokenId, holder.id);
  return row === undefined ? null : tokenRecord(row);
}

function create(sql: Statements, token: NewDeployToken, now: number): DeployTokenRecord {
  const { holder } = token;
  if (sql.holder[holder.kind].get(holder.id) === undefined) {
    throw new AppError('not_found', `There is no ${holder.kind} ${holder.id}.`);
  }
  if (token.username !== null && isReservedLogin(token.username)) {
    const name = JSON.stringify(token.username);
    throw new AppError('bad_request', `The username ${name} is reserved.`);
  }
  const [id] = sql.insert.get(
    ...sourceColumns(holder),
    token.name,
    token.username ?? '',
    JSON.stringify(token.scopes),
    token.expiresAt,
    token.createdBy,
    now,
  ) ?? [0];
  if (token.username === null) sql.setUsername.run(`gitlab+deploy-token-${id}`, id);
  if (sql.insertSecret.run(id, token.hash, now) === 0) {
    throw new AppError('conflict', 'This secret belongs to another deploy token.');
  }
  const created = find(sql, holder, id);
  if (created === null) throw new Error('a deploy token is gone within its own transaction');
  return created;
}

function revoke(sql: Statements, holder: MemberSource, tokenId: number, now: number) {
  if (find(sql, holder, tokenId) === null) return null;
  sql.revoke.run(now, tokenId);
  return find(sql, holder, tokenId);
}

function admit(sql: Statements, secretHash: string): DeployTokenAdmission | null {
  const rows = sql.admit.all(secretHash);
  const secrets = rows.map(([, secret]) => secretRecord(JSON.parse(secret) as SecretRow));
  const presented = rows.findIndex(([, , isPresented]) => isPresented === 1);
  const [row, secret] = [rows[presented], secrets[presented]];
  if (row === undefined || secret === undefined) return null;
  return { token: bareRecord(JSON.parse(row[0]) as BareRow, secrets), secret };
}

export interface DeployTokensParts {
  readonly db: Database;
  readonly read: Read;
  readonly writer: Writer;
  readonly version: Version;
  readonly lastUse: LastUse;
  readonly clock: Clock;
}

export function createDeployTokens(parts: DeployTokensParts): DeployTokens {
  const { db, read, writer, version, lastUse, clock } = parts;
  const sql = prepareDeployTokens(db);
  const recall = remembering(version, (secretHash) => admit(sql, secretHash));
  return {
    create: (token, now) => writer.write(() => create(sql, token, now)),
    revoke: (holder, tokenId, now) =>
      writer.write(() => {
        version.move();
        return revoke(sql, holder, tokenId, now);
      }),
    admit: (secretHash) => read(() => recall(secretHash)),
    find: (holder, tokenId) => read(() => find(sql, holder, tokenId)),
    list: (holder, page, active, now = clock.now()) =>
      read(() =>
        db.snapshot(() => {
          const wanted = active === undefined ? null : Number(active);
          const { kind, id } = holder;
          const rows = sql.list[kind].all(id, wanted, now, page.limit, page.offset);
          const total = sql.count[kind].get(id, wanted, now)?.[0] ?? 0;
          return { items: rows.map(tokenRecord), total };
        }),
      ),
    touch: (_tokenId, secretId, now) => lastUse.touch(secretId, now),
  };
}
