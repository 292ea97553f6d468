/** Runs the model checker: spin makes a C program of the model, gcc compiles it, and that tries every order of events. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../support/built.ts';

const MODEL = join(root, 'model', 'finished-jobs.pml');

/** Names of `-D` options in the model → values. */
export type Sizes = Readonly<Record<string, number>>;

export interface Verdict {
  /** Every state that can be reached was looked at, each of them kept whole. */
  readonly complete: boolean;
  /** An assertion of the model failed. */
  readonly violated: boolean;
  readonly errors: number;
  readonly states: number;
  /** All that the checker said, for the message of a test that fails. */
  readonly output: string;
}

const run = promisify(execFile);

/** What pan says when it did not look at everything, or not exactly. */
const GAPS = [
  'max search depth too small',
  'Search not completed',
  'out of memory',
  'memory limit',
  'MEMLIM',
  'hash compact',
  'Bit statespace',
  'interrupted',
];

function numberBefore(output: string, unit: RegExp): number {
  const [, digits = 'NaN'] = unit.exec(output) ?? [];
  return Number(digits);
}

function verdictOf(output: string): Verdict {
  const errors = numberBefore(output, /errors: (\d+)/);
  const states = numberBefore(output, /([\d.e+]+) states, stored/);
  const full = output.includes('Full statespace search for:');
  const complete = full && states > 0 && !GAPS.some((gap) => output.includes(gap));
  return { complete, violated: output.includes('assertion violated'), errors, states, output };
}

export interface CheckOptions {
  /** For gcc. Large searches want -O1; small ones end before the optimiser does. */
  readonly optimise?: '-O0' | '-O1';
  /** Ends compiler and search after so many milliseconds each. */
  readonly timeout?: number;
}

/** @throws Error with the tool's output if spin, gcc or the search itself fails */
export async function check(
  sizes: Sizes,
  rulesTakenOut: readonly string[] = [],
  { optimise = '-O0', timeout = 240_000 }: CheckOptions = {},
): Promise<Verdict> {
  const defines = [
    ...Object.entries(sizes).map(([name, value]) => `-D${name}=${value}`),
    ...rulesTakenOut.map((rule) => `-D${rule}`),
  ];
  const cwd = await mkdtemp(join(tmpdir(), 'wharfpass-model-'));
  const options = { cwd, timeout, maxBuffer: 16 * 1024 * 1024 };
  try {
    const { stdout: complaints } = await run('spin', [...defines, '-a', MODEL], options);
    if (complaints.includes('Error')) throw new Error(complaints);
    const flags = [optimise, '-DSAFETY', '-DNOFAIR', '-DMEMLIM=16000', '-o', 'pan', 'pan.c'];
    await run('gcc', flags, options);
    const { stdout } = await run('./pan', ['-m100000', '-w22'], options);
    return verdictOf(stdout);
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}
