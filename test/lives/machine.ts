/** The process that lives are lived in: it is killed and comes back over the same folder, as the same machine would. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Settings } from '../../src/settings/schema.ts';
import { distDir } from '../support/built.ts';

interface Message extends Readonly<Record<string, unknown>> {
  readonly kind: string;
  readonly now: number;
}

export interface Machine {
  /** Rejects where the process fails or dies. */
  ask<T>(message: Message): Promise<T>;
  /** `kill -9`, and another process over what the first one left. */
  killAndRestart(now: number): Promise<void>;
  end(): Promise<void>;
}

const CHILD = join(import.meta.dirname, 'child.mjs');

/** One exchange at a time. */
async function exchange<T>(child: ChildProcess, message: object): Promise<T> {
  const over = new AbortController();
  const { signal } = over;
  const died = once(child, 'exit', { signal }).then(([code, killedBy]) => {
    throw new Error(`the process of the lives ended (${String(code ?? killedBy)})`);
  });
  died.catch(() => undefined);
  child.send(message);
  try {
    const answered = once(child, 'message', { signal });
    const [answer] = (await Promise.race([answered, died])) as [{ fault?: string }];
    if (answer.fault !== undefined) throw new Error(answer.fault);
    return answer as T;
  } finally {
    over.abort();
  }
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

/** A process that has read the program and waits for a folder. */
function spare(): { readonly child: ChildProcess; readonly ready: Promise<unknown> } {
  const env = { ...process.env, NODE_OPTIONS: '' };
  const child = fork(CHILD, [], {
    env,
    execArgv: ['--max-semi-space-size=64'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ready = exchange(child, { kind: 'load', now: 0, dist: distDir() });
  ready.catch(() => undefined);
  return { child, ready };
}

export async function startMachine(settings: Settings, now: number): Promise<Machine> {
  let next = spare();
  let child = next.child;

  async function open(at: number): Promise<void> {
    await next.ready;
    child = next.child;
    next = spare();
    await exchange(child, { kind: 'open', now: at, settings });
  }

  await open(now);
  return {
    ask: (message) => exchange(child, message),
    killAndRestart: async (at) => {
      await kill(child);
      await open(at);
    },
    end: async () => {
      await Promise.all([kill(child), kill(next.child)]);
    },
  };
}
