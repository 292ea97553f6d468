/** Tells when a job that has ended changed something in a registry: with a token that was good, or with one that cannot be. */
import type { Logger } from '../log.ts';
import type { JobRecord } from '../store/records.ts';
import type { Joined } from './join-event.ts';
import type { RegistryAlert } from './registry-event.ts';
import type { Trail } from './trail.ts';

export interface LateWrite {
  readonly alert: RegistryAlert;
  /** What the stream is told of it; null: nothing. */
  readonly event: Parameters<Trail['told']> | null;
}

/** Seconds for which registries accept a token after its end (Distribution). */
const LEEWAY = 60;
const NONE: LateWrite = { alert: 'none', event: null };

/** When nothing could be had for the job any more, in milliseconds: it finished, ran out of time, or fell silent. */
export const endOfJob = ({ finishedAt, erasedAt, deadline, leaseUntil }: JobRecord): number =>
  Math.min(finishedAt ?? Infinity, erasedAt ?? Infinity, deadline, leaseUntil);

/** @param longestLife of a registry token, in seconds */
export function createLateWrites({ log, longestLife }: { log: Logger; longestLife: number }) {
  function found({ event, at, actor, origin, details }: Joined, job: JobRecord): LateWrite {
    const ended = endOfJob(job);
    if (at <= ended) return NONE;
    const after = Math.ceil((at - ended) / 1000);
    const about = {
      ...details,
      ended_at: new Date(ended).toISOString(),
      seconds_after: after,
      beyond_token: after > longestLife + LEEWAY,
    };
    log.error(
      { ...about, ip: origin.ip, request_id: origin.requestId, sub: event.actor },
      'a job that has ended changed a registry',
    );
    const target = { kind: 'job', id: job.id, path: job.name } as const;
    const told = [
      'registry.push_after_job_end',
      target,
      { ...origin, author: actor.author },
      about,
    ];
    return { alert: 'job_ended', event: told as LateWrite['event'] };
  }

  return (joined: Joined): LateWrite => {
    const { event, actor, origin, details } = joined;
    if (event.action === 'pull' || !actor.isJob) return NONE;
    if (actor.job !== null) return found(joined, actor.job);
    log.warn(
      { ...details, ip: origin.ip, request_id: origin.requestId },
      'a job that is not known here changed a registry',
    );
    return { alert: 'unknown_job', event: null };
  };
}
