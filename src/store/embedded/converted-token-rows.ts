/** Rows of converted job tokens. The order of the tuple is that of the columns. */
import type { ConvertedTokenRecord } from '../records.ts';

export type ConvertedRow = [
  id: number,
  projectId: number,
  jobId: number,
  userId: number,
  pipelineId: number | null,
  tokenHash: string,
  endedAt: number,
  expiresAt: number,
  revokedAt: number | null,
  lastUsedAt: number | null,
  writeAttempts: number,
  lastAttemptAt: number | null,
];
export const CONVERTED_COLUMNS = `c.id, c.project_id, c.job_id, c.user_id, c.pipeline_id, c.token_hash, c.ended_at,
  c.expires_at, c.revoked_at, c.last_used_at, c.write_attempts, c.last_attempt_at`;

export function convertedRecord(row: ConvertedRow): ConvertedTokenRecord {
  const [id, projectId, jobId, userId, pipelineId, tokenHash, endedAt, expiresAt, revokedAt] = row;
  return {
    id,
    projectId,
    jobId,
    userId,
    pipelineId,
    tokenHash,
    endedAt,
    expiresAt,
    revokedAt,
    lastUsedAt: row[9],
    writeAttempts: row[10],
    lastAttemptAt: row[11],
  };
}
