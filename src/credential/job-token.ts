import type { JobTokenClaims, JobTokenSigner } from '../signing/ports.ts';
import type { JobAdmission, Jobs } from '../store/ports.ts';
import { EXECUTING_STATUSES, type UserRecord } from '../store/records.ts';
import { JOB_ABILITIES } from './abilities.ts';
import type { AfterJobAuthenticator } from './after-job.ts';
import { refused, unknownCredential, type AuthenticationOutcome } from './outcome.ts';
import { actorOf } from './personal-access-token.ts';
import type { JobPrincipal, ScopeCap } from './principal.ts';
import type { TokenShape } from './token-format.ts';

/** The one username of every job token. */
export const JOB_USERNAME = 'gitlab-ci-token';

/** null if the job's token is good at `now`; else why not, in words for its holder (JOB-04, JOB-15). */
export function jobFault(admission: JobAdmission, now: number): string | null {
  const { job, user, project } = admission;
  if (project === null) return 'The project of this job no longer exists.';
  if (!project.jobsEnabled) return 'Jobs are switched off in the project of this job.';
  if (job.erasedAt !== null) return 'This job has been erased.';
  if (job.finishedAt !== null) return `This job has ended (${job.status}).`;
  if (!EXECUTING_STATUSES.has(job.status)) return `This job is not running (${job.status}).`;
  if (job.deadline <= now) return 'This job has passed its deadline.';
  if (job.leaseUntil <= now) return 'This job has not sent a heartbeat in time.';
  if (job.userId === null) {
    return 'This job has no user, so nobody can answer for what it does in a registry.';
  }
  if (user === null) return 'The user who triggered this job no longer exists.';
  if (user.state !== 'active') return 'The user who triggered this job is blocked.';
  return null;
}

/** Worked out once for each token: the signer hands out the same claims for as long as it remembers them. */
const caps = new WeakMap<JobTokenClaims, ScopeCap>();

function capOf(claims: JobTokenClaims | null): ScopeCap | null {
  if (claims === null) return null;
  const known = caps.get(claims) ?? readCap(claims);
  caps.set(claims, known);
  return known;
}

function readCap(claims: JobTokenClaims): ScopeCap {
  const cap = new Map<string, ReadonlySet<number> | '*'>();
  for (const [permission, projects] of Object.entries(claims.scope)) {
    cap.set(permission, projects === '*' ? '*' : new Set(projects));
  }
  return cap;
}

/** The job of a token that is good while the job is executing. */
export function runningJob(
  { job }: JobAdmission,
  user: UserRecord,
  how: Pick<JobPrincipal, 'scopeCap' | 'extended'>,
): JobPrincipal {
  return {
    kind: 'job',
    jobId: job.id,
    pipelineId: job.pipelineId,
    projectId: job.projectId,
    runnerId: job.runner?.id ?? null,
    actor: actorOf(user),
    abilities: JOB_ABILITIES,
    permissions: job.permissions,
    ...how,
    convertedId: null,
    expiresAt: job.deadline,
  };
}

/** What is wrong with the username that came with a job's token; null for nothing. */
export const usernameFault = (username: string): string | null =>
  username === JOB_USERNAME ? null : `A job token logs in with the username ${JOB_USERNAME}.`;

export interface JobTokenDeps {
  readonly jobs: Jobs;
  readonly signer: JobTokenSigner;
  readonly afterJob: AfterJobAuthenticator;
}

/**
 * A job token is good while its job is executing, which is asked of the store each time and never remembered. The JWT
 * form must also carry our signature; both must say yes (LOW-09). Once the job has ended, and only then, it is asked
 * whether its password may still read.
 */
export function createJobTokenAuthenticator({ jobs, signer, afterJob }: JobTokenDeps) {
  return async (
    username: string,
    shape: TokenShape,
    hash: string,
    now: number,
  ): Promise<AuthenticationOutcome> => {
    let claims: JobTokenClaims | null = null;
    if (shape.form === 'jwt') {
      claims = await signer.verify(shape.jwt, now, { expired: 'allow' });
      if (claims === null) return unknownCredential('the job token is no valid JWT of ours');
    }
    const admission = await jobs.admit(hash);
    const jobId = admission?.job.id ?? claims?.jobId;
    if (claims !== null && claims.jobId !== jobId) {
      return unknownCredential(`the JWT names job ${claims.jobId}, its hash job ${jobId}`);
    }
    const scopeCap = capOf(claims);
    if (admission === null || admission.job.finishedAt !== null) {
      const fault = usernameFault(username);
      return afterJob({ fault, hash, jobId, admission, scopeCap, now });
    }
    if (claims !== null && claims.expiresAt * 1000 <= now) {
      return unknownCredential('the JWT has expired');
    }
    const fault = usernameFault(username) ?? jobFault(admission, now);
    const { job, user } = admission;
    if (fault !== null || user === null) return refused(`job ${job.id}: ${fault}`, fault ?? '');
    const principal = runningJob(admission, user, { scopeCap, extended: false });
    return { kind: 'authenticated', principal };
  };
}
