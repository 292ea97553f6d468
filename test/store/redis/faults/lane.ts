/** A whole store behind a proxy that makes faults, and another instance that reaches the same Redis without it. */
import { rmSync } from 'node:fs';
import { systemClock } from '../../../../src/clock.ts';
import type { Store } from '../../../../src/store/ports.ts';
import { loadScripts } from '../../../../src/store/redis/connection/script-files.ts';
import type { Choice } from '../../../support/redis/fault-choice.ts';
import { startFaultProxy, type FaultProxy } from '../../../support/redis/fault-proxy.ts';
import type { SingleRedis } from '../../../support/redis/single.ts';
import { seed, type World } from '../../fixtures.ts';
import { insist } from './insist.ts';
import { newFolder, newPrefix, openStoreOn } from '../support.ts';

export interface Lane {
  /** The one that meets the faults. */
  readonly store: Store;
  /** Another instance, which sees what Redis has. */
  readonly onlooker: Store;
  readonly proxy: FaultProxy;
  readonly world: World;
  /** Grows with each call, for names that nobody had before. */
  unique(): string;
  close(): Promise<void>;
}

const names = new Map(
  [...loadScripts().values()].flatMap(({ name, sha, source }) => [
    [sha, name],
    [source, name],
  ]),
);

/** Of a command that a verb makes: the script's name, or the command's. undefined: nobody's call. */
export function callName([command = '', script = '']: readonly string[]): string | undefined {
  if (command === 'WAIT') return command;
  if (command !== 'EVAL' && command !== 'EVALSHA') return undefined;
  const name = names.get(script) ?? 'mark';
  // The instance says every second that it is there, whatever is called.
  return name === 'presence' ? undefined : name;
}

export const isCall: Choice = (command) => callName(command) !== undefined;

/** Every script, those in the background too. */
export const isScript: Choice = ([name]) => name === 'EVAL' || name === 'EVALSHA';

/** A moment for everything: the time of the journal goes on, and what is old it forgets. */
export const NOW = Date.now();

const FIXED = { clock: { now: () => NOW }, wallClock: systemClock, patience: 30_000 };

export async function openLane(redis: SingleRedis, staleAnonymous = 60_000): Promise<Lane> {
  const prefix = newPrefix();
  const folders = [newFolder(), newFolder()] as const;
  const proxy = await startFaultProxy(redis);
  const common = { ...FIXED, prefix, staleAnonymous, unsafe: true };
  const onlooker = await openStoreOn(redis.url, { ...common, dataDir: folders[0] });
  const store = await openStoreOn(proxy.url, { ...common, dataDir: folders[1] });
  const world = await insist(() => seed(onlooker));
  let count = 0;
  return {
    store,
    onlooker,
    proxy,
    world,
    unique: () => `n${(count += 1)}`,
    close: async () => {
      await proxy.heal();
      await store.close();
      await onlooker.close();
      await proxy.close();
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** It answers, takes jobs in every partition, and has nothing left to bring to Redis. */
export async function isWell({ store }: Lane): Promise<boolean> {
  await store.ping();
  const { jobTokens, storedTokens } = await store.serving();
  const idle = store.gauges()?.journalPending === 0;
  return idle && jobTokens.served && storedTokens.served;
}
