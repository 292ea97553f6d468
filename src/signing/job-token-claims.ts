/** How the claims of a job token are written in its JWT, and read back. */
import type { JobTokenClaims } from './ports.ts';

type ScopeClaim = Record<string, readonly string[] | '*'>;

const JOB = 'gid://wharfpass/Ci::Build/';
const PROJECT = 'gid://wharfpass/Project/';
const ID = /^[1-9]\d{0,15}$/;
const PERMISSION = /^[A-Z][A-Z_]{0,63}$/;

/** What the claims of every token of a job begin with. Times are whole seconds. */
export interface JobClaims {
  readonly jobId: number;
  readonly projectId: number;
  readonly userId: number;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

export const jobPayload = (claims: JobClaims): Record<string, unknown> => ({
  sub: `${JOB}${claims.jobId}`,
  iat: claims.issuedAt,
  nbf: claims.issuedAt,
  exp: claims.expiresAt,
  project_id: claims.projectId,
  user_id: claims.userId,
});

/** Null where one of them is missing or of another shape. */
export function readJobPayload(payload: Readonly<Record<string, unknown>>): JobClaims | null {
  const jobId = globalId(payload['sub'], JOB);
  const { iat, exp, project_id: projectId, user_id: userId } = payload;
  if (jobId === null) return null;
  if (!isCount(iat) || !isCount(exp) || !isCount(projectId) || !isCount(userId)) return null;
  return { jobId, projectId, userId, issuedAt: iat, expiresAt: exp };
}

export function toPayload(claims: JobTokenClaims): Record<string, unknown> {
  const scope: ScopeClaim = {};
  for (const [permission, projects] of Object.entries(claims.scope)) {
    scope[permission] = projects === '*' ? '*' : projects.map((id) => `${PROJECT}${id}`);
  }
  return { ...jobPayload(claims), scope };
}

/** Null where a claim that we need is missing or of another shape. Claims that we do not know are passed over. */
export function fromPayload(payload: Readonly<Record<string, unknown>>): JobTokenClaims | null {
  const job = readJobPayload(payload);
  const scope = readScope(payload['scope']);
  return job === null || scope === null ? null : { ...job, scope };
}

function readScope(claim: unknown): JobTokenClaims['scope'] | null {
  if (typeof claim !== 'object' || claim === null || Array.isArray(claim)) return null;
  const scope: Record<string, readonly number[] | '*'> = {};
  for (const [permission, projects] of Object.entries(claim)) {
    const ids = readProjects(projects);
    if (!PERMISSION.test(permission) || ids === null) return null;
    scope[permission] = ids;
  }
  return scope;
}

function readProjects(claim: unknown): readonly number[] | '*' | null {
  if (claim === '*') return claim;
  if (!Array.isArray(claim)) return null;
  const ids = claim.map((id) => globalId(id, PROJECT));
  return ids.every((id) => id !== null) ? ids : null;
}

function globalId(claim: unknown, prefix: string): number | null {
  if (typeof claim !== 'string' || !claim.startsWith(prefix)) return null;
  const digits = claim.slice(prefix.length);
  return ID.test(digits) && Number.isSafeInteger(Number(digits)) ? Number(digits) : null;
}

function isCount(claim: unknown): claim is number {
  return Number.isSafeInteger(claim) && Number(claim) > 0;
}
