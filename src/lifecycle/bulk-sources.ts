/** Where the candidates of a bulk revocation come from: a walk over each kind, piece by piece. */
import type { Clock } from '../clock.ts';
import type { Piece, Store } from '../store/ports.ts';
import type { JobRecord } from '../store/records.ts';
import type { Candidate, Candidates } from './bulk-candidates.ts';
import type { Criteria, RevocableKind } from './bulk-criteria.ts';
import { endOfJob, type Matches } from './bulk-matches.ts';

export interface Found {
  /** Those that live and meet the criteria, in order of id. */
  readonly candidates: readonly Candidate[];
  /** Jobs that meet the criteria, those that have ended too. */
  readonly jobs: readonly JobRecord[];
  /** null: there are no more. */
  readonly next: number | null;
}

/** @param after only ids above this one */
export type Source = (after: number) => Promise<Found>;

interface Parts {
  readonly store: Store;
  readonly clock: Clock;
  readonly criteria: Criteria;
  readonly matches: Matches;
  readonly candidates: Candidates;
}

async function only<T>(items: readonly T[], matches: (item: T) => Promise<boolean> | boolean) {
  const verdicts = await Promise.all(items.map(async (item) => matches(item)));
  return items.filter((_, index) => verdicts[index]);
}

/** Of tokens, which have nothing to do with jobs. */
const tokens =
  <T>(
    walk: (after: number) => Promise<Piece<T>>,
    matches: (token: T) => Promise<boolean> | boolean,
    toCandidate: (token: T) => Candidate,
  ): Source =>
  async (after) => {
    const { items, next } = await walk(after);
    return { candidates: (await only(items, matches)).map(toCandidate), jobs: [], next };
  };

export function createSources(parts: Parts): Readonly<Record<RevocableKind, Source>> {
  const { store, clock, criteria, matches, candidates } = parts;
  const { project, userId } = criteria;
  const projectId = project?.id;
  const now = (): number => clock.now();
  const holder = project && ({ kind: 'project', id: project.id } as const);

  const jobs: Source = async (after) => {
    const endedAfter = criteria.after ?? 0;
    const { items, next } = await store.jobs.walk({ projectId, userId, endedAfter }, after);
    const meant = await only(items, matches.job);
    const isLive = (job: JobRecord): boolean => endOfJob(job) > now();
    return { candidates: meant.filter(isLive).map(candidates.job), jobs: meant, next };
  };

  return {
    jobs,
    personal_access_tokens: tokens(
      (after) => store.personalAccessTokens.live({ userId }, after, now()),
      matches.ofUser,
      candidates.personalAccessToken,
    ),
    refresh_tokens: tokens(
      (after) => store.refreshTokens.live({ userId }, after, now()),
      matches.ofUser,
      candidates.refreshToken,
    ),
    deploy_tokens: tokens(
      (after) => store.deployTokens.live({ holder }, after, now()),
      matches.deployToken,
      candidates.deployToken,
    ),
    converted_tokens: tokens(
      (after) => store.convertedTokens.live({ projectId, userId }, after, now()),
      matches.convertedToken,
      candidates.convertedToken,
    ),
  };
}
