import type { Clock } from '../../../clock.ts';
import type { Logger } from '../../../log.ts';
import type { Redis } from '../connection/redis.ts';
import type { Keys } from '../keys.ts';
import type { LogLimits } from './exchange.ts';
import type { OnRemoved } from './removals.ts';

export interface ReplicaOptions {
  /** Of this instance alone. */
  readonly dataDir: string;
  readonly redis: Redis;
  /** The same, whose answers count only if they come from a history that is vetted (vetted.ts). */
  readonly vetted?: Pick<Redis, 'run' | 'runDurably'>;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly log: Logger;
  /** Of the keys that all instances must share; any text that gives nothing of them away. */
  readonly fingerprint: string;
  /** Replicas of Redis that must have a change before it is acknowledged. */
  readonly replicas: number;
  /** Milliseconds for which tokens, and the directory of anonymous callers, are served while Redis is away. */
  readonly staleCredentials: number;
  readonly staleAnonymous: number;
  /** The store that the journal belongs to; null: none yet. */
  readonly journalStore: string | null;
  /** A new id that nobody else has: for commits, and for a new store. */
  readonly newId: () => string;
  /** Called for each commit of this instance that removed users or projects, before its verb is answered. */
  readonly onRemoved: OnRemoved;
  /** Commits that only this replica knew are gone: what the journal holds must be applied again. */
  readonly onReloaded: () => void;
  /** Milliseconds of a clock that nobody sets. */
  readonly monotonic?: () => number;
  readonly logLimits?: LogLimits;
}
