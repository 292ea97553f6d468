import type { Logger } from '../../../log.ts';

export interface Background {
  /** Runs the work, once more if it is running already. */
  run(): void;
  stop(): void;
}

export function createBackground(work: () => Promise<void>, log: Logger): Background {
  let state: 'idle' | 'running' | 'again' | 'stopped' = 'idle';

  async function loop(): Promise<void> {
    do {
      state = 'running';
      // Redis being away is the connection's to report.
      await work().catch((error: unknown) => log.debug({ err: error }, 'a sync failed'));
    } while ((state as string) === 'again');
    if ((state as string) === 'running') state = 'idle';
  }

  return {
    run: () => {
      if (state === 'idle') void loop();
      else if (state === 'running') state = 'again';
    },
    stop: () => (state = 'stopped'),
  };
}
