import { setImmediate } from 'node:timers/promises';
import { plainEnvironment } from '../run-program.ts';
import { spawnBound, type Spawn } from './child.ts';

export interface Namespace {
  /** Of the process that keeps it. */
  readonly pid: number;
  /** Commands of ip(8), one a line; resolves when they have taken effect. @throws Error with what ip said */
  ip(...lines: string[]): Promise<void>;
  readonly spawn: Spawn;
  /** Its interfaces go with it, once the last of its programs has ended. */
  close(): void;
}

/**
 * A network namespace without a name, kept by one `ip -batch` that waits for commands: about a millisecond each, and
 * nothing is left behind if this process dies. With `own: false` the one that this process lives in.
 */
export function openNamespace({ own = true } = {}): Namespace {
  const ip = ['ip', '-oneline', '-force', '-batch', '-'];
  const [program = '', ...args] = own ? ['unshare', '--net', ...ip] : ip;
  const keeper = spawnBound(program, args, { env: plainEnvironment(), stdio: 'pipe' });
  const { stdin, stdout, stderr } = keeper;
  if (stdin === null || stdout === null || stderr === null) throw new Error('no pipes to ip');

  let waiting: { resolve: () => void; reject: (error: Error) => void } | undefined;
  let fault = '';
  let last: Promise<unknown> = Promise.resolve();
  const settle = async (): Promise<void> => {
    // What it said to stderr before may be read after.
    await setImmediate();
    const said = fault;
    fault = '';
    if (said === '') waiting?.resolve();
    else waiting?.reject(new Error(said.trim()));
  };
  stderr.setEncoding('utf8').on('data', (text: string) => (fault += text));
  // Each batch ends with a command whose output says that all before it is done.
  stdout.setEncoding('utf8').on('data', (text: string) => {
    if (text.includes('\n')) void settle();
  });
  stdin.on('error', () => undefined);
  const ended = (error: unknown): void =>
    waiting?.reject(new Error(`ip has ended: ${String(error)} ${fault}`));
  keeper.once('error', ended).once('close', ended);

  async function run(lines: readonly string[]): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      waiting = { resolve, reject };
      if (keeper.exitCode !== null) ended(keeper.exitCode);
      stdin?.write([...lines, 'link show lo', ''].join('\n'));
    });
  }
  const pid = keeper.pid ?? 0;
  return {
    pid,
    async ip(...lines) {
      const before = last;
      const mine = before.then(() => run(lines));
      last = mine.catch(() => undefined);
      await mine;
    },
    spawn: own
      ? (name, list, options) =>
          spawnBound('nsenter', ['--target', String(pid), '--net', name, ...list], options)
      : spawnBound,
    close: () => void keeper.kill('SIGKILL'),
  };
}
