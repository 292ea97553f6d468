/**
 * presence.lua, whole and unchanged, on a server whose time, history and losses the test decides. Replication hands on
 * a prefix of what a primary ran, so a failover is played by running a prefix again on an empty database.
 */
import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import type { Presence } from '../../../../src/store/redis/history/presence.ts';
import { createTell } from '../../../../src/store/redis/history/presence.ts';
import type { ScriptReply } from '../../../../src/store/redis/connection/redis.ts';
import { createKeys, type Keys } from '../../../../src/store/redis/keys.ts';

export const PASS_OVER = 90_000;
export const SETTLE = 2000;
const WINDOW = 300_000;

const PRELUDE = `#!lua
local now, replid = tonumber(ARGV[1]), ARGV[2]
local function reply(status, ...) return { '', now, replid, status, ... } end
`;
const scripts = new URL('../../../../src/store/redis/scripts/', import.meta.url);
const source = PRELUDE + readFileSync(new URL('presence.lua', scripts), 'utf8');

export interface Say {
  readonly id: string;
  readonly claim: string;
  readonly known: number;
  readonly leaving?: boolean;
}

export interface ModelServer {
  now: number;
  readonly replid: string;
  presence(say: Say): Promise<Presence>;
  /** Stores ends of jobs, as a script would. */
  store(ends: readonly string[]): Promise<void>;
  /** A new history, without the last `lost` commands. Returns whose calls were among them. */
  failover(lost: number): Promise<ReadonlySet<string>>;
  /** The same history, without the last `lost` commands: an older snapshot of the server's memory. */
  rewind(lost: number): Promise<unknown>;
  look(): Promise<{
    open: boolean;
    doubt: number | null;
    ends: ReadonlySet<string>;
    instances: ReadonlySet<string>;
    /** Those of them that would be waited for. */
    awaited: ReadonlySet<string>;
  }>;
  reset(): Promise<void>;
}

/** @param client of an empty database that nothing else uses @param lua in place of presence.lua */
export function modelServer(client: Redis, lua = (text: string) => text): ModelServer {
  const script = lua(source);
  const keys: Keys = createKeys('model');
  const ends = 'model:{j0}:ends';
  let ran: [string, ...(string | number)[]][] = [];
  let histories = 1;
  const replidOf = (n: number) => n.toString(16).padStart(40, '0');

  const call = (command: [string, ...(string | number)[]]): Promise<unknown> => {
    ran.push(command);
    const [name, ...args] = command;
    return client.call(name, ...args);
  };
  const again = async (lost: number) => {
    const gone = ran.splice(Math.max(0, ran.length - lost));
    const pipeline = client.pipeline().flushall();
    for (const [name, ...args] of ran) pipeline.call(name, ...args.map(String));
    await pipeline.exec();
    return new Set(gone.flat().map(String));
  };

  const server: ModelServer = {
    now: 1_700_000_000_000,
    get replid() {
      return replidOf(histories);
    },
    presence({ id, claim, known, leaving = false }) {
      const run = async (request: { keys: readonly string[]; args: readonly unknown[] }) => {
        const all = [keys.history('j0'), ...request.keys];
        const args = [server.now, server.replid, ...request.args] as (string | number)[];
        const answer = await call(['eval', script, all.length, ...all, ...args]);
        const [, serverTime, replid, status, ...values] = answer as [
          string,
          number,
          string,
          string,
        ];
        return { serverTime, replid, status, values, replicas: 1 } as ScriptReply;
      };
      const redis = { run, runDurably: () => Promise.reject(new Error('not here')) };
      const timing = { passOver: PASS_OVER, settle: SETTLE };
      const tell = createTell({ redis, keys, instanceId: id, ...timing });
      return tell('j0', { claim, known, leaving, durably: false });
    },
    async store(names) {
      if (names.length > 0) await call(['sadd', ends, ...names]);
    },
    async failover(lost) {
      histories++;
      return again(lost);
    },
    rewind: again,
    async look() {
      const got = await client
        .pipeline()
        .hmget(keys.history('j0'), 'replid', 'doubt')
        .smembers(ends)
        .zrange(keys.instances('j0'), '0', '-1', 'WITHSCORES')
        .exec();
      const [history, stored, listed] = (got ?? []).map(([, value]) => value as (string | null)[]);
      const [replid, doubt] = history ?? [];
      const seen = (listed ?? []).flatMap((id, at, all): [string, number][] =>
        at % 2 === 0 ? [[id ?? '', Number(all[at + 1])]] : [],
      );
      const newest = Math.max(...seen.map(([, at]) => at));
      return {
        open: replid === server.replid,
        doubt: typeof doubt === 'string' ? Number(doubt) : null,
        ends: new Set(stored as string[]),
        instances: new Set(seen.map(([id]) => id)),
        awaited: new Set(seen.filter(([, at]) => at >= newest - WINDOW).map(([id]) => id)),
      };
    },
    async reset() {
      ran = [];
      histories = 1;
      server.now = 1_700_000_000_000;
      await client.flushall();
    },
  };
  return server;
}
