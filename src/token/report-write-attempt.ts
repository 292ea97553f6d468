import type { Changes } from '../audit/changes.ts';
import type { Logger } from '../log.ts';
import type { WriteAttempt } from './write-attempts.ts';

export interface WriteAttemptReportDeps {
  readonly log: Logger;
  readonly changes: Changes;
  /** @param revoked whether this attempt was the one too many */
  readonly count: (revoked: boolean) => void;
}

/** Into the log, the audit stream and the metrics. The attempt that revokes is an error there, for somebody to look at. */
export function createWriteAttemptReport({ log, changes, count }: WriteAttemptReportDeps) {
  return (attempt: WriteAttempt): void => {
    const { tokenId, jobId, projectId, user, userId, ip, requestId, actions, attempts } = attempt;
    count(attempt.revoked);
    const author = { kind: 'job', id: jobId, name: `job:${jobId}`, user_id: userId } as const;
    const record = changes.by({ author, ip, requestId });
    const target = { kind: 'converted_token', id: tokenId, path: null } as const;
    const about = { project_id: projectId, job_id: jobId, user_id: userId, actions, attempts };
    record('converted_token.write_attempt', target, about);
    const line = { request_id: requestId, ip, token_id: tokenId, user, ...about };
    if (!attempt.revoked)
      return log.warn(line, 'attempt to write with the password of an ended job');
    record('converted_token.revoked', target, { ...about, reason: 'write_attempts' });
    log.error(line, 'password of an ended job revoked after attempts to write');
  };
}
