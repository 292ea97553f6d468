#!/usr/bin/env node
/** The edge of the process: command line, streams and exit code. */
import { once } from 'node:events';
import { askAt } from './cli/ask.ts';
import { readInput } from './cli/read-input.ts';
import { readSecret } from './cli/read-secret.ts';
import { run } from './cli/run.ts';
import { systemClock } from './clock.ts';

/** Milliseconds that a handle which somebody forgot may hold up the end of the process. */
const LINGER = 1_000;

// Whoever reads our output may stop reading (`| head`), which is no error of ours.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    if (stream === process.stdout) process.exit(0);
  });
}

const { stdin, stdout, stderr } = process;
process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  cwd: process.cwd(),
  stdout: (text) => void stdout.write(text),
  stderr: (text) => void stderr.write(text),
  isTerminal: stderr.isTTY,
  // A terminal may not know its size, and says 0.
  columns: stdout.isTTY ? stdout.columns || 80 : undefined,
  ask: stdin.isTTY && stderr.isTTY ? askAt(stdin, stderr) : undefined,
  readInput: (limit) => readInput(stdin, limit),
  input: () => stdin,
  written: () =>
    stdout.writableNeedDrain ? once(stdout, 'drain').then(() => undefined) : Promise.resolve(),
  readSecret: (prompt) => readSecret(stdin, prompt, (text) => void stderr.write(text)),
  clock: systemClock,
});
setTimeout(() => process.exit(), LINGER).unref();
