/** Commands run in this process, with their words caught. */
import { Secret } from '../../src/credential/secret.ts';
import type { Io } from '../../src/cli/context.ts';
import { run } from '../../src/cli/run.ts';
import { systemClock } from '../../src/clock.ts';

export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface HarnessOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** What stands on standard input. */
  readonly secret?: string;
  readonly input?: string;
  /** What the person at the terminal answers; undefined: there is nobody. */
  readonly answer?: (question: string) => Promise<string>;
}

export async function wharfpass(
  args: readonly string[],
  { env = {}, cwd = '/nowhere', secret = '', input = '', answer }: HarnessOptions = {},
): Promise<Outcome> {
  let stdout = '';
  let stderr = '';
  const io: Io = {
    env,
    cwd,
    stdout: (text) => void (stdout += text),
    stderr: (text) => void (stderr += text),
    readSecret: () => Promise.resolve(new Secret(secret)),
    readInput: () => Promise.resolve(input),
    ask: answer,
    clock: systemClock,
  };
  const exitCode = await run(args, io);
  return { exitCode, stdout, stderr };
}
