/** What a job is handed to log in with. */
import type { ContainersPermission } from '../credential/principal.ts';
import { Secret } from '../credential/secret.ts';
import { mintToken } from '../credential/token-format.ts';
import type { Settings } from '../settings/schema.ts';
import type { JobTokenClaims } from '../signing/ports.ts';
import type { LifecycleDependencies } from './dependencies.ts';
import type { RequestRunner } from './start-job.ts';

/** How long the signed forms outlive the deadline, in seconds (GitLab, lib/ci/job_token/jwt.rb). */
const LEEWAY = 300;

/**
 * The cap that travels inside the token (LOW-08): reading is bounded by live policy alone, writing by the job's own
 * project as well. `ADMIN_CONTAINERS` stands for create, destroy and admin (LOW-14); the job's record keeps them apart.
 */
export function scopeClaim(
  projectId: number,
  permissions: ContainersPermission | null,
): JobTokenClaims['scope'] {
  if (permissions === 'none') return {};
  if (permissions === 'read') return { READ_CONTAINERS: '*' };
  return { READ_CONTAINERS: '*', ADMIN_CONTAINERS: [projectId] };
}

/** The job that a token is for. Times are milliseconds. */
interface About {
  readonly jobId: number;
  readonly projectId: number;
  readonly userId: number;
  readonly now: number;
  readonly deadline: number;
}

const claimsOf = ({ jobId, projectId, userId, now, deadline }: About) => ({
  jobId,
  projectId,
  userId,
  issuedAt: Math.floor(now / 1000),
  expiresAt: Math.ceil(deadline / 1000) + LEEWAY,
});

interface JobTokenRequest extends About {
  readonly format: 'jwt' | 'opaque';
  readonly permissions: ContainersPermission | null;
}

/** The ordinary token, which is the job's password too. */
export async function jobToken(
  deps: Pick<LifecycleDependencies, 'settings' | 'jobTokens'>,
  request: JobTokenRequest,
): Promise<Secret> {
  const prefix = deps.settings.credentials.prefixes.job_token[0] ?? '';
  if (request.format === 'opaque') return mintToken(prefix);
  const scope = scopeClaim(request.projectId, request.permissions);
  return new Secret(prefix + (await deps.jobTokens.sign({ ...claimsOf(request), scope })));
}

/**
 * Whether the job's runner is to have the extended token too: it must ask for it, and run jobs where they cannot reach
 * what the runner keeps. In doubt it gets none (EXT-05).
 */
export function getsExtendedToken(
  { jobs: { extended_token: wanted } }: Settings,
  runner: RequestRunner | null,
): boolean {
  if (!wanted.enabled || runner === null) return false;
  if (runner.extendedJobToken !== true || runner.privileged === true) return false;
  return wanted.executors.some((executor) => executor === runner.executor);
}

/** @param jobKey the keyed hash of the job's ordinary token */
export async function extendedJobToken(
  deps: Pick<LifecycleDependencies, 'settings' | 'extendedTokens'>,
  about: About,
  jobKey: string,
): Promise<Secret> {
  const prefix = deps.settings.credentials.prefixes.extended_job_token[0] ?? '';
  return new Secret(prefix + (await deps.extendedTokens.sign({ ...claimsOf(about), jobKey })));
}
