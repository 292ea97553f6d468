/** Jobs on a real Redis, with a history that the test opens and a directory that the test makes up. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createHash, randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../../src/clock.ts';
import { Secret } from '../../../../src/credential/secret.ts';
import { createLog } from '../../../../src/log.ts';
import { parseRedisAddress } from '../../../../src/store/redis/connection/address.ts';
import { createRedis } from '../../../../src/store/redis/connection/create.ts';
import type { Redis } from '../../../../src/store/redis/connection/redis.ts';
import { createRedisJobs, type RedisJobs } from '../../../../src/store/redis/jobs/jobs.ts';
import type { JobsOptions, TrustedHistory } from '../../../../src/store/redis/jobs/parts.ts';
import { openJournal, type Journal } from '../../../../src/store/redis/journal/journal.ts';
import { randomId } from '../../../../src/store/redis/journal/random-id.ts';
import { createKeys, PARTITIONS, type Keys } from '../../../../src/store/redis/keys.ts';
import { createVetted } from '../../../../src/store/redis/vetted.ts';
import type { History } from '../../../../src/store/redis/history/history.ts';
import type { NewJob } from '../../../../src/store/ports.ts';
import type { RedisServer } from '../../../support/redis/server.ts';
import type { SingleRedis } from '../../../support/redis/single.ts';

export const silent = createLog({ level: 'silent' }, process.stderr);
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

export const hashOf = (text: string): string =>
  createHash('sha256').update(text).digest('base64url');

export async function replidOf(server: RedisServer): Promise<string> {
  return (await server.info('replication')).get('master_replid') ?? '';
}

/** What presence does once every journal was replayed. */
export async function openHistory(server: RedisServer, keys: Keys): Promise<string> {
  const replid = await replidOf(server);
  for (const partition of PARTITIONS) {
    await server.cli('HSET', keys.history(partition), 'replid', replid);
  }
  return replid;
}

/** Trusts the one history that it is told of. */
export function trusting(replid: string) {
  const history: TrustedHistory & Pick<History, 'kick'> & { replid: string } = {
    replid,
    isTrusted: (_: string, seen: string) => seen === history.replid,
    whenSettled: async () => false,
    kick: () => undefined,
  };
  return history;
}

export interface Instance {
  readonly jobs: RedisJobs;
  readonly journal: Journal;
  readonly redis: Redis;
  readonly keys: Keys;
  readonly dataDir: string;
  readonly history: ReturnType<typeof trusting>;
  close(): Promise<void>;
}

export interface InstanceOptions {
  readonly prefix?: string;
  readonly dataDir?: string;
  readonly replicas?: number;
  readonly journalClock?: JobsOptions['wallClock'];
  readonly ownersOf?: JobsOptions['ownersOf'];
  readonly maxJobLife?: number;
  /** Puts itself between the jobs and Redis. */
  readonly wrap?: (redis: Redis) => Redis;
}

export const newFolder = (): string => mkdtempSync(join(tmpdir(), 'wharfpass-jobs-'));
export const newPrefix = (): string => `t${randomBytes(6).toString('hex')}`;
const nobody: JobsOptions['ownersOf'] = async () => ({ user: null, project: null });

export async function openInstance(
  server: SingleRedis,
  options: InstanceOptions = {},
): Promise<Instance> {
  const { replicas = 0, maxJobLife = DAY } = options;
  const keys = createKeys(options.prefix ?? newPrefix());
  const dataDir = options.dataDir ?? newFolder();
  const history = trusting(await openHistory(server, keys));
  const address = parseRedisAddress(new Secret(server.url));
  const connection = createRedis({ address, replicas, keys, clock: systemClock, log: silent });
  await connection.ready(10_000);
  const redis = options.wrap?.(connection) ?? connection;
  const clock = options.journalClock ?? systemClock;
  const journal = await openJournal({ dataDir, maxJobLife, clock, log: silent, newId: randomId });
  const jobs = createRedisJobs({
    redis: createVetted(redis, history),
    unvetted: redis,
    keys,
    replicas,
    journal,
    history,
    retention: 7 * DAY,
    ownersOf: options.ownersOf ?? nobody,
    wallClock: systemClock,
    log: silent,
    newId: randomId,
  });
  const close = async (): Promise<void> => {
    await jobs.close();
    await journal.close();
    await redis.close();
    if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
  };
  return { jobs, journal, redis, keys, dataDir, history, close };
}

let made = 0;

/** A running job that ends an hour from now. */
export async function someJob(
  { jobs }: Pick<Instance, 'jobs'>,
  fields: Partial<NewJob> = {},
): Promise<NewJob> {
  const now = Date.now();
  const id = fields.id ?? (await jobs.reserveId());
  return {
    id,
    projectId: 7,
    userId: 12,
    status: 'running',
    name: 'build-image',
    stage: 'test',
    ref: 'feature/some-branch',
    refProtected: true,
    environment: 'production',
    pipelineId: 1234,
    permissions: null,
    runner: { id: 3, executor: 'docker' },
    tokenFormat: 'jwt',
    extended: false,
    tokenHash: hashOf(`${id} ${(made += 1)}`),
    createdAt: now,
    startedAt: now,
    deadline: now + HOUR,
    leaseUntil: now + HOUR,
    leaseSeconds: null,
    startedBy: null,
    ...fields,
  };
}

export async function startJob(instance: Pick<Instance, 'jobs'>, fields: Partial<NewJob> = {}) {
  return instance.jobs.start(await someJob(instance, fields));
}
