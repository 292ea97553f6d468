/** Instances of the replica over one real Redis, each with a folder of its own; all gone after each test. */
import { afterEach } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '../../../../src/credential/secret.ts';
import { storeUnavailable } from '../../../../src/errors.ts';
import { createLog } from '../../../../src/log.ts';
import { parseRedisAddress } from '../../../../src/store/redis/connection/address.ts';
import { createRedis } from '../../../../src/store/redis/connection/create.ts';
import type { Redis } from '../../../../src/store/redis/connection/redis.ts';
import { createKeys, DIRECTORY, type Keys } from '../../../../src/store/redis/keys.ts';
import { openDatabase } from '../../../../src/store/embedded/database.ts';
import { REPLICATED } from '../../../../src/store/redis/replica/commit.ts';
import { openReplica, type OpenReplica } from '../../../../src/store/redis/replica/open.ts';
import type { ReplicaOptions } from '../../../../src/store/redis/replica/options.ts';
import type { Removed } from '../../../../src/store/redis/replica/removals.ts';
import type { Store } from '../../../../src/store/ports.ts';
import type { SingleRedis } from '../../../support/redis/single.ts';
import { NOW } from '../../fixtures.ts';

export const silent = createLog({ level: 'silent' }, process.stderr);
export const newId = (): string => randomBytes(9).toString('base64url');
export const newPrefix = (): string => `t${randomBytes(6).toString('hex')}`;

export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'wharfpass-replica-'));
}

export interface Instance {
  readonly dataDir: string;
  readonly redis: Redis;
  readonly replica: OpenReplica;
  /** The replica's ports; it has no jobs. */
  readonly store: Store;
  readonly removed: Removed[];
  /** How often it lost what only it knew. */
  reloads(): number;
  close(): Promise<void>;
}

export type InstanceOptions = Partial<ReplicaOptions> & {
  readonly url: string;
  readonly prefix: string;
  /** False: the test starts it. */
  readonly start?: boolean;
};

export async function openInstance(options: InstanceOptions): Promise<Instance> {
  const { url, prefix, start = true, dataDir = newFolder(), ...rest } = options;
  const keys = createKeys(prefix);
  const clock = { now: () => Date.now() };
  const address = parseRedisAddress(new Secret(url));
  const redis = createRedis({ address, replicas: 0, keys, clock, log: silent });
  const removed: Removed[] = [];
  let reloads = 0;
  const close = async (): Promise<void> => {
    await replica?.close();
    await redis.close();
  };
  let replica: OpenReplica | undefined;
  try {
    replica = await openReplica({
      dataDir,
      redis,
      keys,
      clock: { now: () => NOW },
      log: silent,
      fingerprint: 'keys',
      replicas: 0,
      staleCredentials: 0,
      staleAnonymous: 60_000,
      journalStore: null,
      newId,
      onRemoved: async (gone) => void removed.push(gone),
      onReloaded: () => (reloads += 1),
      ...rest,
    });
    await redis.ready(5_000);
    if (start) await replica.start();
  } catch (error) {
    await close();
    throw error;
  }
  const noJobs = () => Promise.reject(storeUnavailable('the replica has no jobs'));
  const jobs = { admit: noJobs, reserveId: noJobs };
  const store = { ...replica, kind: 'replica', jobs } as unknown as Store;
  return { dataDir, redis, replica, store, removed, reloads: () => reloads, close };
}

/** What the parts that vet the history would do at once. */
export async function openHistory(server: SingleRedis, keys: Keys): Promise<string> {
  const replid = (await server.info('replication')).get('master_replid') ?? '';
  await server.cli('HSET', keys.history(DIRECTORY), 'replid', replid);
  return replid;
}

export interface Fleet {
  readonly prefix: string;
  readonly keys: Keys;
  open(options?: Partial<InstanceOptions>): Promise<Instance>;
  /** Each table of an instance's file, as text: equal for equal content. */
  digest(instance: Instance): string;
}

/** A store of its own for each test. */
export function useFleet(server: () => SingleRedis): () => Promise<Fleet> {
  const instances: Instance[] = [];
  afterEach(async () => {
    const all = instances.splice(0);
    await Promise.all(all.map((instance) => instance.close()));
    for (const { dataDir } of all) rmSync(dataDir, { recursive: true, force: true });
  });
  return async () => {
    const prefix = newPrefix();
    const keys = createKeys(prefix);
    await openHistory(server(), keys);
    return {
      prefix,
      keys,
      open: async (options = {}) => {
        const instance = await openInstance({ url: server().url, prefix, ...options });
        instances.push(instance);
        return instance;
      },
      digest,
    };
  };
}

/** All rows of a replica, its place in the history included. */
export function digest({ dataDir }: Pick<Instance, 'dataDir'>): string {
  const db = openDatabase(join(dataDir, 'replica.db'), { readOnly: true });
  try {
    const tables = [...REPLICATED, 'replica_position'].map((table) => {
      const key = table === 'sqlite_sequence' ? 'name' : 'rowid';
      return [table, db.prepare(`SELECT ${key}, * FROM ${table} ORDER BY 1`).all()];
    });
    return JSON.stringify(tables);
  } finally {
    db.close();
  }
}
