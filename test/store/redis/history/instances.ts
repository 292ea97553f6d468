/** Instances of the quarantine on a real server, with a replay that the test watches and holds up. */
import { readFileSync } from 'node:fs';
import { systemClock } from '../../../../src/clock.ts';
import { createHistory, type History } from '../../../../src/store/redis/history/history.ts';
import type { HistoryOptions } from '../../../../src/store/redis/history/options.ts';
import { PARTITIONS } from '../../../../src/store/redis/keys.ts';
import type { Redis } from '../../../../src/store/redis/connection/redis.ts';
import type { LogLines } from '../../../support/log-lines.ts';
import { atEnd, until } from '../../../support/redis/child.ts';
import { keys, openRedis } from '../connection/open.ts';

export { keys };

const presence = readFileSync('src/store/redis/scripts/presence.lua', 'utf8');

export interface Replayed {
  readonly partition: string;
  readonly replid: string;
}

export interface Instance extends LogLines {
  readonly id: string;
  readonly redis: Redis;
  readonly history: History;
  /** Replays that ended well. */
  readonly replays: Replayed[];
  /** Runs in each replay; what it rejects with, the replay rejects with. */
  hold: (one: Replayed) => Promise<void>;
  /** `<script> <outcome>` of every call that ended. */
  readonly calls: string[];
  allOpen(): boolean;
  /** Open in all partitions, as far as it knows, and in this history where one is given. */
  opened(replid?: string): Promise<void>;
  /** As a process that is killed: nothing is said, nothing goes on. */
  die(): Promise<void>;
}

export type InstanceOptions = Partial<
  Pick<HistoryOptions, 'passOver' | 'settle' | 'patience' | 'monotonic' | 'replicas'>
>;

/** Not joined yet. */
export async function openInstance(
  url: string,
  id: string,
  options: InstanceOptions = {},
): Promise<Instance> {
  const replicas = options.replicas ?? 0;
  const opened = await openRedis(url, { replicas, scripts: { presence } });
  const { redis, log } = opened;
  const replays: Replayed[] = [];
  const replay = async (partition: string, replid: string): Promise<void> => {
    await instance.hold({ partition, replid });
    replays.push({ partition, replid });
  };
  const history = createHistory({
    redis,
    keys,
    instanceId: id,
    log,
    clock: systemClock,
    settle: 1500,
    ...options,
    replicas,
    replay: { jobs: replay, directory: (replid) => replay('d', replid) },
  });
  const allOpen = (): boolean => [...history.state().values()].every(({ open }) => open);
  const instance: Instance = {
    ...opened,
    id,
    history,
    replays,
    allOpen,
    hold: () => Promise.resolve(),
    opened: (replid) =>
      until(`${id} sees all open`, () => {
        const trusts = (partition: string) =>
          replid === undefined || history.isTrusted(partition, replid);
        return allOpen() && PARTITIONS.every(trusts);
      }),
    async die() {
      await history.close();
      await redis.close();
    },
  };
  atEnd(() => instance.die());
  return instance;
}

/** Joined, and open in all partitions. */
export async function startInstance(
  url: string,
  id: string,
  options: InstanceOptions = {},
): Promise<Instance> {
  const instance = await openInstance(url, id, options);
  await instance.history.join();
  await instance.opened();
  return instance;
}

/** Replays of all partitions on this history. */
export const replaysOn = ({ replays }: Instance, replid: string): string[] =>
  replays.filter((one) => one.replid === replid).map(({ partition }) => partition);

export const everyPartition = [...PARTITIONS].toSorted();

export interface Admission {
  readonly at: number;
  readonly replid: string;
}

/** Asks as a request would, without a pause, and keeps what was admitted and in which history. */
export function admitting(redis: Redis, partition: string) {
  const admitted: Admission[] = [];
  const state = { going: true };
  let refused = 0;
  const done = (async () => {
    while (state.going) {
      const call = { script: 'guarded', partition, keys: [], args: [] };
      const reply = await redis.run(call).catch(() => undefined);
      if (reply === undefined) refused++;
      else admitted.push({ at: performance.now(), replid: reply.replid });
      await new Promise(setImmediate);
    }
  })();
  return {
    admitted,
    refused: () => refused,
    async stop() {
      state.going = false;
      await done;
    },
  };
}
