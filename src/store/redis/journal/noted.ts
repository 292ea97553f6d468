/** What the journal holds, in memory: whatever is in here is denied by this instance. */
import type { JobRecord } from '../../records.ts';
import type { Partition } from '../keys.ts';
import {
  endKey,
  isEndOf,
  placeOf,
  revocationKey,
  UNPLACED,
  type JobEnd,
  type Revocation,
  type TokenName,
} from './entries.ts';

/** Entries by key, and which of them Redis has not acknowledged. */
function createShelf<Entry>() {
  const entries = new Map<string, Entry>();
  const pending = new Map<string, Entry>();
  return {
    entries,
    pending,
    put: (key: string, entry: Entry, confirmed: boolean) => {
      entries.set(key, entry);
      if (!confirmed) pending.set(key, entry);
    },
    remove: (key: string) => {
      entries.delete(key);
      pending.delete(key);
    },
  };
}

type Shelf<Entry> = ReturnType<typeof createShelf<Entry>>;

export function createNotedEnds() {
  const shelves = new Map<Partition, Shelf<JobEnd>>();
  const all = (): Shelf<JobEnd>[] => [...shelves.values()];

  function shelfOf(end: JobEnd): Shelf<JobEnd> {
    const place = placeOf(end);
    const shelf = shelves.get(place) ?? createShelf<JobEnd>();
    shelves.set(place, shelf);
    return shelf;
  }

  const kept = (end: JobEnd): JobEnd | undefined => shelfOf(end).entries.get(endKey(end));

  const denial = (place: Partition, tokenHash: string | null, job: JobRecord): JobEnd | null => {
    const key = endKey({ projectId: job.projectId, jobId: job.id, tokenHash });
    const end = shelves.get(place)?.entries.get(key);
    return end !== undefined && isEndOf(end, job) ? end : null;
  };

  return {
    add: (end: JobEnd, confirmed: boolean): void => {
      const shelf = shelfOf(end);
      const key = endKey(end);
      const first = end.tokenHash === null ? end : (shelf.entries.get(key) ?? end);
      shelf.put(key, first, confirmed);
    },
    /** Whether an end of this very job is kept; by an id alone it may be one of a later job. */
    has: (end: JobEnd): boolean => {
      const found = kept(end);
      return found !== undefined && (end.tokenHash !== null || found.at === end.at);
    },
    /** Whether it is this entry that is kept, and not an earlier one of the same job. */
    keeps: (end: JobEnd): boolean => kept(end) === end,
    /** False: it was already. */
    settle: (end: JobEnd): boolean => shelfOf(end).pending.delete(endKey(end)),
    remove: (end: JobEnd): void => shelfOf(end).remove(endKey(end)),
    /** Where the place of the entry is not known. */
    removeKeys: (keys: readonly string[]): void => {
      for (const shelf of all()) for (const key of keys) shelf.remove(key);
    },
    of: (partition: Partition): readonly JobEnd[] => [
      ...(shelves.get(partition)?.entries.values() ?? []),
    ],
    pending: (): readonly JobEnd[] => all().flatMap((shelf) => [...shelf.pending.values()]),
    denial: (job: JobRecord): JobEnd | null =>
      denial(placeOf(job), job.tokenHash, job) ?? denial(UNPLACED, null, job),
    size: () => all().reduce((sum, shelf) => sum + shelf.entries.size, 0),
    pendingSize: () => all().reduce((sum, shelf) => sum + shelf.pending.size, 0),
  };
}

export function createNotedRevocations() {
  const { entries, pending, put, remove } = createShelf<Revocation>();
  return {
    add: (revocation: Revocation, confirmed: boolean): void => {
      const key = revocationKey(revocation);
      put(key, entries.get(key) ?? revocation, confirmed);
    },
    keeps: (revocation: Revocation): boolean =>
      entries.get(revocationKey(revocation)) === revocation,
    settle: (revocation: Revocation): boolean => pending.delete(revocationKey(revocation)),
    remove: (revocation: Revocation): void => remove(revocationKey(revocation)),
    removeKeys: (keys: readonly string[]): void => keys.forEach(remove),
    all: (): readonly Revocation[] => [...entries.values()],
    pending: (): readonly Revocation[] => [...pending.values()],
    denial: (token: TokenName): Revocation | null => entries.get(revocationKey(token)) ?? null,
    size: () => entries.size,
    pendingSize: () => pending.size,
  };
}
