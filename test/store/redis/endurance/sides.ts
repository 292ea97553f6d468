/** Two instances of one store on either side of a partition. */
import type { Store } from '../../../../src/store/ports.ts';
import type { SentinelRedis } from '../../../support/redis/sentinel.ts';
import { newFolder, newPrefix, openStoreOn } from '../support.ts';
import { startChildInstance, type ChildInstance } from './child.ts';
import { createOwner, startJob, type Credential, type Owner } from './credentials.ts';

/** An instance with everybody else, and one on the host `client` that is cut off with the primary. */
export interface Sides {
  readonly near: Store;
  readonly stale: ChildInstance;
  readonly owner: Owner;
  /** Never ended. */
  readonly control: Credential;
  close(): Promise<void>;
}

export async function openSides(redis: SentinelRedis, passOver: number): Promise<Sides> {
  const shared = { prefix: newPrefix(), passOver };
  const near = await openStoreOn(redis.url, { ...shared, dataDir: newFolder(), patience: 10_000 });
  const { spawn } = redis.network.host('client');
  const folder = { dataDir: newFolder(), spawn };
  const stale = await startChildInstance({ ...shared, ...folder, url: redis.url });
  const owner = await createOwner(near);
  const control = await startJob(near, owner);
  const close = async (): Promise<void> => {
    await stale.kill();
    await near.close();
  };
  return { near, stale, owner, control, close };
}
