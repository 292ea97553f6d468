/** A secret from the person at the terminal, without an echo, or from the program in front of a pipe. */
import type { ReadStream } from 'node:tty';
import { Secret } from '../credential/secret.ts';
import { CommandError, EXIT } from './exit-codes.ts';

type Input = NodeJS.ReadStream | ReadStream;

const ENTER = new Set(['\r', '\n', '\u0004']);
const INTERRUPT = '\u0003';
const ERASE = new Set(['\b', '\u007f']);
/** Characters; more is no password but a file by mistake. */
const LONGEST = 4096;

export async function readSecret(
  input: Input,
  prompt: string,
  write: (text: string) => void,
): Promise<Secret> {
  const text = input.isTTY ? await type(input, prompt, write) : await firstLine(input);
  if (text === '') throw new CommandError(EXIT.usage, 'There was no secret on standard input.');
  return new Secret(text);
}

async function firstLine(input: Input): Promise<string> {
  let text = '';
  for await (const chunk of input.setEncoding('utf8')) {
    text += String(chunk);
    if (text.includes('\n') || text.length > LONGEST) break;
  }
  const [line = ''] = text.split(/\r?\n/, 1);
  if (line.length > LONGEST) throw new CommandError(EXIT.usage, 'The secret is too long.');
  return line;
}

function type(input: Input, prompt: string, write: (text: string) => void): Promise<string> {
  write(prompt);
  input.setRawMode(true);
  input.setEncoding('utf8').resume();
  return new Promise((resolve, reject) => {
    let typed: string[] = [];
    const finish = (settle: () => void): void => {
      input.off('data', take);
      input.setRawMode(false);
      input.pause();
      write('\n');
      settle();
    };
    const take = (chunk: Buffer | string): void => {
      for (const key of chunk.toString()) {
        if (ENTER.has(key)) return finish(() => resolve(typed.join('')));
        if (key === INTERRUPT) {
          return finish(() => reject(new CommandError(EXIT.interrupted, 'Interrupted.')));
        }
        typed = ERASE.has(key) ? typed.slice(0, -1) : [...typed, key];
      }
    };
    input.on('data', take);
  });
}
