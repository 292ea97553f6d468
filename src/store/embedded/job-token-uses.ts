/**
 * Who came with a job token from another project (JOB-22): gathered in memory and written together. Nobody waits for
 * it, and a crash may lose the last seconds.
 */
import type { Logger } from '../../log.ts';
import type { JobTokenUse, JobTokenUses } from '../ports.ts';
import { bit, type Database } from './database.ts';
import { prepareUses, useRecord } from './job-token-use-rows.ts';
import type { Read } from './reader.ts';
import type { Writer } from './writer.ts';

/** Milliseconds for which uses are gathered. */
const GATHER = 5_000;
/** Pairs of projects that are gathered at once; what comes on top of them is not noted. */
const GATHERED = 1_000;

interface Gathered {
  readonly first: number;
  readonly last: number;
  readonly count: number;
  /** The last one. */
  readonly use: JobTokenUse;
}

function joined(known: Gathered | undefined, use: JobTokenUse, now: number): Gathered {
  if (known === undefined) return { first: now, last: now, count: 1, use };
  return {
    first: Math.min(known.first, now),
    last: Math.max(known.last, now),
    count: known.count + 1,
    use: now < known.last ? known.use : use,
  };
}

export interface JobTokenUsesParts {
  readonly db: Database;
  readonly read: Read;
  readonly writer: Pick<Writer, 'write'>;
  readonly log: Logger;
}

export interface GatheringJobTokenUses {
  readonly jobTokenUses: JobTokenUses;
  flush(): Promise<void>;
}

export function createJobTokenUses(parts: JobTokenUsesParts): GatheringJobTokenUses {
  const { db, read, writer, log } = parts;
  const sql = prepareUses(db);
  const waiting = new Map<string, Gathered>();
  let timer: NodeJS.Timeout | null = null;

  function add({ use, count, first, last }: Gathered): void {
    const { targetProjectId, sourceProjectId, refusedBy, userId, jobId, ip } = use;
    const pair = [targetProjectId, sourceProjectId, bit(refusedBy !== null)] as const;
    sql.add.run(...pair, refusedBy, count, first, last, userId, jobId, ip);
  }

  async function flush(): Promise<void> {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (waiting.size === 0) return;
    const uses = [...waiting.values()];
    waiting.clear();
    try {
      await writer.write(() => uses.forEach(add));
    } catch (error) {
      log.debug({ err: error, uses: uses.length }, 'uses of job tokens were not noted');
    }
  }

  function note(use: JobTokenUse, now: number): void {
    const key = `${use.targetProjectId} ${use.sourceProjectId} ${use.refusedBy !== null}`;
    const known = waiting.get(key);
    if (known === undefined && waiting.size >= GATHERED) return;
    waiting.set(key, joined(known, use, now));
    timer ??= setTimeout(() => void flush(), GATHER).unref();
  }

  const list: JobTokenUses['list'] = (targetProjectId, page) =>
    read(() =>
      db.snapshot(() => {
        const rows = sql.list.all(targetProjectId, page.limit, page.offset);
        const total = sql.count.get(targetProjectId)?.[0] ?? 0;
        return { items: rows.map(useRecord), total };
      }),
    );

  return { jobTokenUses: { note, list }, flush };
}
