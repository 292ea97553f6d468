/** Jobs, which live only in Redis. Whether one is alive is asked of Redis each time and never remembered. */
import { createIdSource, ID_BLOCK } from '../../embedded/jobs.ts';
import type { Jobs } from '../../ports.ts';
import type { JobRecord } from '../../records.ts';
import type { Partition } from '../keys.ts';
import type { Removed } from '../replica/removals.ts';
import { createAdmission } from './admission.ts';
import { createJobCalls } from './calls.ts';
import { createDenial } from './denial.ts';
import { createEnds } from './ends.ts';
import { tooFewReplicas } from './faults.ts';
import { createListing } from './listing.ts';
import { createLocator } from './locator.ts';
import { createOwnerEnds } from './owner-ends.ts';
import type { JobsOptions } from './parts.ts';
import { createStart } from './start.ts';
import { createStatusVerbs } from './status.ts';
import { createWalk } from './walking.ts';

export interface RedisJobs extends Jobs {
  /** Ends the jobs of users and projects that are gone; may be asked again where it rejected. */
  endJobsOf(removed: Removed, now: number): Promise<void>;
  /** Brings this instance's journal to a history (history/). Rejects where a server of another one answers. */
  replay(partition: Partition, replid: string): Promise<void>;
  /** Moves a job in from another store, as it is there. */
  restore(job: JobRecord): Promise<void>;
  /** All jobs of a project, a page at a time. */
  allOf(projectId: number): AsyncIterable<readonly JobRecord[]>;
  /** The highest id that was ever given. */
  highestId(): Promise<number>;
  /** Makes sure that no id up to this one is given any more. */
  raiseIds(atLeast: number): Promise<void>;
  /** One more try for the ends that are not acknowledged; then no more. */
  close(): Promise<void>;
}

export function createRedisJobs(options: JobsOptions): RedisJobs {
  const { journal, history, replicas } = options;
  const calls = createJobCalls(options.redis, options.unvetted, options.keys);
  const locator = createLocator(calls, history);
  const asDenied = createDenial(journal);
  const ends = createEnds(calls, locator, options);
  const listing = createListing(calls, locator, asDenied);

  async function raiseIds(atLeast: number): Promise<{ readonly last: number }> {
    const { reply, last } = await calls.raiseIds(atLeast);
    if (reply.replicas < replicas) throw tooFewReplicas();
    return { last };
  }
  const highestId = async (): Promise<number> => (await raiseIds(0)).last;

  return {
    reserveId: createIdSource(async () => {
      const { reply, last } = await calls.reserveIds(ID_BLOCK);
      if (reply.replicas < replicas) throw tooFewReplicas();
      return last;
    }),
    ...createStart(calls, ends, options),
    ...createStatusVerbs({ calls, locator, ends, asDenied, replicas }),
    admit: createAdmission(calls, options.ownersOf, asDenied),
    find: listing.find,
    list: listing.list,
    endJobsOf: createOwnerEnds(listing, ends),
    replay: ends.replay,
    allOf: (id) => listing.all({ kind: 'project', id }),
    walk: createWalk(calls, locator, highestId),
    highestId,
    raiseIds: async (atLeast) => void (await raiseIds(atLeast)),
    close: ends.close,
  };
}
