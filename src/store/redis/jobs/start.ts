/** A job begins: under its id, its project and its user, and only then under its token. */
import { AppError, storeUnavailable } from '../../../errors.ts';
import { storable } from '../../embedded/database.ts';
import type { NewJob } from '../../ports.ts';
import { FINISHED_STATUSES, type JobRecord } from '../../records.ts';
import type { DurableReply } from '../connection/redis.ts';
import type { JobCalls } from './calls.ts';
import type { Ends } from './ends.ts';
import { tooFewReplicas } from './faults.ts';
import type { Index } from './index-calls.ts';
import type { JobsOptions } from './parts.ts';
import { VERB_LIMIT, within } from './within.ts';

/** How long a token outlives its deadline at most in the eyes of a registry, in milliseconds. */
const LEEWAY = 60_000;

const conflict = (job: JobRecord): AppError =>
  new AppError('conflict', `Job ${job.id} or its token exists already.`);

function check(job: NewJob): void {
  if (FINISHED_STATUSES.has(job.status)) {
    throw new AppError('bad_request', `A job cannot start as ${job.status}.`);
  }
  const { name, stage, ref, environment, runner } = job;
  for (const text of [name, stage, ref, environment, runner?.executor ?? null]) {
    if (text === null || storable(text)) continue;
    throw new AppError('bad_request', 'Text must be valid Unicode without NUL characters.');
  }
}

function indexesOf({ projectId, userId }: JobRecord): readonly Index[] {
  const project: Index = { kind: 'project', id: projectId };
  return userId === null ? [project] : [project, { kind: 'user', id: userId }];
}

type Parts = Pick<JobsOptions, 'replicas' | 'retention' | 'wallClock' | 'newId' | 'log'>;

/** What this start has added, and would have to take back. */
interface Registered {
  readonly claim: string;
  readonly indexes: readonly Index[];
}

export function createStart(calls: JobCalls, ends: Pick<Ends, 'abandon'>, parts: Parts) {
  const { replicas, retention, wallClock, newId, log } = parts;

  async function stored(work: Promise<DurableReply>): Promise<DurableReply> {
    const reply = await work;
    if (reply.replicas < replicas) throw tooFewReplicas();
    return reply;
  }

  /** The job must be found before its token is good: else it could not be ended. */
  async function register(job: JobRecord, expires: number): Promise<Registered> {
    const indexes = indexesOf(job);
    const [claim, ...indexed] = await Promise.all([
      stored(calls.claimId(job, expires)),
      ...indexes.map((index) => stored(calls.indexJob(index, job.id, expires))),
    ]);
    return {
      claim: claim.status,
      indexes: indexes.filter((_, position) => indexed[position]?.status === 'indexed'),
    };
  }

  /** At best effort: what stays behind expires, and leads nowhere. */
  async function unregister(job: JobRecord, { claim, indexes }: Registered): Promise<void> {
    const undone = indexes.map((index) => calls.unindexJob(index, job.id));
    if (claim === 'claimed') undone.push(calls.releaseId(job));
    const outcomes = await Promise.allSettled(undone);
    if (outcomes.some((outcome) => outcome.status === 'rejected')) {
      log.warn({ job: job.id }, 'the id of a job that did not start stays taken');
    }
  }

  async function attempt(job: JobRecord): Promise<void> {
    const expires = Math.max(wallClock.now(), job.deadline) + LEEWAY + retention;
    const registered = await register(job, expires);
    if (registered.claim === 'taken') {
      await unregister(job, registered);
      throw conflict(job);
    }
    let reply: DurableReply;
    try {
      reply = await stored(calls.start(job, newId(), expires));
    } catch (error) {
      // It may have started all the same. Nobody will ever hold its token, so it should not look alive either.
      await ends.abandon(job);
      throw error;
    }
    if (reply.status === 'started') return;
    await unregister(job, registered);
    throw conflict(job);
  }

  /** A job of another store, as it is there; one that is here already stays as it is. */
  async function restore(job: JobRecord): Promise<void> {
    const expires = Math.max(wallClock.now(), job.deadline) + LEEWAY + retention;
    await register(job, expires);
    await stored(calls.start(job, newId(), expires));
  }

  async function start(fields: NewJob): Promise<JobRecord> {
    check(fields);
    const job: JobRecord = { ...fields, gen: 1, finishedAt: null, erasedAt: null };
    let late = false;
    const started = attempt(job).then(() => (late ? ends.abandon(job) : undefined));
    await within(VERB_LIMIT, started, () => {
      late = true;
      return storeUnavailable('a job did not start in time');
    });
    return job;
  }

  return { start, restore };
}
