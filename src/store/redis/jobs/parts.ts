import type { Clock } from '../../../clock.ts';
import type { Logger } from '../../../log.ts';
import type { Redis } from '../connection/redis.ts';
import type { Journal } from '../journal/journal.ts';
import type { Keys, Partition } from '../keys.ts';
import type { OwnersOf } from '../replica/owners.ts';

/** Which histories an end may be acknowledged in (history/history.ts). */
export interface TrustedHistory {
  isTrusted(partition: Partition, replid: string): boolean;
  /** Asks anew; whether the partition's history is trusted within that many milliseconds. */
  whenSettled(partition: Partition, withinMs: number): Promise<boolean>;
}

export interface JobsOptions {
  /** Whose answers count only if they come from a history that is vetted (vetted.ts). */
  readonly redis: Pick<Redis, 'run' | 'runDurably'>;
  /** The same without that, for ends: they are right in any history, and are brought to those not vetted yet. */
  readonly unvetted: Pick<Redis, 'run' | 'runDurably'>;
  readonly keys: Keys;
  /** How many replicas must have a write before it counts as stored. */
  readonly replicas: number;
  /** How long a job can be read after its deadline, in milliseconds. */
  readonly retention: number;
  readonly journal: Journal;
  readonly history: TrustedHistory;
  readonly ownersOf: OwnersOf;
  /** For what expires in Redis, whose own clock it must agree with. */
  readonly wallClock: Clock;
  readonly log: Logger;
  /** 128 random bits, base64url. */
  readonly newId: () => string;
}
