/** Looks for events, newest first, with bounded work for each request. */
import { setImmediate } from 'node:timers/promises';
import { createMatch, type EventFilter } from './match.ts';
import { readBackwards, type Position } from './read-backwards.ts';

export interface EventSearch {
  readonly filter: EventFilter;
  /** From an earlier answer; null: from the newest. */
  readonly cursor: Position | null;
  /** Events that are passed over, and that are wanted. */
  readonly skip: number;
  readonly limit: number;
}

export interface FoundEvents {
  readonly events: readonly Readonly<Record<string, unknown>>[];
  /** Where to go on; null: nothing is older. */
  readonly next: Position | null;
  /** False: the search ended because it had read enough, and there may be more from `next` on. */
  readonly complete: boolean;
  /** ISO time of the oldest event that was looked at; null: there was none. */
  readonly searchedBackTo: string | null;
}

export type SearchEvents = (search: EventSearch) => Promise<FoundEvents>;

export interface SearchOptions {
  readonly folder: string;
  /** Writes what is still in memory. */
  readonly settled: () => Promise<void>;
  /** Bytes that one search reads, at most. */
  readonly maxBytes?: number;
}

const MAX_BYTES = 16 * 1_048_576;
/** Milliseconds by which the times of neighbours may be out of order, where a clock was set. */
const DISORDER = 60_000;

/** null: the line is none of ours, or was cut short. */
function parse(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const event: unknown = JSON.parse(text);
    return typeof event === 'object' && event !== null ? (event as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

const TIME = /"time":"([^"]{20,30})"/;

export function createSearch({
  folder,
  settled,
  maxBytes = MAX_BYTES,
}: SearchOptions): SearchEvents {
  return async ({ filter, cursor, skip, limit }) => {
    await settled();
    const { mayMatch, matches } = createMatch(filter);
    const oldest = (filter.createdAfter ?? 0) - DISORDER;
    const events: Readonly<Record<string, unknown>>[] = [];
    let [passed, read] = [0, 0];
    let back: string | null = null;
    let next: Position | null = null;
    const answer = (complete: boolean, at: Position | null): FoundEvents => ({
      events,
      next: at,
      complete,
      searchedBackTo: back,
    });

    for await (const { lines, bytes } of readBackwards(
      folder,
      cursor,
      filter.createdBefore ?? Infinity,
    )) {
      for (const { text, at } of lines) {
        const time = TIME.exec(text)?.[1];
        if (time !== undefined) {
          if (Date.parse(time) < oldest) return answer(true, null);
          back = time;
        }
        const event = mayMatch(text) ? parse(text) : null;
        if (event === null || !matches(event)) {
          next = at;
          continue;
        }
        // One more than is wanted has been found, so it is known that there is more.
        if (events.length === limit) return answer(true, next);
        next = at;
        if (passed < skip) passed++;
        else events.push(event);
      }
      read += bytes;
      if (read >= maxBytes) return answer(false, next);
      await setImmediate();
    }
    return answer(true, null);
  };
}
