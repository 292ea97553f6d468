/** Who did what a registry tells of: the subject of the token, looked up. */
import type { Store } from '../store/ports.ts';
import type { JobRecord } from '../store/records.ts';
import type { Author, Details } from './events.ts';

export interface RegistryActor {
  readonly author: Author;
  /** null: no job did it, or none that is known here. */
  readonly job: JobRecord | null;
  /** `job`: a job did it, known or not. */
  readonly isJob: boolean;
  readonly details: Details;
}

export type ActorStore = {
  readonly directory: Pick<Store['directory'], 'userByUsername'>;
  readonly jobs: Pick<Store['jobs'], 'find'>;
};

const NOBODY = { job: null, isJob: false, details: {} } as const;

/** The number of `job:17` and the like; null where the subject is none of them. */
function numberIn(subject: string, kind: string): number | null {
  const digits = subject.startsWith(`${kind}:`) ? subject.slice(kind.length + 1) : '';
  return /^[1-9]\d{0,14}$/.test(digits) ? Number(digits) : null;
}

async function findJob(
  jobs: ActorStore['jobs'],
  id: number,
  projects: readonly (number | null)[],
): Promise<JobRecord | null> {
  for (const project of new Set(projects)) {
    const job = project === null ? null : await jobs.find(project, id);
    if (job !== null) return job;
  }
  return null;
}

/** @param token the only personal access token that can have been used; null: none, or one of several */
async function ofUser(
  { directory }: ActorStore,
  username: string,
  token: number | null,
): Promise<RegistryActor> {
  const user = await directory.userByUsername(username);
  if (user === null) return { ...NOBODY, author: { kind: 'unknown' } };
  const { id, username: name } = user;
  const author = { kind: 'user', id, name, token_id: token } as const;
  return { ...NOBODY, author, details: { user_id: id } };
}

function ofJob(id: number, job: JobRecord | null): RegistryActor {
  const user = job?.userId ?? null;
  return {
    author: { kind: 'job', id, name: `job:${id}`, user_id: user },
    job,
    isJob: true,
    details: {
      job_id: id,
      ...(job && { user_id: user, pipeline_id: job.pipelineId, project_id: job.projectId }),
    },
  };
}

/**
 * @param subject the `sub` that audit.ts gave the token
 * @param projects where the job may belong, the likeliest first
 * @param token of personal access tokens the only one that can have been used
 */
export async function findActor(
  store: ActorStore,
  subject: string,
  projects: readonly (number | null)[],
  token: number | null,
): Promise<RegistryActor> {
  if (subject === '') return { ...NOBODY, author: { kind: 'anonymous' } };
  if (subject.startsWith('user:')) return ofUser(store, subject.slice('user:'.length), token);
  const jobId = numberIn(subject, 'job');
  if (jobId !== null) return ofJob(jobId, await findJob(store.jobs, jobId, projects));
  const id = numberIn(subject, 'deploy_token');
  if (id === null) return { ...NOBODY, author: { kind: 'unknown' } };
  const author = { kind: 'deploy_token', id, name: `deploy_token:${id}` } as const;
  return { ...NOBODY, author, details: { deploy_token_id: id } };
}
