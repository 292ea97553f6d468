import type { JobAdmission } from '../ports.ts';
import type { JobStatus } from '../records.ts';
import type { Database } from './database.ts';
import { JOB_COLUMNS, jobRecord, type JobRow } from './job-rows.ts';
import { remembering } from './memory.ts';
import {
  PROJECT_COLUMNS,
  projectRecord,
  USER_COLUMNS,
  userRecord,
  type ProjectRow,
  type UserRow,
} from './rows.ts';
import type { Version } from './version.ts';

/** All that ever changes of a job. */
type LiveRow = [
  status: JobStatus,
  gen: number,
  finishedAt: number | null,
  leaseUntil: number,
  erasedAt: number | null,
];

function prepareWhole(db: Database): (tokenHash: string) => JobAdmission | null {
  // One value per record: fetching some 46 columns one by one takes longer than finding them.
  const whole = db.prepare<[job: string, user: string | null, project: string | null]>(
    `SELECT json_array(${JOB_COLUMNS}),
       iif(u.id IS NULL, NULL, json_array(${USER_COLUMNS})),
       iif(p.id IS NULL, NULL, json_array(${PROJECT_COLUMNS}))
     FROM jobs j LEFT JOIN users u ON u.id = j.user_id LEFT JOIN projects p ON p.id = j.project_id
     WHERE j.token_hash = ?`,
  );
  return (tokenHash) => {
    const row = whole.get(tokenHash);
    if (row === undefined) return null;
    const [job, user, project] = row;
    return {
      job: jobRecord(JSON.parse(job) as JobRow),
      user: user === null ? null : userRecord(JSON.parse(user) as UserRow),
      project: project === null ? null : projectRecord(JSON.parse(project) as ProjectRow),
    };
  };
}

/**
 * A job by the hash of its token. What may end at any moment is read each time; the rest, which stays as it is while
 * the store's version does, is remembered.
 */
export function prepareJobAdmission(
  db: Database,
  version: Pick<Version, 'current'>,
): (tokenHash: string) => JobAdmission | null {
  const recall = remembering(version, prepareWhole(db));
  const live = db.prepare<LiveRow>(
    'SELECT status, gen, finished_at, lease_until, erased_at FROM jobs WHERE id = ?',
  );
  return (tokenHash) => {
    const known = recall(tokenHash);
    const row = known === null ? undefined : live.get(known.job.id);
    if (known === null || row === undefined) return null;
    const [status, gen, finishedAt, leaseUntil, erasedAt] = row;
    const job = { ...known.job, status, gen, finishedAt, leaseUntil, erasedAt };
    return { job, user: known.user, project: known.project };
  };
}
