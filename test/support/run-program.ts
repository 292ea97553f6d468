import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly input?: string;
  /** Milliseconds after which it counts as hung and is killed. */
  readonly patience?: number;
}

/** Another wharfpass may run on this machine, and the metrics have a port of their own. */
const FREE_PORT = { WHARFPASS_METRICS__LISTEN: '127.0.0.1:0' };

/** The environment that a program needs to run at all, and nothing of the test run's own. */
export function plainEnvironment(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env;
  return { PATH, HOME, ...(TMPDIR !== undefined && { TMPDIR }), ...FREE_PORT, ...extra };
}

/** Milliseconds after which a program counts as hung. */
const PATIENCE = 15_000;

export async function runProgram(
  program: string,
  args: readonly string[],
  { env, cwd, input = '', patience = PATIENCE }: RunOptions,
): Promise<Outcome> {
  const child = spawn(program, args, { env, cwd, timeout: patience, killSignal: 'SIGKILL' });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  // A program that ends before it has read its input is no fault of the test.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

/** A port that was free a moment ago, for programs that cannot choose one themselves. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

export interface Service {
  /** All that the program has written to either stream. */
  output(): string;
  readonly child: ChildProcess;
  /** Ends it with the signal and resolves to its exit code, null where the signal itself ended it. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

interface ServiceOptions extends Omit<RunOptions, 'input' | 'patience'> {
  /** Asked again and again until it is true. */
  readonly ready: () => Promise<boolean>;
  /** Milliseconds in which it gets ready. */
  readonly patience?: number;
}

/** Starts a server and resolves once it is ready; rejects with all that it said if it ends or hangs before. */
export async function startService(
  program: string,
  args: readonly string[],
  { env, cwd, ready, patience = PATIENCE }: ServiceOptions,
): Promise<Service> {
  const child = spawn(program, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  }
  const ended = new Promise<number | null>((resolve) => {
    child.once('error', (error) => {
      said += String(error);
      resolve(null);
    });
    child.once('exit', resolve);
  });
  let running = true;
  void ended.then(() => (running = false));
  const until = Date.now() + patience;
  while (!(await ready().catch(() => false))) {
    if (!running || Date.now() > until) {
      child.kill('SIGKILL');
      throw new Error(`${program} ${args.join(' ')} did not get ready:\n${said}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    output: () => said,
    child,
    async stop(signal = 'SIGTERM') {
      if (running) child.kill(signal);
      return ended;
    },
  };
}

/** True once the URL answers with the status. */
export const answers = (url: string, status: number) => async (): Promise<boolean> => {
  const response = await fetch(url, { signal: AbortSignal.timeout(1000) });
  await response.arrayBuffer();
  return response.status === status;
};
