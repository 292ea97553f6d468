import { AppError } from '../../errors.ts';
import type { Jobs, NewJob } from '../ports.ts';
import {
  EXECUTING_STATUSES,
  FINISHED_STATUSES,
  mayFollow,
  type JobRecord,
  type JobStatus,
} from '../records.ts';
import type { Database } from './database.ts';
import { prepareJobAdmission } from './job-admission.ts';
import { JOB_COLUMNS, jobRecord, jobValues, type JobRow } from './job-rows.ts';
import type { Read } from './reader.ts';
import type { Version } from './version.ts';
import { prepareJobWalk } from './walks.ts';
import type { Writer } from './writer.ts';

/** Ids that a process takes at once; what is left of them when it ends stays unused. */
export const ID_BLOCK = 64;

const noSuchJob = (jobId: number): AppError =>
  new AppError('not_found', `The project has no job ${jobId}.`);

function prepareJobs(db: Database) {
  return {
    takeIds: db.prepare<[number]>(
      `UPDATE counters SET value = value + ${ID_BLOCK} WHERE name = 'job_id' RETURNING value`,
    ),
    insert: db.prepare(
      `INSERT INTO jobs (${JOB_COLUMNS.replaceAll('j.', '')})
       VALUES (${JOB_COLUMNS.replaceAll(/j\.\w+/g, '?')}) ON CONFLICT DO NOTHING`,
    ),
    find: db.prepare<JobRow>(
      `SELECT ${JOB_COLUMNS} FROM jobs j WHERE j.id = ? AND j.project_id = ?`,
    ),
    setStatus: db.prepare(
      'UPDATE jobs SET status = ?, gen = gen + 1, finished_at = ? WHERE id = ? AND finished_at IS NULL',
    ),
    setLease: db.prepare('UPDATE jobs SET lease_until = ? WHERE id = ?'),
    list: db.prepare<JobRow>(
      `SELECT ${JOB_COLUMNS} FROM jobs j
       WHERE j.project_id = ?1 AND (?2 IS NULL OR j.status IN (SELECT value FROM json_each(?2)))
       ORDER BY j.id LIMIT ?3 OFFSET ?4`,
    ),
    count: db.prepare<[number]>(
      `SELECT count(*) FROM jobs j
       WHERE j.project_id = ?1 AND (?2 IS NULL OR j.status IN (SELECT value FROM json_each(?2)))`,
    ),
  };
}

type Statements = ReturnType<typeof prepareJobs>;

function startJob(sql: Statements, job: NewJob): JobRecord {
  if (FINISHED_STATUSES.has(job.status)) {
    throw new AppError('bad_request', `A job cannot start as ${job.status}.`);
  }
  const record: JobRecord = { ...job, gen: 1, finishedAt: null, erasedAt: null };
  if (sql.insert.run(...jobValues(record)) === 0) {
    throw new AppError('conflict', `Job ${job.id} or its token exists already.`);
  }
  return record;
}

function setStatus(
  sql: Statements,
  projectId: number,
  jobId: number,
  status: JobStatus,
  now: number,
): { job: JobRecord; changed: boolean } {
  const job = findJob(sql, projectId, jobId);
  if (job === null) throw noSuchJob(jobId);
  if (job.status === status || !mayFollow(job.status, status)) return { job, changed: false };
  const finishedAt = FINISHED_STATUSES.has(status) ? now : null;
  sql.setStatus.run(status, finishedAt, jobId);
  return { job: { ...job, status, gen: job.gen + 1, finishedAt }, changed: true };
}

function heartbeat(sql: Statements, projectId: number, jobId: number, now: number): JobRecord {
  const job = findJob(sql, projectId, jobId);
  if (job === null) throw noSuchJob(jobId);
  if (!EXECUTING_STATUSES.has(job.status)) {
    throw new AppError(
      'conflict',
      `Job ${jobId} is ${job.status}: only a running job has a lease.`,
    );
  }
  if (job.erasedAt !== null || job.leaseUntil <= now || job.deadline <= now) {
    throw new AppError('conflict', `The lease of job ${jobId} has ended and cannot be renewed.`);
  }
  if (job.leaseSeconds === null) return job;
  const renewed = Math.min(job.deadline, now + job.leaseSeconds * 1000);
  // A clock that was set back must not shorten a lease.
  const leaseUntil = Math.max(job.leaseUntil, renewed);
  sql.setLease.run(leaseUntil, jobId);
  return { ...job, leaseUntil };
}

function findJob(sql: Statements, projectId: number, jobId: number): JobRecord | null {
  const row = sql.find.get(jobId, projectId);
  return row === undefined ? null : jobRecord(row);
}

/** Hands out ids from blocks; `takeBlock` resolves to the last id of a new one. */
export function createIdSource(takeBlock: () => Promise<number>): () => Promise<number> {
  let nextId = 1;
  let lastId = 0;
  let taking: Promise<void> | null = null;

  async function refill(): Promise<void> {
    try {
      lastId = await takeBlock();
      nextId = lastId - ID_BLOCK + 1;
    } finally {
      taking = null;
    }
  }

  return async () => {
    while (nextId > lastId) await (taking ??= refill());
    return nextId++;
  };
}

export interface JobsParts {
  readonly db: Database;
  readonly read: Read;
  readonly writer: Writer;
  readonly version: Version;
}

export function createJobs({ db, read, writer, version }: JobsParts): Jobs {
  const sql = prepareJobs(db);
  const admit = prepareJobAdmission(db, version);
  const walk = prepareJobWalk(db);
  const reserveId = createIdSource(() => writer.write(() => sql.takeIds.get()?.[0] ?? 0));

  return {
    reserveId,
    start: (job) => writer.write(() => startJob(sql, job)),
    setStatus: (projectId, jobId, status, now) =>
      writer.write(() => setStatus(sql, projectId, jobId, status, now)),
    heartbeat: (projectId, jobId, now) => writer.write(() => heartbeat(sql, projectId, jobId, now)),
    admit: (tokenHash) => read(() => admit(tokenHash)),
    find: (projectId, jobId) => read(() => findJob(sql, projectId, jobId)),
    list: (projectId, page, statuses) =>
      read(() =>
        db.snapshot(() => {
          const filter = statuses === undefined ? null : JSON.stringify(statuses);
          const rows = sql.list.all(projectId, filter, page.limit, page.offset);
          return { items: rows.map(jobRecord), total: sql.count.get(projectId, filter)?.[0] ?? 0 };
        }),
      ),
    walk: ({ projectId = null, userId = null, endedAfter }, after) =>
      walk(read, after, [projectId, userId, endedAfter]),
  };
}
