import type { JobRecord, JobStatus } from '../../records.ts';
import { FINISHED_STATUSES, mayFollow } from '../../records.ts';
import { storeUnavailable } from '../../../errors.ts';
import type { Jobs } from '../../ports.ts';
import type { JobCalls } from './calls.ts';
import type { AsDenied } from './denial.ts';
import type { Ends } from './ends.ts';
import { inDoubt, leaseFault, noSuchJob, tooFewReplicas } from './faults.ts';
import type { Locator } from './locator.ts';
import { VERB_LIMIT, within } from './within.ts';

/** How often a change is tried on a job that others change at the same time. */
const TRIES = 8;

interface Parts {
  readonly calls: JobCalls;
  readonly locator: Locator;
  readonly ends: Ends;
  readonly asDenied: AsDenied;
  readonly replicas: number;
}

type Changed = Awaited<ReturnType<Jobs['setStatus']>>;

const late = (): Error => storeUnavailable('a change of a job took too long');

export function createStatusVerbs(parts: Parts): Pick<Jobs, 'setStatus' | 'heartbeat'> {
  const { calls, locator, ends, asDenied, replicas } = parts;

  async function find(projectId: number, jobId: number): Promise<JobRecord> {
    const tokenHash = await locator.locate(jobId);
    const [job] = tokenHash === null ? [] : await locator.readAll([tokenHash]);
    if (job?.projectId !== projectId || job.id !== jobId) throw noSuchJob(jobId);
    return asDenied(job);
  }

  /** Rests on the generation that was read: a command that was held up on its way must not undo a later one. */
  async function move(
    projectId: number,
    jobId: number,
    status: JobStatus,
    at: number,
  ): Promise<Changed> {
    let seen = await find(projectId, jobId);
    for (let tries = 0; tries < TRIES; tries += 1) {
      if (seen.status !== status && !mayFollow(seen.status, status))
        return { job: seen, changed: false };
      const { reply, job } = await calls.setStatus(seen.tokenHash, {
        projectId,
        jobId,
        status,
        at,
        ends: false,
        generation: seen.gen,
      });
      if (job === null) throw noSuchJob(jobId);
      if (reply.status !== 'moved') {
        if (reply.replicas < replicas) throw tooFewReplicas();
        return { job: asDenied(job), changed: reply.status === 'changed' };
      }
      seen = asDenied(job);
    }
    throw storeUnavailable('others changed the job at the same time, again and again');
  }

  async function beat(projectId: number, jobId: number, at: number): Promise<JobRecord> {
    const seen = await find(projectId, jobId);
    // One that ended here, and is not known to have ended there, must not get a longer life there.
    if (seen.finishedAt !== null) throw leaseFault(seen);
    const { reply, job } = await calls.heartbeat(seen.tokenHash, projectId, jobId, at);
    if (reply.status === 'doubt') throw inDoubt();
    if (job === null) throw noSuchJob(jobId);
    const now = asDenied(job);
    if (reply.status === 'refused' || now.finishedAt !== null) throw leaseFault(now);
    if (reply.replicas < replicas) throw tooFewReplicas();
    return now;
  }

  return {
    setStatus: (projectId, jobId, status, now) =>
      FINISHED_STATUSES.has(status)
        ? ends.end({ projectId, jobId, status, at: now })
        : within(VERB_LIMIT, move(projectId, jobId, status, now), late),
    heartbeat: (projectId, jobId, now) => within(VERB_LIMIT, beat(projectId, jobId, now), late),
  };
}
