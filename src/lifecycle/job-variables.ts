/** What a job is told: GitLab's predefined variables and the registry credentials of the runner's payload. */
import type { Settings } from '../settings/schema.ts';
import type { ProjectRecord } from '../store/records.ts';
import type { StartedJob } from './start-job.ts';

export interface JobVariable {
  readonly key: string;
  readonly value: string;
  /** The runner hides the value in the job's log. */
  readonly masked: boolean;
  readonly public: boolean;
}

export interface RegistryCredentials {
  readonly type: 'registry';
  /** host[:port], as GitLab sends it to a runner. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
}

/** The login of every job token. */
const JOB_LOGIN = 'gitlab-ci-token';

const shown = (key: string, value: string): JobVariable => ({
  key,
  value,
  masked: false,
  public: true,
});
export const hidden = (key: string, value: string): JobVariable => ({
  key,
  value,
  masked: true,
  public: false,
});

function registryVariables(
  settings: Settings,
  project: ProjectRecord,
  token: string,
): JobVariable[] {
  const image =
    project.registryAccess === 'disabled'
      ? []
      : [shown('CI_REGISTRY_IMAGE', `${settings.registry}/${project.fullPath.toLowerCase()}`)];
  return [
    shown('CI_REGISTRY', settings.registry),
    ...image,
    shown('CI_REGISTRY_USER', JOB_LOGIN),
    hidden('CI_REGISTRY_PASSWORD', token),
  ];
}

function projectVariables(project: ProjectRecord): JobVariable[] {
  const segments = project.fullPath.split('/');
  return [
    shown('CI_PROJECT_ID', String(project.id)),
    shown('CI_PROJECT_NAME', project.path),
    shown('CI_PROJECT_TITLE', project.name),
    shown('CI_PROJECT_PATH', project.fullPath),
    shown('CI_PROJECT_NAMESPACE', segments.slice(0, -1).join('/')),
    shown('CI_PROJECT_ROOT_NAMESPACE', segments[0] ?? ''),
    shown('CI_PROJECT_VISIBILITY', project.visibility),
  ];
}

function jobVariablesProper({ job, user, token }: StartedJob): JobVariable[] {
  const optional = [
    ['CI_PIPELINE_ID', job.pipelineId],
    ['CI_COMMIT_REF_NAME', job.ref],
    ['CI_ENVIRONMENT_NAME', job.environment],
  ] as const;
  return [
    shown('CI', 'true'),
    shown('CI_JOB_ID', String(job.id)),
    shown('CI_JOB_NAME', job.name),
    shown('CI_JOB_STAGE', job.stage),
    shown('CI_JOB_STARTED_AT', new Date(job.startedAt).toISOString()),
    shown('CI_JOB_TIMEOUT', String(Math.round((job.deadline - job.startedAt) / 1000))),
    hidden('CI_JOB_TOKEN', token.reveal()),
    shown('CI_COMMIT_REF_PROTECTED', String(job.refProtected)),
    ...optional.flatMap(([key, value]) => (value === null ? [] : [shown(key, String(value))])),
    shown('GITLAB_USER_ID', String(user.id)),
    shown('GITLAB_USER_LOGIN', user.username),
    shown('GITLAB_USER_NAME', user.name),
  ];
}

/**
 * The variables of a job that has just started (GitLab, doc/ci/variables/predefined_variables.md). They hold the token
 * in clear: this is the one time that it is shown.
 */
export function jobVariables(
  settings: Settings,
  project: ProjectRecord,
  started: StartedJob,
): JobVariable[] {
  return [
    ...jobVariablesProper(started),
    ...projectVariables(project),
    ...registryVariables(settings, project, started.token.reveal()),
  ];
}

/** With these a runner pulls the job's own `image:` (JOB-26). */
export function registryCredentials(
  settings: Settings,
  { token }: StartedJob,
): RegistryCredentials[] {
  return [
    {
      type: 'registry',
      url: settings.registry,
      username: JOB_LOGIN,
      password: token.reveal(),
    },
  ];
}
