import type { Removed } from '../replica/removals.ts';
import type { Ends } from './ends.ts';
import type { Index } from './index-calls.ts';
import type { Listing } from './listing.ts';

/**
 * Ends the jobs of users and projects that are gone: their tokens die with what they stood for. May be asked again for
 * what it has done in part. Rejects with `store_unavailable` where not all are known to have ended.
 */
export function createOwnerEnds(listing: Pick<Listing, 'all'>, ends: Pick<Ends, 'endAll'>) {
  return async ({ projectIds, userIds }: Removed, now: number): Promise<void> => {
    const indexes: readonly Index[] = [
      ...projectIds.map((id) => ({ kind: 'project', id }) as const),
      ...userIds.map((id) => ({ kind: 'user', id }) as const),
    ];
    for (const index of indexes) {
      for await (const jobs of listing.all(index)) {
        const open = jobs.filter((job) => job.finishedAt === null);
        await ends.endAll(
          open.map(({ id: jobId, projectId, tokenHash }) => ({
            end: { projectId, jobId, tokenHash, status: 'canceled', at: now },
            tokenHash,
          })),
        );
      }
    }
  };
}
