/** Which credentials meet the criteria of a bulk revocation. */
import type { Store } from '../store/ports.ts';
import type {
  ConvertedTokenRecord,
  DeployTokenRecord,
  JobRecord,
  MemberSource,
  PersonalAccessTokenRecord,
  RefreshTokenRecord,
} from '../store/records.ts';
import type { Criteria } from './bulk-criteria.ts';

/** An end that has not come. */
const NEVER = Infinity;

/** When the token of a job dies or has died, whatever else happens to the job. */
export const endOfJob = ({ finishedAt, deadline, leaseUntil }: JobRecord): number =>
  Math.min(finishedAt ?? NEVER, deadline, leaseUntil);

const equals = (wanted: number | undefined, actual: number | null | undefined): boolean =>
  wanted === undefined || wanted === actual;

/** Whether `[from, to)` and the window have a moment in common. */
const aliveIn = ({ after, before }: Criteria, from: number, to: number): boolean =>
  (after === undefined || to > after) && (before === undefined || from < before);

const madeIn = ({ after = -NEVER, before = NEVER }: Criteria, { createdAt: at }: Made): boolean =>
  at >= after && at < before;

interface Made {
  readonly createdAt: number;
}

/** Whether a project or group is the group or lies under it; each is looked up once. */
function createInGroup(directory: Pick<Store['directory'], 'project' | 'group'>, path: string) {
  const known = new Map<string, Promise<boolean>>();
  const top = `${path}/`.toLowerCase();
  const ask = async ({ kind, id }: MemberSource): Promise<boolean> => {
    const found = await directory[kind](id);
    return found !== null && `${found.fullPath}/`.toLowerCase().startsWith(top);
  };
  return (source: MemberSource): Promise<boolean> => {
    const key = `${source.kind} ${source.id}`;
    const answer = known.get(key) ?? ask(source);
    known.set(key, answer);
    return answer;
  };
}

export function createMatches(store: Pick<Store, 'directory' | 'jobs'>, criteria: Criteria) {
  const { project, group, userId, issuerId, runnerId, pipelineId, after, before } = criteria;
  const inGroup = group === undefined ? null : createInGroup(store.directory, group.fullPath);
  const asksForJob = [issuerId, runnerId, after, before].some((one) => one !== undefined);

  const ofPlace = async (source: MemberSource): Promise<boolean> => {
    if (project !== undefined && (source.kind !== 'project' || source.id !== project.id)) {
      return false;
    }
    return inGroup === null || inGroup(source);
  };

  const jobItself = (job: JobRecord): boolean =>
    equals(issuerId, job.startedBy) &&
    equals(runnerId, job.runner?.id) &&
    aliveIn(criteria, job.startedAt, endOfJob(job));

  async function ofJob({ projectId, jobId, endedAt }: ConvertedTokenRecord): Promise<boolean> {
    if (!asksForJob) return true;
    const job = await store.jobs.find(projectId, jobId);
    // The record of the job is gone, and nobody can tell any more: in doubt the answer is no to its password.
    return job === null ? after === undefined || endedAt > after : jobItself(job);
  }

  return {
    job: async (job: JobRecord): Promise<boolean> =>
      equals(userId, job.userId) &&
      equals(pipelineId, job.pipelineId) &&
      jobItself(job) &&
      ofPlace({ kind: 'project', id: job.projectId }),
    convertedToken: async (token: ConvertedTokenRecord): Promise<boolean> =>
      equals(userId, token.userId) &&
      equals(pipelineId, token.pipelineId) &&
      (await ofPlace({ kind: 'project', id: token.projectId })) &&
      ofJob(token),
    deployToken: async (token: DeployTokenRecord): Promise<boolean> =>
      equals(issuerId, token.createdBy) && madeIn(criteria, token) && ofPlace(token.holder),
    ofUser: (token: PersonalAccessTokenRecord | RefreshTokenRecord): boolean =>
      equals(userId, token.userId) && madeIn(criteria, token),
  };
}

export type Matches = ReturnType<typeof createMatches>;
