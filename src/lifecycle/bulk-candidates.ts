/** What a bulk revocation may end: one credential each, with what a person knows it by. */
import { revocationOf } from '../audit/change-of.ts';
import type { RecordChange } from '../audit/changes.ts';
import type { Details, Target } from '../audit/events.ts';
import { AppError } from '../errors.ts';
import type {
  ConvertedTokenRecord,
  DeployTokenRecord,
  JobRecord,
  PersonalAccessTokenRecord,
  RefreshTokenRecord,
} from '../store/records.ts';
import type { LifecycleDependencies } from './dependencies.ts';
import { changeJobStatus } from './finish-job.ts';
import { refreshTokenTarget } from './refresh-tokens.ts';
import type { RevocableKind } from './bulk-criteria.ts';

export interface Candidate {
  readonly kind: RevocableKind;
  readonly id: number;
  readonly projectId: number | null;
  readonly groupId: number | null;
  readonly userId: number | null;
  readonly name: string | null;
  /** Of a job: when it started. */
  readonly createdAt: number;
  /** Resolves to false where it had ended already; rejects with `store_unavailable` where that is not durable. */
  revoke(): Promise<boolean>;
}

export interface CandidateDependencies extends Pick<
  LifecycleDependencies,
  'store' | 'clock' | 'settings'
> {
  readonly audit: RecordChange;
  /** What the event of each revocation says besides: why it was done. */
  readonly why: Details;
}

const NOBODY = { projectId: null, groupId: null, userId: null, name: null } as const;

const isOver = (error: unknown): boolean =>
  error instanceof AppError && (error.code === 'conflict' || error.code === 'not_found');

export function createCandidates({ audit, why, ...deps }: CandidateDependencies) {
  const { store, clock } = deps;
  const tell: RecordChange = (type, target, details) => audit(type, target, { ...details, ...why });

  async function cancel({ projectId, id: jobId }: JobRecord): Promise<boolean> {
    try {
      await changeJobStatus({ ...deps, audit: tell }, { projectId, jobId, status: 'canceled' });
      return true;
    } catch (error) {
      // It came to another end in the meantime.
      if (isOver(error)) return false;
      throw error;
    }
  }

  const revoked =
    (
      verb: () => Promise<{ readonly revokedAt: number | null } | null>,
      ...[type, target, about]: [Parameters<RecordChange>[0], Target, Details]
    ) =>
    async (): Promise<boolean> => {
      const ended = await verb();
      if (ended === null) return false;
      tell(type, target, { ...about, ...revocationOf(ended) });
      return true;
    };

  return {
    job: (job: JobRecord): Candidate => ({
      ...NOBODY,
      kind: 'jobs',
      id: job.id,
      projectId: job.projectId,
      userId: job.userId,
      name: job.name,
      createdAt: job.startedAt,
      revoke: () => cancel(job),
    }),
    convertedToken: (token: ConvertedTokenRecord): Candidate => ({
      ...NOBODY,
      kind: 'converted_tokens',
      id: token.id,
      projectId: token.projectId,
      userId: token.userId,
      createdAt: token.endedAt,
      revoke: revoked(
        () => store.convertedTokens.revoke(token.projectId, token.id, clock.now()),
        'converted_token.revoked',
        { kind: 'converted_token', id: token.id, path: null },
        { project_id: token.projectId, job_id: token.jobId, user_id: token.userId },
      ),
    }),
    deployToken: ({ holder, ...token }: DeployTokenRecord): Candidate => {
      const projectId = holder.kind === 'project' ? holder.id : null;
      const groupId = holder.kind === 'group' ? holder.id : null;
      return {
        ...NOBODY,
        kind: 'deploy_tokens',
        id: token.id,
        projectId,
        groupId,
        name: token.name,
        createdAt: token.createdAt,
        revoke: revoked(
          () => store.deployTokens.revoke(holder, token.id, clock.now()),
          'deploy_token.revoked',
          { kind: 'deploy_token', id: token.id, path: token.name },
          projectId === null ? { group_id: groupId } : { project_id: projectId },
        ),
      };
    },
    personalAccessToken: (token: PersonalAccessTokenRecord): Candidate => ({
      ...NOBODY,
      kind: 'personal_access_tokens',
      id: token.id,
      userId: token.userId,
      name: token.name,
      createdAt: token.createdAt,
      revoke: revoked(
        () => store.personalAccessTokens.revoke(token.id, clock.now()),
        'personal_access_token.revoked',
        { kind: 'personal_access_token', id: token.id, path: token.name },
        { user_id: token.userId },
      ),
    }),
    refreshToken: (token: RefreshTokenRecord): Candidate => ({
      ...NOBODY,
      kind: 'refresh_tokens',
      id: token.id,
      userId: token.userId,
      name: token.service,
      createdAt: token.createdAt,
      revoke: revoked(
        () => store.refreshTokens.revoke(token.hash, clock.now()),
        'refresh_token.revoked',
        refreshTokenTarget(token),
        { user_id: token.userId, service: token.service },
      ),
    }),
  };
}

export type Candidates = ReturnType<typeof createCandidates>;
