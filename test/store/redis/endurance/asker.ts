import { sleep } from '../../../support/redis/child.ts';
import { isUnavailable, type Credential, type Instance } from './credentials.ts';

export interface Asked {
  /** When the last admission was asked for, in ms of `performance.now()`; -Infinity for none. */
  readonly last: number;
  readonly admitted: number;
  /** Refusals, and answers that the instance cannot say. */
  readonly others: number;
}

const EVERY = 10;

/** Asks every 10 ms whether the credential is admitted, whether the last answer has come or not. */
export function askOften(instance: Instance, credential: Credential) {
  const state = { stopped: false };
  let last = -Infinity;
  let admitted = 0;
  let others = 0;
  const asked: Promise<void>[] = [];

  async function ask(): Promise<void> {
    const at = performance.now();
    const good = await credential.isAdmitted(instance).catch((error: unknown) => {
      if (isUnavailable(error)) return false;
      throw error;
    });
    if (!good) {
      others += 1;
      return;
    }
    admitted += 1;
    last = Math.max(last, at);
  }
  async function loop(): Promise<void> {
    while (!state.stopped) {
      asked.push(ask());
      await sleep(EVERY);
    }
    await Promise.all(asked);
  }
  const done = loop();
  return {
    async stop(): Promise<Asked> {
      state.stopped = true;
      await done;
      return { last, admitted, others };
    },
  };
}
