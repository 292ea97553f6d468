import type { Clock } from '../../clock.ts';
import type { DeployTokenAdmission, DeployTokens, NewDeployToken } from '../ports.ts';
import type { DeployTokenRecord, MemberSource } from '../records.ts';
import { prepareAutomaticDeployTokens } from './automatic-deploy-token.ts';
import type { Bit, Database } from './database.ts';
import { prepareFindDeployToken } from './deploy-token-find.ts';
import { prepareInsertDeployToken } from './deploy-token-insert.ts';
import { prepareDeployTokenLists } from './deploy-token-lists.ts';
import { prepareDeployTokenRotation } from './deploy-token-rotation.ts';
import {
  BARE_COLUMNS,
  bareRecord,
  SECRET_COLUMNS,
  secretRecord,
  type BareRow,
  type SecretRow,
} from './deploy-token-rows.ts';
import { remembering } from './memory.ts';
import { sourceColumns } from './source.ts';
import type { TokenParts } from './token-parts.ts';
import { movingWrite, type Version } from './version.ts';
import { prepareDeployTokenWalk } from './walks.ts';

function prepareDeployTokens(db: Database, version: Version) {
  const find = prepareFindDeployToken(db);
  const insert = prepareInsertDeployToken(db);
  return {
    find,
    insert,
    automatic: prepareAutomaticDeployTokens({ db, version, find, insert }),
    rotation: prepareDeployTokenRotation(db, find),
    lists: prepareDeployTokenLists(db),
    revoke: db.prepare(
      'UPDATE deploy_tokens SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL',
    ),
    // One row for each secret of the token; json_array because few values are fetched faster than many.
    admit: db.prepare<[token: string, secret: string, presented: Bit]>(
      `SELECT json_array(${BARE_COLUMNS}), json_array(${SECRET_COLUMNS}), s.id = own.id
       FROM deploy_token_secrets own JOIN deploy_tokens t ON t.id = own.token_id
         JOIN deploy_token_secrets s ON s.token_id = t.id
       WHERE own.hash = ? ORDER BY s.id`,
    ),
  };
}

type Statements = ReturnType<typeof prepareDeployTokens>;

function create(sql: Statements, token: NewDeployToken, now: number): DeployTokenRecord {
  const id = sql.insert({ ...token, origin: 'manual', sealed: null }, now);
  const created = sql.find(token.holder, id);
  if (created === null) throw new Error('a deploy token is gone within its own transaction');
  return created;
}

function revoke(sql: Statements, holder: MemberSource, tokenId: number, now: number) {
  const token = sql.find(holder, tokenId);
  if (token === null) return null;
  const changed = sql.revoke.run(now, tokenId) > 0;
  if (changed && token.origin === 'auto') sql.automatic.decline(holder.id);
  return sql.find(holder, tokenId);
}

function admit(sql: Statements, secretHash: string): DeployTokenAdmission | null {
  const rows = sql.admit.all(secretHash);
  const secrets = rows.map(([, secret]) => secretRecord(JSON.parse(secret) as SecretRow));
  const presented = rows.findIndex(([, , isPresented]) => isPresented === 1);
  const [row, secret] = [rows[presented], secrets[presented]];
  if (row === undefined || secret === undefined) return null;
  return { token: bareRecord(JSON.parse(row[0]) as BareRow, secrets), secret };
}

export interface DeployTokensParts extends TokenParts {
  readonly clock: Clock;
}

export function createDeployTokens(parts: DeployTokensParts): DeployTokens {
  const { db, read, writer, version, lastUse, clock } = parts;
  const sql = prepareDeployTokens(db, version);
  const { automatic, rotation, lists } = sql;
  const recall = remembering(version, (secretHash) => admit(sql, secretHash));
  const writeMoving = movingWrite(writer, version);
  const walk = prepareDeployTokenWalk(db);

  return {
    create: (token, now) => writer.write(() => create(sql, token, now)),
    revoke: (holder, tokenId, now) => writeMoving(() => revoke(sql, holder, tokenId, now)),
    ensureAutomatic: async (projectId, secret, now) => {
      // Mostly it is there, or not wanted, and nothing is to be written.
      const known = await read(() => db.snapshot(() => automatic.find(projectId, now)));
      if (known !== undefined) return known;
      return writer.write(() => automatic.ensure(projectId, secret, now));
    },
    rotate: (holder, tokenId, wanted, now) =>
      writeMoving(() => rotation.rotate(holder, tokenId, wanted, now)),
    endSecret: (holder, tokenId, secretId, now) =>
      writeMoving(() => rotation.endSecret(holder, tokenId, secretId, now)),
    setRotation: (holder, tokenId, rotateEvery) =>
      writeMoving(() => rotation.setRotation(holder, tokenId, rotateEvery)),
    expiring: (before, page, now) =>
      read(() => db.snapshot(() => lists.expiring(before, page, now))),
    admit: (secretHash) => read(() => recall(secretHash)),
    find: (holder, tokenId) => read(() => sql.find(holder, tokenId)),
    list: (holder, page, active, now = clock.now()) =>
      read(() => db.snapshot(() => lists.of(holder, page, active, now))),
    live: ({ holder }, after, now) =>
      walk(read, after, [now, ...(holder === undefined ? [null, null] : sourceColumns(holder))]),
    touch: (_tokenId, secretId, now) => lastUse.touch(secretId, now),
  };
}
