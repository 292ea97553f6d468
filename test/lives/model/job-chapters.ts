/** What happens to jobs (docs/jobs.md). */
import type { Random } from '../random.ts';
import { ensureAutomatic, learnAutomatic, liveAutomatic } from './automatic.ts';
import { ENDS, PERMISSIONS, type Job, type Life, type Secret } from './life.ts';
import { newKey, refusal, success, told, SECOND, type Chapter, type Turn } from './turn.ts';

const RUNNERS = [
  null,
  { id: 4, executor: null },
  { id: 5, executor: 'docker' },
  { id: 5, executor: 'docker', extendedJobToken: true },
  { id: 6, executor: 'kubernetes', extendedJobToken: true },
  { id: 7, executor: 'docker', extendedJobToken: true, privileged: true },
  { id: 8, executor: 'shell', extendedJobToken: true },
] as const;

/** The runners that know what an extended token is, and can keep it from the job. */
const TRUSTED: readonly unknown[] = [RUNNERS[3], RUNNERS[4]];

function newRequest({ people }: Life, random: Random) {
  const person = random.pick(people);
  return {
    person,
    wire: {
      user: person.id,
      permissions: random.oneIn(2) ? null : random.pick(PERMISSIONS),
      tokenFormat: random.oneIn(8) ? ('jwt' as const) : ('opaque' as const),
      timeout: random.pick([600, 3600, 21_600, 86_400]),
      lease: random.oneIn(3) ? random.pick([120, 1800, 7200]) : null,
      runner: random.pick(RUNNERS),
    },
  };
}

/** The secret of the automatic token that the job is shown, if it is shown one. */
function shownSecret(life: Life, permissions: Job['permissions'], now: number) {
  if (permissions === 'none') return undefined;
  const token = ensureAutomatic(life, now);
  const secret = token?.secrets.at(-1);
  return token && secret && { token, secret };
}

function learnPassword(secret: Secret, text: string): void {
  if (secret.text !== null && secret.text !== text) {
    throw new Error('CI_DEPLOY_PASSWORD is not the newest secret of the automatic token');
  }
  secret.text = text;
}

/** A retry is a new job, too. */
export const startJob: Chapter = (life, random, now) => {
  const { project, jobs } = life;
  const { person, wire } = newRequest(life, random);
  const step = { do: 'start', project: project.id, request: wire };
  if (project.gone) return refusal(step, 'not_found');
  if (!project.jobs) return refusal(step, 'forbidden');
  if (person.blocked) return refusal(step, 'bad_request');

  const { permissions } = wire;
  const deadline = now + wire.timeout * SECOND;
  const lease = wire.lease === null ? null : wire.lease * SECOND;
  const leaseUntil = Math.min(deadline, now + (lease ?? Infinity));
  const state = { status: 'running', endedAt: null, erased: false, turned: null } as const;
  const job: Job = { id: 0, person, permissions, deadline, lease, leaseUntil, ...state };
  jobs.push(job);
  const extended = TRUSTED.includes(wire.runner);
  const shown = shownSecret(life, permissions, now);
  const fresh = {
    job: newKey(life, { kind: 'job', job }),
    ...(extended && { extended: newKey(life, { kind: 'extended', job }) }),
    ...(shown?.secret.text === null && { ci: newKey(life, { kind: 'deploy', ...shown }) }),
  };
  const automatic = liveAutomatic(life, now) !== undefined;
  const ok = { deadline, leaseUntil, extended, variables: shown !== undefined, automatic };
  return success(step, ok, {
    fresh,
    learn: (made) => {
      job.id = told(made.id, 'the id of the job');
      learnAutomatic(life, made, now);
      if (shown !== undefined) learnPassword(shown.secret, told(made.ci, 'CI_DEPLOY_PASSWORD')[1]);
    },
  });
};

/** Mostly one that runs. */
function pickJob({ jobs }: Life, random: Random): Job | null {
  const running = jobs.filter(({ endedAt }) => endedAt === null);
  if (running.length > 0 && !random.oneIn(4)) return random.pick(running);
  return jobs.length === 0 ? null : random.pick(jobs);
}

export const heartbeat: Chapter = (life, random, now) => {
  const job = pickJob(life, random);
  if (job === null) return null;
  const step = { do: 'heartbeat', project: life.project.id, jobId: job.id };
  if (life.project.gone) return refusal(step, 'not_found');
  const lost = job.erased || job.leaseUntil <= now || job.deadline <= now;
  if (job.endedAt !== null || lost) return refusal(step, 'conflict');
  if (job.lease !== null) {
    job.leaseUntil = Math.max(job.leaseUntil, Math.min(job.deadline, now + job.lease));
  }
  return success(step, { leaseUntil: job.leaseUntil });
};

/** The password goes on reading where the project says so when the end is reported, within a day of it. */
function turn({ project, instance }: Life, job: Job, endedAt: number, now: number): void {
  const until = endedAt + instance.maxAge * SECOND;
  if (project.afterJob !== 'read' || job.permissions === 'none') return;
  if (job.erased || job.person.blocked) return;
  if (endedAt >= job.deadline || endedAt >= job.leaseUntil) return;
  if (until <= now || endedAt + 86_400 * SECOND <= now) return;
  job.turned ??= { id: 0, until, revoked: false, attempts: [] };
}

function reported(life: Life, job: Job, step: Turn['step'], now: number): Turn {
  if (job.endedAt !== null) turn(life, job, job.endedAt, now);
  const { turned } = job;
  const converted = turned !== null && !turned.revoked && turned.until > now;
  return success(
    step,
    { status: job.status, converted },
    {
      learn: (made) => {
        if (turned !== null && converted) turned.id = told(made.convertedId, 'the converted token');
      },
    },
  );
}

export const changeStatus: Chapter = (life, random, now) => {
  const job = pickJob(life, random);
  if (job === null) return null;
  const again = job.endedAt !== null && !random.oneIn(3);
  const status = again
    ? job.status
    : random.pick([...ENDS, ...ENDS, 'canceling', 'running'] as const);
  const step = { do: 'status', project: life.project.id, jobId: job.id, status };
  if (life.project.gone) return refusal(step, 'not_found');
  const canceled = job.status === 'canceling' && status === 'running';
  if ((job.endedAt !== null && job.status !== status) || canceled) return refusal(step, 'conflict');
  job.status = status;
  if (status !== 'running' && status !== 'canceling') job.endedAt ??= now;
  return reported(life, job, step, now);
};

export const eraseJob: Chapter = (life, random) => {
  const job = pickJob(life, random);
  if (job === null) return null;
  job.erased = true;
  return success({ do: 'erase', jobId: job.id });
};
