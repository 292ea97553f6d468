/** Single questions to one server, for what is not a script. */
import type { Line } from './line.ts';

/** Rejects with the server's error, or where no answer came within 250 ms. */
export function ask(line: Line, name: string, ...args: readonly string[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    line.send(name, args, { answered: resolve, failed: reject });
  });
}
