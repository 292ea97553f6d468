import type { Logger } from '../../../log.ts';
import type { Writer } from '../../embedded/writer.ts';

/** Milliseconds for which small changes are gathered. */
const GATHER = 500;
/** Changes of one transaction. */
const MANY = 1_000;

export interface Gathered {
  /** Runs `change` within a while, together with others. It may be lost: for what can be learned again. */
  add(change: () => void): void;
  flush(): Promise<void>;
}

export function createGathered(writer: Writer, log: Logger): Gathered {
  let waiting: (() => void)[] = [];
  let timer: NodeJS.Timeout | undefined;

  async function write(changes: readonly (() => void)[]): Promise<void> {
    try {
      await writer.write(() => changes.forEach((change) => change()));
    } catch (error) {
      log.warn(
        { err: error },
        'the journal could not note what is settled: it will be asked again',
      );
    }
  }

  async function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const batch = waiting;
    waiting = [];
    for (let first = 0; first < batch.length; first += MANY) {
      await write(batch.slice(first, first + MANY));
    }
  }

  return {
    add: (change) => {
      waiting.push(change);
      timer ??= setTimeout(() => void flush(), GATHER).unref();
    },
    flush,
  };
}
