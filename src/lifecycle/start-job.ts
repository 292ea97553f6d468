/** A job starts: it gets an id, a deadline and the one token that acts for it (JOB-01). */
import type { ContainersPermission } from '../credential/principal.ts';
import type { Secret } from '../credential/secret.ts';
import { AppError } from '../errors.ts';
import type { JobRecord, JobRunner, ProjectRecord, UserRecord } from '../store/records.ts';
import type { LifecycleDependencies } from './dependencies.ts';
import { extendedJobToken, getsExtendedToken, jobToken } from './job-tokens.ts';

/** A runner as it says what it is; only what JobRunner has is kept. */
export interface RequestRunner extends JobRunner {
  /** Jobs run with the rights of the machine. */
  readonly privileged?: boolean;
  /** It works for this one project; absent where the CI system does not say. */
  readonly projectSpecific?: boolean;
  /** It knows what an extended job token is, and keeps it from the job (EXT-05). */
  readonly extendedJobToken?: boolean;
}

export interface JobRequest {
  readonly project: ProjectRecord;
  /** An id or a username; null where the CI system names nobody. */
  readonly user: number | string | null;
  readonly name: string;
  readonly stage: string;
  readonly ref: string | null;
  readonly refProtected: boolean;
  readonly environment: string | null;
  readonly pipelineId: number | null;
  /** Seconds; null: the setting's default. */
  readonly timeout: number | null;
  /** Seconds that one heartbeat buys; null: no heartbeats are expected. */
  readonly lease: number | null;
  readonly permissions: ContainersPermission | null;
  readonly tokenFormat: 'jwt' | 'opaque' | null;
  readonly runner: RequestRunner | null;
  /** The user whose token asks for the job. */
  readonly startedBy: number | null;
}

export interface StartedJob {
  readonly job: JobRecord;
  readonly user: UserRecord;
  /** Shown to the CI system once; only its keyed hash is kept. */
  readonly token: Secret;
  /** For the runner alone, also once; null where it is not to have one. */
  readonly extendedToken: Secret | null;
}

type Dependencies = LifecycleDependencies;

async function triggeringUser(deps: Dependencies, user: number | string | null) {
  if (user === null) {
    throw new AppError(
      'bad_request',
      'user_id or username is missing: a job acts as the user who triggered it, and without one it gets no registry credentials',
    );
  }
  const { directory } = deps.store;
  const record = await (typeof user === 'number'
    ? directory.user(user)
    : directory.userByUsername(user));
  if (record === null) throw new AppError('not_found', '404 User Not Found');
  if (record.state !== 'active') {
    throw new AppError('bad_request', 'the user is blocked, so no job can run as this user');
  }
  return record;
}

function timeoutOf(request: JobRequest, { jobs }: Dependencies['settings']): number {
  const timeout = request.timeout ?? jobs.default_timeout;
  if (timeout <= jobs.max_timeout) return timeout;
  throw new AppError(
    'bad_request',
    `timeout is invalid: the longest that this server allows is ${jobs.max_timeout} seconds (jobs.max_timeout)`,
  );
}

/**
 * Starts a job as `running`. Rejects with `bad_request` (no user, blocked user, timeout too long), `not_found` (unknown
 * user) or `forbidden` (the project runs no jobs). Resolved means durable.
 */
export async function startJob(deps: Dependencies, request: JobRequest): Promise<StartedJob> {
  if (!request.project.jobsEnabled) {
    throw new AppError('forbidden', '403 Forbidden - jobs are disabled in this project');
  }
  const user = await triggeringUser(deps, request.user);
  const now = deps.clock.now();
  const deadline = now + timeoutOf(request, deps.settings) * 1000;
  const id = await deps.store.jobs.reserveId();
  const format = request.tokenFormat ?? deps.settings.jobs.token_format;
  const about = { jobId: id, projectId: request.project.id, userId: user.id, now, deadline };
  const token = await jobToken(deps, { ...about, format, permissions: request.permissions });
  const tokenHash = deps.secretHash(token);
  const extended = getsExtendedToken(deps.settings, request.runner);
  const extendedToken = extended ? await extendedJobToken(deps, about, tokenHash) : null;
  const job = await deps.store.jobs.start({
    id,
    projectId: request.project.id,
    userId: user.id,
    status: 'running',
    name: request.name,
    stage: request.stage,
    ref: request.ref,
    refProtected: request.refProtected,
    environment: request.environment,
    pipelineId: request.pipelineId,
    permissions: request.permissions,
    runner: request.runner && { id: request.runner.id, executor: request.runner.executor },
    tokenFormat: format,
    extended,
    tokenHash,
    createdAt: now,
    startedAt: now,
    deadline,
    leaseUntil: request.lease === null ? deadline : Math.min(deadline, now + request.lease * 1000),
    leaseSeconds: request.lease,
    startedBy: request.startedBy,
  });
  return { job, user, token, extendedToken };
}
