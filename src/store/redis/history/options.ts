/** What the quarantine needs of the rest of the store. */
import type { Clock } from '../../../clock.ts';
import type { Logger } from '../../../log.ts';
import type { Redis } from '../connection/redis.ts';
import type { Keys, Partition } from '../keys.ts';

/**
 * Brings this instance's journal to a history. Each must end on its own, may be asked again for what it has done, and
 * rejects if any answer came from another history than `replid`.
 */
export interface Replay {
  jobs(partition: Partition, replid: string): Promise<void>;
  directory(replid: string): Promise<void>;
}

export interface HistoryOptions {
  readonly redis: Pick<Redis, 'run' | 'runDurably' | 'onClosed'>;
  readonly keys: Keys;
  /** Names this instance's journal: the same after a restart, and never two processes at a time. */
  readonly instanceId: string;
  /** How many replicas must have a write before it counts as stored. */
  readonly replicas: number;
  readonly clock: Clock;
  /** Never set back, in ms from any moment. */
  readonly monotonic?: Clock;
  readonly log: Logger;
  readonly replay: Replay;
  /** Ms after which a partition opens without an instance that does not come; at least the longest lease of a job. */
  readonly passOver?: number;
  /** Ms that a partition stays closed at least where something stored was found missing. */
  readonly settle?: number;
  /** Ms of silence after which an instance is forgotten; at least a day, and the longest life of a job. */
  readonly forget?: number;
  /** Ms that `join` tries. */
  readonly patience?: number;
}
