/** Passwords of jobs that have ended, and may still read (CD-09). */
import type { ConvertedTokenAdmission, ConvertedTokens, NewConvertedToken } from '../ports.ts';
import type { ConvertedTokenRecord } from '../records.ts';
import { convertedRecord, type ConvertedRow } from './converted-token-rows.ts';
import { prepareStatements, type Statements } from './converted-token-statements.ts';
import { remembering } from './memory.ts';
import { projectRecord, userRecord, type ProjectRow, type UserRow } from './rows.ts';
import { sweepAll } from './sweep.ts';
import type { TokenParts } from './token-parts.ts';
import { movingWrite } from './version.ts';
import { prepareConvertedTokenWalk } from './walks.ts';

const orNull = (row: ConvertedRow | undefined): ConvertedTokenRecord | null =>
  row === undefined ? null : convertedRecord(row);

function record(sql: Statements, token: NewConvertedToken): ConvertedTokenRecord | null {
  if (sql.owners.get(token.projectId, token.userId) === undefined) return null;
  sql.insert.run(
    token.projectId,
    token.jobId,
    token.userId,
    token.pipelineId,
    token.tokenHash,
    token.endedAt,
    token.expiresAt,
  );
  return orNull(sql.byHash.get(token.tokenHash));
}

function admit(sql: Statements, tokenHash: string): ConvertedTokenAdmission | null {
  const row = sql.admit.get(tokenHash);
  if (row === undefined) return null;
  const [token, user, project] = row;
  return {
    token: convertedRecord(JSON.parse(token) as ConvertedRow),
    user: user === null ? null : userRecord(JSON.parse(user) as UserRow),
    project: project === null ? null : projectRecord(JSON.parse(project) as ProjectRow),
  };
}

function revoke(sql: Statements, projectId: number, id: number, now: number) {
  if (orNull(sql.byId.get(id))?.projectId !== projectId) return null;
  sql.revoke.run(now, id);
  return orNull(sql.byId.get(id));
}

type Limits = Parameters<ConvertedTokens['countWrite']>[1];

function countWrite(sql: Statements, id: number, { limit, windowMs }: Limits, now: number) {
  const [times] = sql.attempts.get(id) ?? [];
  if (times === undefined) return null;
  // Also those that seem to come from the future: a clock that was set back must not make anybody's attempts vanish.
  const recent = (JSON.parse(times) as number[]).filter((at) => at > now - windowMs);
  recent.push(now);
  sql.count.run(now, JSON.stringify(recent.slice(-limit)), id);
  const revoked = recent.length >= limit && sql.revoke.run(now, id) > 0;
  const token = orNull(sql.byId.get(id));
  return token === null ? null : { token, revoked };
}

export function createConvertedTokens(parts: TokenParts): ConvertedTokens {
  const { db, read, writer, version, lastUse } = parts;
  const sql = prepareStatements(db);
  const recall = remembering(version, (tokenHash) => admit(sql, tokenHash));
  const writeMoving = movingWrite(writer, version);
  const walk = prepareConvertedTokenWalk(db);

  return {
    record: (token) => writer.write(() => record(sql, token)),
    admit: (tokenHash) => read(() => recall(tokenHash)),
    list: (projectId, page, { active, now }) =>
      read(() =>
        db.snapshot(() => {
          const wanted = active === undefined ? null : Number(active);
          const rows = sql.list.all(projectId, wanted, now, page.limit, page.offset);
          const total = sql.total.get(projectId, wanted, now)?.[0] ?? 0;
          return { items: rows.map(convertedRecord), total };
        }),
      ),
    revoke: (projectId, id, now) => writeMoving(() => revoke(sql, projectId, id, now)),
    countWrite: (id, limits, now) => writeMoving(() => countWrite(sql, id, limits, now)),
    sweep: (before) => sweepAll(() => writeMoving(() => sql.sweep.run(before))),
    live: ({ projectId = null, userId = null }, after, now) =>
      walk(read, after, [now, projectId, userId]),
    touch: (id, now) => lastUse.touch(id, now),
  };
}
