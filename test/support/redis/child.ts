/** Processes of a test that never outlive it: ended after the suite, and by the kernel when the test run itself dies. */
import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { accessSync, constants } from 'node:fs';

/** Ends a program when the thread that started it is gone, however it went (util-linux, PR_SET_PDEATHSIG). */
const leash = ['setpriv', '--pdeathsig', 'KILL'];

const leashed = ['/usr/bin', '/bin'].some((folder) => {
  try {
    accessSync(`${folder}/setpriv`, constants.X_OK);
    return true;
  } catch {
    return false;
  }
});

const closers = new Set<() => unknown>();

/** Runs it after the suite, the latest first. Returns a function that forgets it. */
export function atEnd(close: () => unknown): () => void {
  closers.add(close);
  return () => closers.delete(close);
}

export async function closeAll(): Promise<void> {
  const all = [...closers].toReversed();
  closers.clear();
  for (const close of all) await close();
}

// Hooks cannot be added while tests run, so this file adds its own when it is loaded. A plain script has no such hook.
const { afterAll } = globalThis as { afterAll?: (hook: () => Promise<void>, ms: number) => void };
afterAll?.(closeAll, 30_000);
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

const children = new Set<ChildProcess>();

/** `spawn`, with a child that dies with this process at the latest. */
export function spawnBound(
  program: string,
  args: readonly string[],
  options: SpawnOptions,
): ChildProcess {
  const [first = program, ...rest] = leashed ? [...leash, program, ...args] : [program, ...args];
  const child = spawn(first, rest, options);
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

/** Starts a program where it shall live. */
export type Spawn = typeof spawnBound;

export const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));

/** Asks until the answer is true; a rejection counts as no. @throws Error naming `what` after `patience` ms */
export async function until(
  what: string,
  ask: () => Promise<boolean> | boolean,
  patience = 15_000,
  every = 10,
): Promise<void> {
  const end = performance.now() + patience;
  let last: unknown = 'no';
  for (;;) {
    try {
      if (await ask()) return;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end) {
      throw new Error(`${what}: not within ${patience} ms (last: ${String(last)})`);
    }
    await sleep(every);
  }
}
