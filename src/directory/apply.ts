/** Makes the directory say what the file says: all of it, or nothing where anything is wrong. */
import { readFile } from 'node:fs/promises';
import type { Clock } from '../clock.ts';
import type { Logger } from '../log.ts';
import { ConfigurationError, type Problem } from '../settings/problem.ts';
import type { DirectoryChange, DirectorySnapshot } from '../store/directory-change.ts';
import type { Directory } from '../store/ports.ts';
import { contradictions } from './contradictions.ts';
import { parseDirectory } from './parse.ts';
import { planDirectory } from './plan.ts';
import { printPlan } from './print.ts';

export interface DirectoryPlan {
  /** In the order in which they are made; empty where there is nothing to do. */
  readonly changes: readonly DirectoryChange[];
  /** The changes in words, one a line; '' where there is nothing to do. */
  readonly text: string;
  /** What the directory said before, of what the file manages. */
  readonly before: DirectorySnapshot;
}

export interface ApplyOptions {
  readonly directory: Directory;
  readonly path: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * What applying the file would change; nothing is written.
 *
 * @throws ConfigurationError with every problem of the file, AppError `store_unavailable`
 */
export async function planDirectoryFile(
  options: Pick<ApplyOptions, 'directory' | 'path'>,
): Promise<DirectoryPlan> {
  const file = parseDirectory(await readDirectoryFile(options.path), options.path);
  const current = await options.directory.fileManaged();
  const changes = planDirectory(current, file.snapshot);
  const problems = await contradictions(file, changes, options.directory);
  if (problems.length > 0) throw new ConfigurationError(problems);
  return { changes, text: printPlan(changes, current), before: current };
}

/**
 * Applies the file. Where it is wrong in any way, or the store refuses one change, the directory stays as it is.
 *
 * @throws ConfigurationError with every problem of the file; AppError from the store
 */
export async function applyDirectoryFile(options: ApplyOptions): Promise<DirectoryPlan> {
  const { directory, path, clock, log } = options;
  const plan = await planDirectoryFile({ directory, path });
  if (plan.changes.length > 0) await directory.apply(plan.changes, clock.now());
  log.info({ file: path, changes: plan.changes.length }, 'directory file applied');
  for (const line of plan.text === '' ? [] : plan.text.split('\n')) {
    log.info({ change: line }, 'directory changed');
  }
  return plan;
}

async function readDirectoryFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
    const problem: Problem = {
      where: path,
      key: '',
      text: `the directory file cannot be read (${code}); see directory.file in the settings`,
    };
    throw new ConfigurationError([problem]);
  }
}
