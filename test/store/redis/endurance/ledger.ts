/** What was ended by whom, what of it was acknowledged, and whether anything of it is ever admitted again. */
import type { AppError } from '../../../../src/errors.ts';
import { until } from '../../../support/redis/child.ts';
import {
  isUnavailable,
  startJob,
  type Credential,
  type Instance,
  type Owner,
} from './credentials.ts';

export interface Entry {
  readonly credential: Credential;
  /** The instance that took the end on. */
  readonly by: Instance;
}

export interface Ledger {
  readonly acknowledged: readonly Entry[];
  /** Answered with 503: noted by the instance, and to be applied some time. */
  readonly noted: readonly Entry[];
  /** Names of what was admitted although it must not be. */
  readonly resurrected: readonly string[];
  /** Ends it, and asks the same instance at once. True if acknowledged. Rejects with any fault but `store_unavailable`. */
  end(entry: Entry): Promise<boolean>;
  /** Asks the instance about each, once it answers. */
  expectRefused(instance: Instance, entries: readonly Entry[]): Promise<void>;
  /** The same once; no answer is as good as a refusal. Gives the number of answers. */
  expectNotAdmitted(instance: Instance, entries: readonly Entry[]): Promise<number>;
}

const AT_ONCE = 100;
/** Milliseconds for which an instance may say that it cannot tell; a machine may be busy. */
const PATIENCE = 40_000;

/** At most so many under way at a time; ends early, without a fault, when `goOn` says no. */
export async function each<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<unknown>,
  goOn: () => boolean = () => true,
): Promise<void> {
  const left = items.values();
  const worker = async (): Promise<void> => {
    for (const item of left) {
      if (!goOn()) return;
      await work(item);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

/** Jobs that each instance starts, and another one is to end. */
export async function startJobs(
  instances: readonly Instance[],
  owner: Owner,
  count: number,
): Promise<readonly Entry[]> {
  const lists = instances.map(async (instance, at) => {
    const by = instances[(at + 1) % instances.length] as Instance;
    const entries: Entry[] = [];
    await each(Array.from({ length: count }), 30, async () => {
      entries.push({ credential: await startJob(instance, owner), by });
    });
    return entries;
  });
  return (await Promise.all(lists)).flat();
}

export function createLedger(): Ledger {
  const acknowledged: Entry[] = [];
  const noted: Entry[] = [];
  const resurrected: string[] = [];

  async function ask(instance: Instance, { credential }: Entry): Promise<void> {
    if (await credential.isAdmitted(instance)) resurrected.push(credential.name);
  }

  /** Rejects with the reason where the instance cannot say. */
  async function answers(instance: Instance, entry: Entry): Promise<true> {
    try {
      await ask(instance, entry);
      return true;
    } catch (error) {
      throw isUnavailable(error) ? new Error((error as AppError).detail) : error;
    }
  }

  async function canSay(instance: Instance, entry: Entry): Promise<boolean> {
    try {
      await ask(instance, entry);
      return true;
    } catch (error) {
      if (isUnavailable(error)) return false;
      throw error;
    }
  }

  async function isAcknowledged({ credential, by }: Entry): Promise<boolean> {
    try {
      await credential.end(by);
      return true;
    } catch (error) {
      if (isUnavailable(error)) return false;
      throw error;
    }
  }

  return {
    acknowledged,
    noted,
    resurrected,
    async end(entry) {
      const done = await isAcknowledged(entry);
      (done ? acknowledged : noted).push(entry);
      await canSay(entry.by, entry);
      return done;
    },
    expectRefused: (instance, entries) =>
      each(entries, AT_ONCE, (entry) =>
        until(
          `an answer about ${entry.credential.name}`,
          () => answers(instance, entry),
          PATIENCE,
          100,
        ),
      ),
    async expectNotAdmitted(instance, entries) {
      let said = 0;
      await each(entries, AT_ONCE, async (entry) => {
        if (await canSay(instance, entry)) said += 1;
      });
      return said;
    },
  };
}
