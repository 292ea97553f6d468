/** The password of a job that has ended, which may still read its own project (CD-09). */
import type { ConvertedTokenAdmission, ConvertedTokens, JobAdmission } from '../store/ports.ts';
import type { AfterJob, ProjectRecord } from '../store/records.ts';
import { refused, unknownCredential, type AuthenticationOutcome } from './outcome.ts';
import { actorOf } from './personal-access-token.ts';
import type { Ability, ScopeCap } from './principal.ts';

export interface AfterJobSettings {
  /** The same for every project; undefined: each project says it. */
  readonly force?: AfterJob | undefined;
  /** Seconds. */
  readonly max_age: number;
}

/** What the password of an ended job of the project is good for now (CD-12). */
export const afterJobOf = (
  { force }: AfterJobSettings,
  { jobTokenAfterJob }: ProjectRecord,
): AfterJob => force ?? jobTokenAfterJob;

const READ_ONLY: ReadonlySet<Ability> = new Set(['build_read_container_image']);

/** When a converted token ends, in milliseconds: settings that have become stricter count at once. */
export const convertedEnd = (
  { token }: Pick<ConvertedTokenAdmission, 'token'>,
  settings: AfterJobSettings,
): number => Math.min(token.expiresAt, token.endedAt + settings.max_age * 1000);

/** null if a converted token is good at `now`; else why not, in words for its holder. */
export function convertedFault(
  admission: ConvertedTokenAdmission,
  settings: AfterJobSettings,
  now: number,
): string | null {
  const { token, user, project } = admission;
  const job = `Job ${token.jobId} has ended`;
  if (token.revokedAt !== null) return `${job}, and its password has been revoked.`;
  if (convertedEnd(admission, settings) <= now) return `${job} too long ago for its password.`;
  if (project === null) return 'The project of this job no longer exists.';
  if (!project.jobsEnabled) return 'Jobs are switched off in the project of this job.';
  if (afterJobOf(settings, project) !== 'read') {
    return `${job}, and passwords of ended jobs are not good in its project.`;
  }
  if (user === null) return 'The user who triggered this job no longer exists.';
  if (user.state !== 'active') return 'The user who triggered this job is blocked.';
  return null;
}

export interface EndedJobLogin {
  readonly fault: string | null;
  readonly hash: string;
  /** Of the job that the token says it is of; undefined for an opaque token that no job has. */
  readonly jobId: number | undefined;
  /** null: the store no longer knows the job. */
  readonly admission: JobAdmission | null;
  readonly scopeCap: ScopeCap | null;
  readonly now: number;
}

export type AfterJobAuthenticator = (login: EndedJobLogin) => Promise<AuthenticationOutcome>;

function unconverted({ admission }: EndedJobLogin): AuthenticationOutcome {
  if (admission === null) return unknownCredential('no job has a token of this hash');
  const { job } = admission;
  return refused(`job ${job.id} has ended`, `This job has ended (${job.status}).`);
}

/**
 * The record that was written when the job ended is the only way in: without one the password is dead. Everything that
 * can change is looked at each time (CD-10).
 */
export function createAfterJobAuthenticator(
  convertedTokens: Pick<ConvertedTokens, 'admit' | 'touch'>,
  settings: AfterJobSettings,
): AfterJobAuthenticator {
  return async (login) => {
    const { hash, jobId, admission: ended, scopeCap, now } = login;
    if (ended !== null && ended.job.erasedAt !== null) {
      return refused(`job ${ended.job.id} is erased`, 'This job has been erased.');
    }
    const admission = settings.force === 'none' ? null : await convertedTokens.admit(hash);
    if (admission === null) return unconverted(login);
    const { token, user } = admission;
    if (jobId !== undefined && token.jobId !== jobId) {
      return unknownCredential(`the hash is of job ${token.jobId}, the token of job ${jobId}`);
    }
    const fault = login.fault ?? convertedFault(admission, settings, now);
    if (fault !== null || user === null) {
      return refused(`converted token ${token.id}: ${fault}`, fault ?? '');
    }
    convertedTokens.touch(token.id, now);
    return {
      kind: 'authenticated',
      principal: {
        kind: 'job',
        jobId: token.jobId,
        pipelineId: token.pipelineId,
        projectId: token.projectId,
        runnerId: ended?.job.runner?.id ?? null,
        actor: actorOf(user),
        abilities: READ_ONLY,
        // A job that may not even read is never converted, so where it is forgotten this is the least it had.
        permissions: ended === null ? 'read' : ended.job.permissions,
        scopeCap,
        extended: false,
        convertedId: token.id,
        expiresAt: convertedEnd(admission, settings),
      },
    };
  };
}
