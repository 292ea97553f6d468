import type { Clock } from '../../clock.ts';
import type { Secret } from '../../credential/secret.ts';
import type { Logger } from '../../log.ts';
import type { OnStoreCall } from '../ports.ts';
import type { TlsFiles } from './connection/tls.ts';

/** Times are in milliseconds. */
export interface RedisStoreOptions {
  readonly url: Secret;
  /** The same servers with a user that may ask for settings; default: `url`. */
  readonly checkUrl?: Secret | undefined;
  readonly tls: TlsFiles;
  readonly prefix: string;
  /** Replicas that must have a change before it is acknowledged; default: 0 for a single server, else 1. */
  readonly replicas?: number | undefined;
  readonly staleCredentials: number;
  readonly staleAnonymous: number;
  readonly jobRetention: number;
  /** The longest that a job may run. */
  readonly maxJobLife: number;
  /** Start on a Redis that can forget what it acknowledged. */
  readonly unsafe: boolean;
  /** Of this instance alone, and kept over restarts: it holds the journal. */
  readonly dataDir: string;
  /** Of the keys that all instances must share; gives nothing of them away. */
  readonly fingerprint: string;
  readonly clock: Clock;
  /** The time that Redis must agree with; default: `clock`. */
  readonly wallClock?: Clock;
  readonly log: Logger;
  readonly onCall?: OnStoreCall;
  /** How long the start tries to reach Redis and to be taken on. */
  readonly patience?: number;
  /** See history/options.ts. */
  readonly passOver?: number;
  readonly settle?: number;
}
