/** Which credentials a bulk revocation ends, said as plainly as the page says it. */
import fc from 'fast-check';
import type { Criteria, RevocableKind } from '../../../src/lifecycle/bulk-criteria.ts';
import type { JobRecord, MemberSource } from '../../../src/store/records.ts';
import { NOW } from '../../store/fixtures.ts';
import {
  GROUP_PATHS,
  GROUPS_ABOVE,
  MINUTE,
  PRESENT,
  type Everything,
  type Scene,
} from './scene.ts';

const KEYS = [
  'project',
  'group',
  'user',
  'issuer',
  'runner',
  'pipeline',
  'after',
  'before',
] as const;

/** One or two criteria: more of them are seldom met by anything. */
export const asked = fc
  .record({
    keys: fc.uniqueArray(fc.constantFrom(...KEYS), { minLength: 1, maxLength: 2 }),
    which: fc.nat(2),
    minute: fc.nat(70),
  })
  .map(({ keys, which, minute }): Partial<Record<(typeof KEYS)[number], number>> =>
    Object.fromEntries(
      keys.map((key, index) => [
        key,
        // A window begins in the past, which is 60 minutes long, or it is refused.
        key === 'after'
          ? (minute + index * 20) % 60
          : key === 'before'
            ? (minute + index * 20) % 70
            : which,
      ]),
    ),
  );
type Asked = ReturnType<typeof asked.generate>['value'];

export function toCriteria({ users, groups, projects }: Scene, wanted: Asked): Criteria {
  const pick = (list: readonly number[], index?: number) =>
    index === undefined ? undefined : list[index];
  const moment = (minutes?: number) => (minutes === undefined ? undefined : NOW + minutes * MINUTE);
  const place = (list: readonly number[], index: number | undefined, paths: readonly string[]) =>
    index === undefined ? undefined : { id: list[index] ?? 0, fullPath: paths[index] ?? '' };
  return {
    project: place(projects, wanted.project, []),
    group: place(groups, wanted.group, GROUP_PATHS),
    userId: pick(users, wanted.user),
    issuerId: pick(users, wanted.issuer),
    runnerId: wanted.runner === undefined ? undefined : wanted.runner + 1,
    pipelineId: wanted.pipeline === undefined ? undefined : wanted.pipeline + 1,
    after: moment(wanted.after),
    before: moment(wanted.before),
  };
}

/** For each criterion whether it holds; what a credential does not have cannot be equal to anything. */
type Traits = Readonly<Record<'user' | 'issuer' | 'runner' | 'pipeline', number | null>> & {
  readonly place: MemberSource | null;
  readonly inWindow: (after: number, before: number) => boolean;
};

function meets(scene: Scene, criteria: Criteria, traits: Traits): boolean {
  const { project, group, userId, issuerId, runnerId, pipelineId, after, before } = criteria;
  if (project !== undefined) {
    if (traits.place?.kind !== 'project' || traits.place.id !== project.id) return false;
  }
  if (group !== undefined) {
    const { place } = traits;
    if (place === null) return false;
    const wanted = scene.groups.indexOf(group.id);
    if (place.kind === 'project') {
      if (!GROUPS_ABOVE[scene.projects.indexOf(place.id)]?.includes(wanted)) return false;
    } else {
      const itself = scene.groups.indexOf(place.id);
      if (itself !== wanted && !(wanted === 0 && itself === 1)) return false;
    }
  }
  if (userId !== undefined && traits.user !== userId) return false;
  if (issuerId !== undefined && traits.issuer !== issuerId) return false;
  if (runnerId !== undefined && traits.runner !== runnerId) return false;
  if (pipelineId !== undefined && traits.pipeline !== pipelineId) return false;
  return traits.inWindow(after ?? -Infinity, before ?? Infinity);
}

const end = (job: JobRecord): number => Math.min(job.finishedAt ?? Infinity, job.deadline);

const traitsOfJob = (job: JobRecord): Traits => ({
  user: job.userId,
  issuer: job.startedBy,
  runner: job.runner?.id ?? null,
  pipeline: job.pipelineId,
  place: { kind: 'project', id: job.projectId },
  inWindow: (after, before) => job.startedAt < before && end(job) > after,
});

const born = (createdAt: number) => (after: number, before: number) =>
  createdAt >= after && createdAt < before;

const NONE = { user: null, issuer: null, runner: null, pipeline: null, place: null };

type Ids = Readonly<Record<RevocableKind, readonly number[]>>;

const unrevoked = ({ revokedAt }: { readonly revokedAt: number | null }): boolean =>
  revokedAt === null;

/** What lives in the present. */
export function live(all: Everything): Ids {
  const tokens = (list: readonly { readonly id: number; readonly revokedAt: number | null }[]) =>
    list.filter(unrevoked).map(({ id }) => id);
  return {
    jobs: all.jobs.filter((job) => end(job) > PRESENT).map(({ id }) => id),
    converted_tokens: tokens(all.converted_tokens),
    deploy_tokens: tokens(all.deploy_tokens),
    personal_access_tokens: tokens(all.personal_access_tokens),
    refresh_tokens: tokens(all.refresh_tokens),
  };
}

/** What lives and meets the criteria. */
export function meant(scene: Scene, all: Everything, criteria: Criteria): Ids {
  const hit = <T extends { readonly id: number }>(
    kind: RevocableKind,
    list: readonly T[],
    traits: (item: T) => Traits,
  ) => {
    const alive = new Set(live(all)[kind]);
    const found = list.filter((item) => alive.has(item.id) && meets(scene, criteria, traits(item)));
    return found.map(({ id }) => id);
  };
  const jobs = new Map(all.jobs.map((job) => [job.id, job]));
  return {
    jobs: hit('jobs', all.jobs, traitsOfJob),
    converted_tokens: hit('converted_tokens', all.converted_tokens, ({ jobId }) =>
      traitsOfJob(jobs.get(jobId) as JobRecord),
    ),
    deploy_tokens: hit('deploy_tokens', all.deploy_tokens, (token) => ({
      ...NONE,
      issuer: token.createdBy,
      place: token.holder,
      inWindow: born(token.createdAt),
    })),
    personal_access_tokens: hit('personal_access_tokens', all.personal_access_tokens, (token) => ({
      ...NONE,
      user: token.userId,
      inWindow: born(token.createdAt),
    })),
    refresh_tokens: hit('refresh_tokens', all.refresh_tokens, (token) => ({
      ...NONE,
      user: token.userId,
      inWindow: born(token.createdAt),
    })),
  };
}
