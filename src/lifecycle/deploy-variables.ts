/** How a job finds the automatic deploy token: `CI_DEPLOY_USER` and `CI_DEPLOY_PASSWORD` (CD-08). */
import type { JobRecord, ProjectRecord } from '../store/records.ts';
import {
  ensureAutomaticDeployToken,
  type AutomaticTokenDependencies,
} from './automatic-deploy-token.ts';
import { hidden, type JobVariable } from './job-variables.ts';
import type { RequestRunner } from './start-job.ts';

/** Who runs the job; a runner of which the CI system does not say it serves other projects too. */
type Runner = Pick<RequestRunner, 'projectSpecific'> | null;

/** Each `only_…` setting that is on must be met (AUTO-07, AUTO-08). */
function mayHave(
  { settings: { deploy_tokens: only } }: AutomaticTokenDependencies,
  project: ProjectRecord,
  job: JobRecord,
  runner: Runner,
): boolean {
  // What a job was denied by its own permissions it must not get by another door.
  if (job.permissions === 'none' || project.registryAccess === 'disabled') return false;
  if (only.only_deployments && job.environment === null) return false;
  if (only.only_protected_refs && !job.refProtected) return false;
  return !only.only_project_runners || runner?.projectSpecific === true;
}

async function variables(
  deps: AutomaticTokenDependencies,
  project: ProjectRecord,
): Promise<JobVariable[]> {
  const token = await ensureAutomaticDeployToken(deps, project);
  if (token === null) return [];
  const sealed = token.secrets.at(-1)?.sealed ?? null;
  if (sealed === null) {
    const about = { project_id: project.id, token_id: token.id };
    deps.log.warn(about, 'the automatic deploy token cannot be shown again: rotate it');
    return [];
  }
  return [
    hidden('CI_DEPLOY_USER', token.username),
    hidden('CI_DEPLOY_PASSWORD', deps.sealedSecrets.open(sealed, project.id).reveal()),
  ];
}

/**
 * The variables with the newest secret of the project's automatic token, which is made where there is none (AUTO-12);
 * none where the job is not to have them. Never rejects: a job that does not deploy runs without them.
 */
export async function deployVariables(
  deps: AutomaticTokenDependencies,
  project: ProjectRecord,
  job: JobRecord,
  runner: Runner,
): Promise<JobVariable[]> {
  if (!mayHave(deps, project, job, runner)) return [];
  try {
    return await variables(deps, project);
  } catch (error) {
    const about = { project_id: project.id, job_id: job.id, err: error };
    deps.log.error(about, 'the job starts without CI_DEPLOY_USER and CI_DEPLOY_PASSWORD');
    return [];
  }
}
