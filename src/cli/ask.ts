/** A question to the person at the terminal. */
import { createInterface } from 'node:readline';
import { CommandError, EXIT } from './exit-codes.ts';

/** @returns resolves to the line typed; rejects where Ctrl-C or the end of input comes in its place */
export function askAt(
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
): (question: string) => Promise<string> {
  return (question) =>
    new Promise((resolve, reject) => {
      const lines = createInterface({ input, output });
      const stop = (): void => {
        output.write('\n');
        reject(new CommandError(EXIT.interrupted, 'Interrupted.'));
      };
      lines.once('close', stop);
      lines.question(question, (answer) => {
        lines.off('close', stop);
        lines.close();
        resolve(answer);
      });
    });
}
