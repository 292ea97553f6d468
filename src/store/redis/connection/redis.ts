/** What the rest of the store knows of Redis: scripts that run whole, on one partition, within a bounded time. */
import type { Partition } from '../keys.ts';
import type { BreakerState } from './breaker.ts';

/** Numbers are sent in decimal. Nothing else is accepted: ioredis would spread an array into further arguments. */
export type Argument = string | number;

export interface ScriptCall {
  /** The file's name in scripts/, without `.lua`. */
  readonly script: string;
  readonly partition: Partition;
  /** KEYS[2] and on; KEYS[1] is always the partition's history. */
  readonly keys: readonly string[];
  /** ARGV[3] and on; the nonce and the not-after time come first. */
  readonly args: readonly Argument[];
}

export interface ScriptReply {
  readonly status: string;
  readonly values: readonly unknown[];
  /** `master_replid` of the server that ran it. */
  readonly replid: string;
  /** The server's clock, in milliseconds since the epoch. */
  readonly serverTime: number;
}

export interface DurableReply extends ScriptReply {
  /** Replicas that had the write when WAIT came back. */
  readonly replicas: number;
}

export interface ServerReport {
  /** `host:port`. */
  readonly server: string;
  /** INFO, by field. */
  readonly info: ReadonlyMap<string, string>;
  /** CONFIG GET; undefined where this user may not ask. A setting that the server does not know is missing. */
  readonly settings: ReadonlyMap<string, string> | undefined;
}

export interface Redis {
  /** Rejects with `store_unavailable` within 400 ms where no good answer came, for `late` and for `closed` as well. */
  run(call: ScriptCall): Promise<ScriptReply>;
  /**
   * As `run`, then WAIT on the same socket. Does not judge the count: a script that ran with too few replicas resolves.
   */
  runDurably(call: ScriptCall): Promise<DurableReply>;
  /** `onState(false)`: messages may be lost from now on; `onState(true)`: the subscription stands (again). */
  subscribe(
    channel: string,
    on: { message(text: string): void; state(up: boolean): void },
  ): Promise<void>;
  /** Calls back whenever a script answered `closed`. */
  onClosed(listener: (partition: Partition) => void): void;
  /** The worst of all circuit breakers, for metrics. */
  state(): BreakerState;
  /**
   * True once every partition's primary is connected, false where that did not come about in time. Calls made before
   * then reject at once; a server that comes up later is found without being asked for.
   */
  ready(milliseconds: number): Promise<boolean>;
  /**
   * What every primary says of itself, for the checks at the start.
   * @param settings names for CONFIG GET, such as `maxmemory-policy`
   * @throws AppError `store_unavailable` where a primary does not answer
   */
  inspect(settings: readonly string[]): Promise<readonly ServerReport[]>;
  /** Fails what is under way; nothing can be called afterwards. */
  close(): Promise<void>;
}
