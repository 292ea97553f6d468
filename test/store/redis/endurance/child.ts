/** Instances in processes of their own, which can be killed and live on a host that is cut off. */
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { AppError } from '../../../../src/errors.ts';
import { distDir } from '../../../support/built.ts';
import { spawnBound, type Spawn } from '../../../support/redis/child.ts';
import { plainEnvironment } from '../../../support/run-program.ts';
import type { Instance } from './credentials.ts';

export interface ChildInstance extends Instance {
  /** SIGKILL. */
  kill(): Promise<void>;
}

export interface ChildOptions {
  readonly url: string;
  readonly prefix: string;
  readonly dataDir: string;
  readonly passOver?: number;
  readonly patience?: number;
  readonly spawn?: Spawn;
}

interface Answer {
  readonly n?: number;
  readonly value?: unknown;
  readonly code?: AppError['code'];
  readonly message?: string;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

const PROGRAM = join(import.meta.dirname, 'instance-child.mjs');
const HOUR = 3_600_000;
const GONE = 'the instance was killed';

/** Whether a call has no answer because the instance was killed meanwhile. */
export const isGone = (error: unknown): boolean =>
  error instanceof AppError && error.message === GONE;

const defaults = {
  unsafe: false,
  fingerprint: 'the same keys',
  staleCredentials: 0,
  staleAnonymous: 60_000,
  jobRetention: HOUR,
  maxJobLife: HOUR,
  patience: 10_000,
};

/** Resolves once the store is open. */
export async function startChildInstance(options: ChildOptions): Promise<ChildInstance> {
  const { spawn = spawnBound, ...rest } = options;
  const args = [PROGRAM, distDir(), JSON.stringify({ ...defaults, ...rest })];
  const child = spawn(process.execPath, args, {
    env: plainEnvironment(),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error('no pipes to the instance');
  const waiting = new Map<number, Waiting>();
  const gone = once(child, 'exit');
  let calls = 0;

  const answered = ({ n = 0, value, code, message = '' }: Answer): void => {
    const one = waiting.get(n);
    waiting.delete(n);
    if (code === undefined) one?.resolve(value);
    else one?.reject(new AppError(code, message));
  };
  const open = new Promise<unknown>((resolve, reject) => waiting.set(0, { resolve, reject }));
  createInterface({ input: stdout }).on('line', (line) => answered(JSON.parse(line) as Answer));
  stdin.on('error', () => undefined);
  child.once('exit', () => {
    for (const n of waiting.keys()) answered({ n, code: 'internal', message: GONE });
  });

  function call(port: string | null, verb: string, list: readonly unknown[]): Promise<unknown> {
    const n = (calls += 1);
    return new Promise((resolve, reject) => {
      if (child.exitCode !== null || child.signalCode !== null)
        reject(new AppError('internal', GONE));
      waiting.set(n, { resolve, reject });
      stdin?.write(`${JSON.stringify({ n, port, verb, args: list })}\n`);
    });
  }
  const portOf = (port: string) =>
    new Proxy(
      {},
      {
        get:
          (_, verb) =>
          (...list: unknown[]) =>
            call(port, String(verb), list),
      },
    );

  async function kill(): Promise<void> {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await gone;
  }
  await open;
  return {
    directory: portOf('directory') as Instance['directory'],
    jobs: portOf('jobs') as Instance['jobs'],
    deployTokens: portOf('deployTokens') as Instance['deployTokens'],
    personalAccessTokens: portOf('personalAccessTokens') as Instance['personalAccessTokens'],
    serving: () => call(null, 'serving', []) as ReturnType<Instance['serving']>,
    async close() {
      await call(null, 'close', []);
      await kill();
    },
    kill,
  };
}
