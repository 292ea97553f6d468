import type { Io } from './context.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { createProgram } from './program.ts';
import { reportError } from './report-error.ts';

/**
 * Runs one command to its end and never rejects.
 *
 * @param args the command line without program and script
 * @returns what the process ends with
 */
export async function run(args: readonly string[], io: Io): Promise<ExitCode> {
  try {
    const program = await createProgram(args, io);
    await program.parseAsync(args, { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    const { text, exitCode } = reportError(error);
    if (text !== '') io.stderr(`${text}\n`);
    return exitCode;
  }
}
