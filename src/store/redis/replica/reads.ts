/** How current the replica must be before it answers, and how old it may be while Redis is away. */
import type { Read } from '../../embedded/reader.ts';
import type { Follower } from './follower.ts';

export interface ReadsOptions {
  readonly follower: Follower;
  /** Runs a query on the replica as it is. */
  readonly local: Read;
  /** Milliseconds; 0: not at all. */
  readonly staleCredentials: number;
  readonly staleAnonymous: number;
}

export interface Reads {
  /** Sees everything that was committed before the call. */
  readonly exact: Read;
  /** As `exact`, and never from an old copy: what only Redis can vouch for. */
  readonly strict: Read;
  /** Sees everything that was committed a second before the call. */
  readonly fresh: Read;
  /** As `fresh`, for what anybody may know. */
  readonly anonymous: Read;
}

export function createReads(options: ReadsOptions): Reads {
  const { follower, local, staleCredentials, staleAnonymous } = options;

  function reading(isCurrent: () => boolean, mayBeOld: number): Read {
    return async (query) => {
      if (!isCurrent()) {
        await follower.upToDate().catch((error: unknown) => {
          const usable = follower.misfit() === null && mayBeOld > 0;
          if (!usable || follower.ageMs() > mayBeOld) throw error;
        });
      }
      return local(query);
    };
  }

  return {
    exact: reading(() => false, staleCredentials),
    strict: reading(() => false, 0),
    fresh: reading(follower.isFresh, staleCredentials),
    anonymous: reading(follower.isFresh, Math.max(staleCredentials, staleAnonymous)),
  };
}
