/** Tells the operator what the quarantine does. What many partitions have in common is one line. */
import { AppError } from '../../../errors.ts';
import type { Logger } from '../../../log.ts';
import type { Partition } from '../keys.ts';

export interface Announcer {
  closed(partition: Partition, reason: string): void;
  /** @param ids of the instances that have yet to confirm; empty: it only settles @param age ms */
  waiting(partition: Partition, ids: readonly string[], age: number): void;
  opened(partition: Partition, afterMs: number): void;
  openedWithDoubt(partition: Partition, afterMs: number, passedOver: readonly string[]): void;
  doubtGone(partition: Partition): void;
  replayFailed(partition: Partition, error: unknown): void;
  /** Writes what is gathered. */
  flush(): void;
}

type Level = 'info' | 'warn' | 'error';

interface Line {
  readonly level: Level;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly partitions: Partition[];
  longest: number;
}

/** All partitions of a server change within moments of each other. */
const GATHER = 250;

const MESSAGES = {
  closed:
    'quarantine: nothing is admitted from these partitions until every instance has replayed its journal',
  waiting: 'quarantine: waiting for instances to replay their journals',
  settling:
    'quarantine: something that had been stored is missing; waiting a moment for instances that the store may have forgotten',
  opened: 'quarantine: over',
  doubt:
    'quarantine: over, without the instances in `instances`. Jobs that began before and have no lease of their own are refused until these instances are back. Start them again, with their data folders',
  clear: 'quarantine: the instances that were missing are back; no job is in doubt any more',
  failed: 'quarantine: the journal could not be replayed; trying again',
} as const;

/** Why a call failed, for the log. */
export function faultText(error: unknown): string {
  if (error instanceof AppError) return error.detail ?? error.message;
  return error instanceof Error ? error.message : 'unknown';
}

export function createAnnouncer(log: Logger): Announcer {
  const gathered = new Map<string, Line>();
  let timer: NodeJS.Timeout | undefined;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    for (const { level, message, fields, partitions, longest } of gathered.values()) {
      const took = longest > 0 ? { ms: longest } : {};
      log[level]({ partitions, ...fields, ...took }, message);
    }
    gathered.clear();
  }

  function say(
    level: Level,
    message: string,
    partition: Partition,
    fields: Line['fields'] = {},
    ms = 0,
  ): void {
    const key = message + JSON.stringify(fields);
    const line = gathered.get(key) ?? { level, message, fields, partitions: [], longest: 0 };
    gathered.set(key, line);
    if (!line.partitions.includes(partition)) line.partitions.push(partition);
    line.longest = Math.max(line.longest, ms);
    timer ??= setTimeout(flush, GATHER).unref();
  }

  return {
    closed: (partition, reason) => say('warn', MESSAGES.closed, partition, { reason }),
    waiting(partition, ids, age) {
      if (ids.length === 0) return say('warn', MESSAGES.settling, partition, {}, age);
      say('warn', MESSAGES.waiting, partition, { instances: ids.toSorted() }, age);
    },
    opened: (partition, afterMs) => say('info', MESSAGES.opened, partition, {}, afterMs),
    openedWithDoubt(partition, afterMs, passedOver) {
      say('error', MESSAGES.doubt, partition, { instances: passedOver.toSorted() }, afterMs);
    },
    doubtGone: (partition) => say('info', MESSAGES.clear, partition),
    replayFailed(partition, error) {
      say('warn', MESSAGES.failed, partition, { detail: faultText(error) });
    },
    flush,
  };
}
