/** What waits for the disk: one write at a time, each with all that came meanwhile, and never more than fits. */

interface Waiting {
  readonly bytes: Buffer;
  readonly count: number;
  readonly done: (written: boolean) => void;
}

export interface QueueOptions {
  /** Resolves to false for what could not be written. Must not reject. */
  readonly write: (bytes: Buffer, count: number) => Promise<boolean>;
  /** Told of what found no room. */
  readonly full: (count: number) => void;
}

/** Bytes of one write at most, where its pieces are no larger. */
const ONE_WRITE = 1_048_576;
/** Bytes that wait at most. */
const ROOM = 16 * ONE_WRITE;

export function createQueue({ write, full }: QueueOptions) {
  let waiting: Waiting[] = [];
  let size = 0;
  let running: Promise<void> | null = null;

  function take() {
    let [pieces, bytes, count] = [0, 0, 0];
    for (const piece of waiting) {
      if (pieces > 0 && bytes + piece.bytes.length > ONE_WRITE) break;
      pieces++;
      bytes += piece.bytes.length;
      count += piece.count;
    }
    const taken = waiting.slice(0, pieces);
    waiting = waiting.slice(pieces);
    size -= bytes;
    const [only] = taken;
    const together =
      only !== undefined && pieces === 1 ? only.bytes : Buffer.concat(taken.map((p) => p.bytes));
    return { bytes: together, count, taken };
  }

  async function run(): Promise<void> {
    while (waiting.length > 0) {
      const { bytes, count, taken: written } = take();
      const kept = await write(bytes, count);
      for (const { done } of written) done(kept);
    }
    running = null;
  }

  return {
    /** Resolves once the lines are written, or to false once they are given up. */
    push(lines: string, count: number): Promise<boolean> {
      const bytes = Buffer.from(lines);
      if (size + bytes.length > ROOM) {
        full(count);
        return Promise.resolve(false);
      }
      return new Promise((done) => {
        waiting.push({ bytes, count, done });
        size += bytes.length;
        running ??= run();
      });
    },
    async settled(): Promise<void> {
      await running;
    },
  };
}
