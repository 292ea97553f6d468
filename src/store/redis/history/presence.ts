/** One call of presence.lua: "I am here", and what the server says of the partition. */
import { storeUnavailable } from '../../../errors.ts';
import type { Redis, ScriptCall, ScriptReply } from '../connection/redis.ts';
import type { Keys, Partition } from '../keys.ts';

export interface PresenceOptions {
  readonly redis: Pick<Redis, 'run' | 'runDurably'>;
  readonly keys: Keys;
  /** Never another's, and the same after a restart: it names a journal. */
  readonly instanceId: string;
  /** After this many ms without a missing instance the others open with doubt; at least the longest lease. */
  readonly passOver: number;
  /** For this many ms a partition stays closed where something stored was found missing. */
  readonly settle: number;
  /** After this many ms of silence an instance is forgotten, and a doubt about it: no job is left that it may have ended. */
  readonly forget?: number | undefined;
}

export interface Say {
  /** The round in which this instance has replayed its journal; '' for none. */
  readonly claim: string;
  /** The highest "last seen" that this instance knows was stored (server ms); 0 for none. */
  readonly known: number;
  readonly leaving?: boolean;
  /** Whether to wait for replicas; else `replicas` is 0. */
  readonly durably: boolean;
}

export interface Presence {
  readonly open: boolean;
  readonly replid: string;
  /** Names the quarantine that the partition is in, or came out of last. */
  readonly round: string;
  /** Server ms. */
  readonly stored: number;
  /** The claim was for this round. */
  readonly replayed: boolean;
  /** Server ms: jobs that began before it are not admitted. Null for no doubt. */
  readonly doubt: number | null;
  /** Ms since the round began, 0 when open. */
  readonly age: number;
  /** Something that had been stored was found missing in this round. */
  readonly regressed: boolean;
  /** Other instances that were on the list before this call. */
  readonly others: number;
  /** Waiting: instances that have yet to confirm. Open: instances that were passed over. */
  readonly missing: number;
  /** The first 16 of them. */
  readonly ids: readonly string[];
  readonly replicas: number;
}

const FORGET = 86_400_000;

export type Tell = (partition: Partition, say: Say) => Promise<Presence>;

const isCount = (value: unknown): value is number => Number.isSafeInteger(value);
const isText = (value: unknown): value is string => typeof value === 'string';

function parse(reply: ScriptReply, replicas: number): Presence {
  const [stored, round, replayed, doubt, age, regressed, others, missing, ...ids] = reply.values;
  const known = reply.status === 'open' || reply.status === 'waiting';
  const counts = [stored, replayed, doubt, age, regressed, others, missing];
  if (!known || !isText(round) || !counts.every(isCount) || !ids.every(isText)) {
    throw storeUnavailable(`presence answered what it never should: ${reply.status}`);
  }
  return {
    open: reply.status === 'open',
    replid: reply.replid,
    round,
    stored: Number(stored),
    replayed: replayed === 1,
    doubt: doubt === 0 ? null : Number(doubt),
    age: Number(age),
    regressed: regressed === 1,
    others: Number(others),
    missing: Number(missing),
    ids,
    replicas,
  };
}

/** The function it makes rejects with `store_unavailable` where the server did not answer. */
export function createTell(options: PresenceOptions): Tell {
  const { redis, keys, instanceId, passOver, settle, forget = FORGET } = options;
  return async (partition, { claim, known, leaving = false, durably }) => {
    const call: ScriptCall = {
      script: 'presence',
      partition,
      keys: [keys.instances(partition), keys.confirmed(partition), keys.passed(partition)],
      args: [instanceId, leaving ? 'leave' : 'seen', claim, known, passOver, settle, forget],
    };
    if (!durably) return parse(await redis.run(call), 0);
    const reply = await redis.runDurably(call);
    return parse(reply, reply.replicas);
  };
}
