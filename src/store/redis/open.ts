/** The store on Redis: connection, checks, journal, history, replica, jobs. */
import { observeCalls } from '../embedded/observe-calls.ts';
import type { Store } from '../ports.ts';
import { build, openData } from './assemble.ts';
import { connect, patiently } from './connect.ts';
import { whenSettled } from './journal/settled.ts';
import type { RedisStoreOptions } from './options.ts';
import { createServing } from './serving.ts';
import { createRedisTransfer } from './transfer.ts';
import { createUndo, type Undo } from './undo.ts';

async function openParts(options: RedisStoreOptions, undo: Undo): Promise<Store> {
  const connected = await connect(options, undo);
  const data = await openData(options, connected, undo);
  const { replica, journal } = data;
  const { history, jobs, tokens } = build(options, connected, data);
  undo.add(() => history.close());
  undo.add(() => history.leave());
  undo.add(() => tokens.close());
  undo.add(() => jobs.close());
  await history.join();
  await journal.bindStore(await patiently(options, () => replica.start()));
  const { deployTokens, personalAccessTokens, convertedTokens, refreshTokens } = tokens;
  const { directory, jobTokenUses, bulk } = replica;
  const stored = { deployTokens, personalAccessTokens, convertedTokens, refreshTokens };
  const ports = { directory, jobs, ...stored, jobTokenUses, bulk };
  const { staleCredentials, staleAnonymous } = options;
  let closing: Promise<void> | undefined;
  return {
    kind: 'redis',
    instance: journal.instanceId,
    ...observeCalls(ports, options.onCall),
    transfer: createRedisTransfer(replica, jobs),
    ping: () => replica.ping(),
    settled: () => whenSettled(journal),
    ...createServing({
      redis: connected.redis,
      history,
      replica,
      journal,
      staleCredentials,
      staleAnonymous,
    }),
    close: () => (closing ??= undo.run()),
  };
}

/** Opens the store on Redis. Rejects with an AppError whose message says what to do, and leaves nothing open. */
export async function openRedisStore(options: RedisStoreOptions): Promise<Store> {
  const undo = createUndo();
  try {
    return await openParts(options, undo);
  } catch (error) {
    await undo.run().catch(() => undefined);
    throw error;
  }
}
