/** All jobs, piece by piece: under their project or user, else by their ids, of which each is looked up. */
import type { Jobs, Piece } from '../../ports.ts';
import type { JobRecord } from '../../records.ts';
import type { JobCalls } from './calls.ts';
import type { Index } from './index-calls.ts';
import type { Locator } from './locator.ts';

/** Ids of one piece. Sixteen partitions answer for their share of them at the same time. */
const SPAN = 3_200;
const PAGE = 1_000;

type Filter = Parameters<Jobs['walk']>[0];

interface Ids {
  readonly ids: readonly number[];
  readonly next: number | null;
}

function indexOf({ projectId, userId }: Filter): Index | null {
  if (projectId !== undefined) return { kind: 'project', id: projectId };
  return userId === undefined ? null : { kind: 'user', id: userId };
}

/**
 * Jobs as Redis has them, whatever is noted here: one that is noted to have ended must be seen again until Redis knows.
 *
 * @param highestId resolves to the highest id that was ever given
 */
export function createWalk(
  calls: Pick<JobCalls, 'listIds'>,
  locator: Locator,
  highestId: () => Promise<number>,
): Jobs['walk'] {
  async function under(index: Index, after: number): Promise<Ids> {
    const { ids } = await calls.listIds(index, after, 0, PAGE);
    return { ids, next: ids.length < PAGE ? null : (ids.at(-1) ?? null) };
  }

  async function every(after: number): Promise<Ids> {
    const highest = await highestId();
    const count = Math.max(0, Math.min(SPAN, highest - after));
    const ids = Array.from({ length: count }, (_, index) => after + 1 + index);
    return { ids, next: after + SPAN < highest ? after + SPAN : null };
  }

  return async (filter, after): Promise<Piece<JobRecord>> => {
    const index = indexOf(filter);
    const { ids, next } = await (index === null ? every(after) : under(index, after));
    const hashes = await locator.locateAll(ids);
    const jobs = await locator.readAll(hashes.filter((hash) => hash !== null));
    const wanted = new Set(ids);
    const { projectId, userId, endedAfter } = filter;
    const items = jobs.filter(
      (job) =>
        wanted.has(job.id) &&
        (projectId === undefined || job.projectId === projectId) &&
        (userId === undefined || job.userId === userId) &&
        (job.finishedAt === null || job.finishedAt > endedAfter),
    );
    return { items, next };
  };
}
