/** Which events of registries the files of the audit stream hold already: what a restart would otherwise forget. */
import { setImmediate } from 'node:timers/promises';
import { readBackwards } from './read-backwards.ts';

export interface RecentIdsOptions {
  readonly folder: string;
  /** Ids that are wanted at most. */
  readonly limit: number;
  /** Bytes that are read at most. */
  readonly maxBytes?: number;
}

const MAX_BYTES = 16 * 1_048_576;
const OURS = '"type":"registry.';

function idOf(line: string): string | null {
  try {
    const event = JSON.parse(line) as { details?: { event_id?: unknown } };
    const id = event.details?.event_id;
    return typeof id === 'string' ? id : null;
  } catch {
    return null;
  }
}

/** The newest first, none twice. */
export async function recentEventIds(options: RecentIdsOptions): Promise<readonly string[]> {
  const { folder, limit, maxBytes = MAX_BYTES } = options;
  const ids = new Set<string>();
  let read = 0;
  for await (const { lines, bytes } of readBackwards(folder, null, Infinity)) {
    for (const { text } of lines) {
      const id = text.includes(OURS) ? idOf(text) : null;
      if (id !== null) ids.add(id);
      if (ids.size === limit) return [...ids];
    }
    read += bytes;
    if (read >= maxBytes) break;
    await setImmediate();
  }
  return [...ids];
}
