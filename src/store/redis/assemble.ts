/** Builds the parts of the store over a connection, and hands each what it needs of the others. */
import type { Connected } from './connect.ts';
import { createHistory } from './history/history.ts';
import { createRedisJobs } from './jobs/jobs.ts';
import { openJournal } from './journal/journal.ts';
import { randomId } from './journal/random-id.ts';
import { guardTokens } from './journal/revocations.ts';
import type { RedisStoreOptions } from './options.ts';
import { openReplica } from './replica/open.ts';
import type { OnRemoved } from './replica/removals.ts';
import type { Undo } from './undo.ts';
import { createVetted } from './vetted.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

type Vetted = ReturnType<typeof createVetted>;

export async function openData(options: RedisStoreOptions, connected: Connected, undo: Undo) {
  const { dataDir, clock, log, fingerprint, maxJobLife, staleCredentials, staleAnonymous } =
    options;
  const { redis, replicas, keys, wallClock } = connected;
  const newId = randomId;
  const journal = await openJournal({ dataDir, maxJobLife, clock: wallClock, log, newId });
  undo.add(() => journal.close());
  // History needs the replica, and the replica the history's word on each answer: nobody asks before both are there.
  const later: { vetted?: Vetted; removed?: OnRemoved; reloaded?: () => void } = {};
  const vetted = (): Vetted => later.vetted ?? redis;
  const replica = await openReplica({
    dataDir,
    redis,
    keys,
    clock,
    log,
    fingerprint,
    replicas,
    newId,
    staleCredentials,
    staleAnonymous,
    journalStore: journal.storeId(),
    vetted: {
      run: (call) => vetted().run(call),
      runDurably: (call) => vetted().runDurably(call),
    },
    onRemoved: async (removed) => later.removed?.(removed),
    onReloaded: () => later.reloaded?.(),
  });
  undo.add(() => replica.close());
  return { journal, replica, later };
}

export type Data = Awaited<ReturnType<typeof openData>>;

/** History has the journal replayed by jobs and tokens, and these acknowledge only what history vouches for. */
export function build(
  options: RedisStoreOptions,
  { redis, keys, replicas, wallClock }: Connected,
  { journal, replica, later }: Data,
) {
  const { log, jobRetention, maxJobLife, patience, passOver, settle } = options;
  const history = createHistory({
    redis,
    keys,
    replicas,
    log,
    clock: wallClock,
    instanceId: journal.instanceId,
    ...(patience !== undefined && { patience }),
    ...(passOver !== undefined && { passOver }),
    ...(settle !== undefined && { settle }),
    forget: Math.max(DAY, maxJobLife + HOUR),
    replay: {
      jobs: (partition, replid) => jobs.replay(partition, replid),
      directory: async (replid) => {
        await replica.repair(replid);
        await tokens.replay(replica.duringRepair);
      },
    },
  });
  const vetted = createVetted(redis, history);
  const jobs = createRedisJobs({
    redis: vetted,
    unvetted: redis,
    keys,
    replicas,
    journal,
    history,
    wallClock,
    log,
    retention: jobRetention,
    ownersOf: replica.ownersOf,
    newId: randomId,
  });
  const tokens = guardTokens(replica, journal, log);
  later.vetted = vetted;
  later.removed = (removed) => jobs.endJobsOf(removed, options.clock.now());
  later.reloaded = () => tokens.replayLater();
  return { history, jobs, tokens };
}
