/** The built program at a pseudo-terminal, which util-linux `script` makes. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { distDir } from '../support/built.ts';

export interface Session {
  readonly code: number | null;
  /** All that stood on the screen, typed keys and colours included, with plain line ends. */
  readonly screen: string;
}

export interface SessionOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Keys, each typed once its words are on the screen behind those of the one before. */
  readonly typed?: readonly (readonly [words: string, keys: string])[];
  readonly columns?: number;
}

/** Milliseconds after which a session counts as hung. */
export const PATIENCE = 90_000;

/** @param commands for bash, in which `wharfpass` is the built program */
export function atTerminal(commands: string, options: SessionOptions): Promise<Session> {
  const { cwd, env, typed = [], columns = 200 } = options;
  const program = `wharfpass() { '${process.execPath}' '${join(distDir(), 'main.js')}' "$@"; }`;
  const child = spawn(
    'script',
    ['-qefc', `stty cols ${columns}; ${program}; ${commands}`, '/dev/null'],
    {
      cwd,
      env: { PATH: process.env['PATH'], HOME: cwd, SHELL: '/bin/bash', TERM: 'xterm', ...env },
      timeout: PATIENCE,
      killSignal: 'SIGKILL',
    },
  );
  const waiting = [...typed];
  let [screen, read] = ['', 0];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text;
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      const at = screen.indexOf(next[0], read);
      if (at < 0) break;
      read = at + next[0].length;
      child.stdin.write(next[1]);
      waiting.shift();
    }
  });
  child.stdin.on('error', () => undefined);
  return new Promise((resolve) => {
    child.once('close', (code) => resolve({ code, screen: screen.replaceAll('\r\n', '\n') }));
  });
}
