#!/usr/bin/env node
/** The edge of the process: command line, streams and exit code. */
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

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  cwd: process.cwd(),
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
  isTerminal: process.stderr.isTTY,
  readSecret: (prompt) =>
    readSecret(process.stdin, prompt, (text) => void process.stderr.write(text)),
  clock: systemClock,
});
setTimeout(() => process.exit(), LINGER).unref();
