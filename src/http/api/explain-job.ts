/** Jobs as the subjects of a question about access: one that was started, or one that a user would start. */
import { convertedFault } from '../../credential/after-job.ts';
import { JOB_ABILITIES } from '../../credential/abilities.ts';
import { jobFault, runningJob } from '../../credential/job-token.ts';
import { actorOf } from '../../credential/personal-access-token.ts';
import type { JobPrincipal, ScopeCap } from '../../credential/principal.ts';
import { AppError } from '../../errors.ts';
import type { CredentialState } from '../../explain/explain.ts';
import { scopeClaim } from '../../lifecycle/job-tokens.ts';
import { ACCESS } from '../../policy/facts.ts';
import type { JobRecord, ProjectRecord, UserRecord } from '../../store/records.ts';
import { accessLevelOf, projectFor } from './access.ts';
import type { UserCaller } from './caller.ts';
import { good, userFault, type Subject } from './explain-subject.ts';
import type { ApiDependencies } from './route.ts';

export interface JobRef {
  readonly project: number | string;
  readonly id: number;
  readonly extended?: boolean | undefined;
}

const NOBODY: UserRecord = {
  id: 0,
  username: 'nobody',
  name: '',
  email: null,
  state: 'blocked',
  admin: false,
  external: true,
  twoFactor: false,
  passwordHash: null,
  managedBy: 'api',
  createdAt: 0,
};

/** What the claims of its token say, where it is a signed one. */
function capOf({ tokenFormat, projectId, permissions }: JobRecord): ScopeCap | null {
  if (tokenFormat === 'opaque') return null;
  const claims = Object.entries(scopeClaim(projectId, permissions));
  return new Map(claims.map(([name, ids]) => [name, ids === '*' ? ids : new Set(ids)]));
}

const START_ANEW = 'The token of a job is good while the job runs: start a new one.';

/** An ended job's password may still read (CD-09), and is looked at as the token endpoint looks at it. */
async function endedJob(
  { store, settings, clock }: ApiDependencies,
  job: JobRecord,
  running: JobPrincipal,
  fault: string,
): Promise<Pick<Subject, 'principal' | 'credential'>> {
  const force = settings.jobs.after_job.force;
  const admission = force === 'none' ? null : await store.convertedTokens.admit(job.tokenHash);
  if (admission === null || job.erasedAt !== null) {
    return { principal: running, credential: { fault, remedy: START_ANEW } };
  }
  const principal: JobPrincipal = {
    ...running,
    abilities: new Set(['build_read_container_image']),
    extended: false,
    convertedId: admission.token.id,
  };
  const ended = convertedFault(admission, settings.jobs.after_job, clock.now());
  return { principal, credential: { fault: ended, remedy: START_ANEW } };
}

function missingExtended(job: JobRecord): CredentialState {
  return {
    fault: `Job ${job.id} was handed no extended token.`,
    remedy: 'Let a runner that can keep one ask for it (jobs.extended_token).',
  };
}

/** For the user who triggered it, and for who may read the job: Reporters of its project. */
export async function startedJob(
  deps: ApiDependencies,
  caller: UserCaller,
  ref: JobRef,
): Promise<Subject> {
  const project = await projectFor(deps, caller, ref.project);
  const job = await deps.store.jobs.find(project.id, ref.id);
  const own = job !== null && job.userId === caller.user.id;
  const source = { kind: 'project', id: project.id } as const;
  if (!own && (await accessLevelOf(deps, caller, source)) < ACCESS.reporter) {
    throw new AppError('forbidden', '403 Forbidden');
  }
  if (job === null) throw new AppError('not_found', '404 Job Not Found');
  const extended = ref.extended ?? false;
  const user = job.userId === null ? null : await deps.store.directory.user(job.userId);
  const admission = { job, user, project };
  const how = { scopeCap: extended ? null : capOf(job), extended };
  const running = runningJob(admission, user ?? NOBODY, how);
  const fault = jobFault(admission, deps.clock.now());
  const state =
    extended && !job.extended
      ? { principal: running, credential: missingExtended(job) }
      : fault !== null && job.finishedAt !== null && !extended
        ? await endedJob(deps, job, running, fault)
        : { principal: running, credential: fault === null ? good : { fault, remedy: START_ANEW } };
  return {
    ...state,
    names: { who: `job ${job.id} of ${project.fullPath}`, home: project.fullPath },
    as: describe(project, running.actor.username, { id: job.id, extended }),
    own,
  };
}

const describe = (project: ProjectRecord, user: string, more: object) => ({
  kind: 'job',
  project: project.fullPath,
  user,
  ...more,
});

/** A job that the user would start in the project (JOB-25), with the permissions that a job has by default. */
export async function wouldBeJob(
  deps: ApiDependencies,
  caller: UserCaller,
  user: UserRecord,
  ref: number | string,
): Promise<Subject> {
  const project = await projectFor(deps, caller, ref);
  const noJobs: CredentialState = {
    fault: `Jobs are switched off in ${project.fullPath}.`,
    remedy: `A Maintainer switches them on (wharfpass project update ${project.fullPath} --jobs enabled).`,
  };
  return {
    principal: {
      kind: 'job',
      jobId: 0,
      pipelineId: null,
      projectId: project.id,
      runnerId: null,
      actor: actorOf(user),
      abilities: JOB_ABILITIES,
      permissions: null,
      scopeCap: null,
      extended: false,
      convertedId: null,
      expiresAt: deps.clock.now(),
    },
    names: { who: `a job of ${user.username} in ${project.fullPath}`, home: project.fullPath },
    credential: project.jobsEnabled ? userFault(user) : noJobs,
    as: describe(project, user.username, { id: null, extended: false }),
    own: user.id === caller.user.id,
  };
}
