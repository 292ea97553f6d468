/** Jobs for people to read: one, or those of a project. */
import type { Jobs } from '../../ports.ts';
import type { JobRecord } from '../../records.ts';
import type { JobCalls } from './calls.ts';
import type { AsDenied } from './denial.ts';
import type { Index } from './index-calls.ts';
import type { Locator } from './locator.ts';

/** Jobs that are in memory at once while all of a project are looked through. */
const PAGE = 1_000;

const present = <T>(values: readonly (T | null)[]): readonly T[] =>
  values.filter((value) => value !== null);

export interface Listing extends Pick<Jobs, 'find' | 'list'> {
  /** All jobs of an index, a page at a time, in order of id. */
  all(index: Index): AsyncIterable<readonly JobRecord[]>;
}

export function createListing(calls: JobCalls, locator: Locator, asDenied: AsDenied): Listing {
  /** An id may be listed whose job never started. */
  async function read(ids: readonly number[], index: Index): Promise<readonly JobRecord[]> {
    const jobs = await locator.readAll(present(await locator.locateAll(ids)));
    const wanted = new Set(ids);
    const belongs = (job: JobRecord): boolean =>
      (index.kind === 'project' ? job.projectId : job.userId) === index.id && wanted.has(job.id);
    return jobs.filter(belongs).map(asDenied);
  }

  async function* all(index: Index): AsyncGenerator<readonly JobRecord[]> {
    let after = 0;
    for (;;) {
      const { ids } = await calls.listIds(index, after, 0, PAGE);
      if (ids.length > 0) yield await read(ids, index);
      if (ids.length < PAGE) return;
      after = ids[ids.length - 1] ?? after;
    }
  }

  return {
    all,
    find: async (projectId, jobId) => {
      const tokenHash = await locator.locate(jobId);
      const [job] = tokenHash === null ? [] : await locator.readAll([tokenHash]);
      return job?.projectId === projectId && job.id === jobId ? asDenied(job) : null;
    },
    list: async (projectId, { offset, limit }, statuses) => {
      const index: Index = { kind: 'project', id: projectId };
      if (statuses === undefined) {
        const { total, ids } = await calls.listIds(index, 0, offset, limit);
        const items = await read(ids, index);
        return { items, total: total - (ids.length - items.length) };
      }
      const items: JobRecord[] = [];
      let total = 0;
      if (statuses.length === 0) return { items, total };
      for await (const jobs of all(index)) {
        for (const job of jobs) {
          if (!statuses.includes(job.status)) continue;
          if (total >= offset && items.length < limit) items.push(job);
          total += 1;
        }
      }
      return { items, total };
    },
  };
}
