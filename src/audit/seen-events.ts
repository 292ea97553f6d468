/** Sees to it that an event which a registry sends again is written once. */
import { storeUnavailable } from '../errors.ts';

export type Written = 'recorded' | 'known' | 'lost';

export interface SeenEvents {
  /**
   * Runs `record` unless the id has been recorded, or is just being. What `record` could not keep is forgotten, so that
   * it is tried again when it comes again. Rejects as `record` does, and with `store_unavailable` where nobody can tell.
   *
   * @param record resolves to whether the event was kept
   */
  once(id: string, record: () => Promise<boolean>): Promise<Written>;
}

export interface SeenEventsOptions {
  /** Ids that an earlier run recorded, the newest first. Asked for with the first event, until it resolves. */
  readonly earlier: () => Promise<readonly string[]>;
  readonly limit?: number;
}

/** A registry sends an event again within seconds, before it sends any other. */
export const SEEN_LIMIT = 10_000;

export function createSeenEvents({ earlier, limit = SEEN_LIMIT }: SeenEventsOptions): SeenEvents {
  const seen = new Map<string, Promise<boolean>>();
  let loaded: Promise<void> | null = null;

  async function load(): Promise<void> {
    const known = await earlier().catch((error: unknown) => {
      loaded = null;
      throw storeUnavailable('the files of the audit stream cannot be read', error);
    });
    const ids = known.slice(0, limit);
    for (const id of ids.toReversed()) seen.set(id, Promise.resolve(true));
  }

  function remember(id: string, kept: Promise<boolean>): void {
    seen.set(id, kept);
    if (seen.size <= limit) return;
    const [oldest] = seen.keys();
    if (oldest !== undefined) seen.delete(oldest);
  }

  return {
    async once(id, record) {
      await (loaded ??= load());
      const known = seen.get(id);
      if (known !== undefined) return (await known) ? 'known' : 'lost';
      const kept = record();
      remember(id, kept);
      let isKept = false;
      try {
        isKept = await kept;
      } finally {
        if (!isKept && seen.get(id) === kept) seen.delete(id);
      }
      return isKept ? 'recorded' : 'lost';
    },
  };
}
