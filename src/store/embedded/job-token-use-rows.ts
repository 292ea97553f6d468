/** Rows of the list of who came with job tokens. The order of the tuple is that of the columns. */
import type { JobTokenUseRecord } from '../records.ts';
import type { Bit, Database } from './database.ts';

type UseRow = [
  targetId: number,
  sourceId: number,
  denied: Bit,
  refusedBy: string | null,
  count: number,
  firstAt: number,
  lastAt: number,
  lastUserId: number | null,
  lastJobId: number | null,
  lastIp: string | null,
];
const USE_COLUMNS = `target_id, source_id, denied, refused_by, count, first_at, last_at, last_user_id, last_job_id,
  last_ip`;

export function useRecord(row: UseRow): JobTokenUseRecord {
  const [targetProjectId, sourceProjectId, denied, refusedBy, count, firstAt, lastAt] = row;
  return {
    targetProjectId,
    sourceProjectId,
    denied: denied === 1,
    refusedBy,
    count,
    firstAt,
    lastAt,
    lastUserId: row[7],
    lastJobId: row[8],
    lastIp: row[9],
  };
}

/** What is written of the last use, unless one that is later stands there already. */
const later = (column: string): string =>
  `${column} = iif(excluded.last_at < last_at, ${column}, excluded.${column})`;

export function prepareUses(db: Database) {
  return {
    // Of a project that is gone by now nothing is kept.
    add: db.prepare(
      `INSERT INTO job_token_uses (${USE_COLUMNS})
       SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10
       WHERE (SELECT count(*) FROM projects WHERE id IN (?1, ?2)) = iif(?1 = ?2, 1, 2)
       ON CONFLICT (target_id, source_id, denied) DO UPDATE SET
         count = count + excluded.count,
         first_at = min(first_at, excluded.first_at),
         last_at = max(last_at, excluded.last_at),
         ${later('refused_by')},
         ${later('last_user_id')},
         ${later('last_job_id')},
         ${later('last_ip')}`,
    ),
    list: db.prepare<UseRow>(
      `SELECT ${USE_COLUMNS} FROM job_token_uses WHERE target_id = ?
       ORDER BY last_at DESC, source_id, denied LIMIT ? OFFSET ?`,
    ),
    count: db.prepare<[number]>('SELECT count(*) FROM job_token_uses WHERE target_id = ?'),
  };
}
