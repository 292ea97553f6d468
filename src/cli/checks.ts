/** What `wharfpass check` looks at, one function a subject. */
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import { parseDirectory } from '../directory/parse.ts';
import { AppError } from '../errors.ts';
import { ConfigurationError, printProblem } from '../settings/problem.ts';
import type { Settings } from '../settings/schema.ts';
import { longestLife } from '../settings/longest-life.ts';

export interface Finding {
  readonly state: 'good' | 'bad' | 'note';
  readonly text: string;
  /** The command that mends it; of several any one. */
  readonly mend?: string | readonly string[];
}

export const good = (text: string): Finding => ({ state: 'good', text });
const bad = (text: string, mend?: string): Finding => ({
  state: 'bad',
  text,
  ...(mend !== undefined && { mend }),
});

export async function checkKeys(settings: Settings, clock: Clock): Promise<Finding[]> {
  const { keys_dir: folder } = settings;
  const { keyFolderProblems } = await import('../signing/key-folder.ts');
  if (!existsSync(join(folder, 'ca.key'))) {
    return [good(`keys      none in ${folder} yet; the first start makes them`)];
  }
  const problems = await keyFolderProblems(folder);
  if (problems.length > 0) {
    return problems.map(({ path, problem, mend }) => bad(`keys      ${path} ${problem}`, mend));
  }
  try {
    return await keyStates(settings, clock);
  } catch (error) {
    if (error instanceof AppError) return [bad(`keys      ${error.message}`)];
    throw error;
  }
}

async function keyStates(settings: Settings, clock: Clock): Promise<Finding[]> {
  const [{ openKeyFolder }, { takeInventory }, { keySetsOf, scheduleOf }] = await Promise.all([
    import('../signing/key-folder.ts'),
    import('../signing/inventory.ts'),
    import('../signing/key-sets.ts'),
  ]);
  const schedule = scheduleOf(settings, longestLife(settings.token.ttl));
  const findings: Finding[] = [];
  for (const { path, service } of keySetsOf(settings.keys_dir, settings)) {
    const whose = service === null ? '' : `service ${service}, `;
    if (!existsSync(join(path, 'ca.key'))) {
      findings.push(good(`keys      ${whose}none yet; the next start makes them`));
      continue;
    }
    const folder = await openKeyFolder(path, false);
    const contents = service === null ? 'everything' : 'signing';
    const { entries } = await takeInventory(folder, schedule, clock, contents);
    for (const { kind, file, state, notAfter } of entries) {
      if (notAfter === null) continue;
      const until = new Date(notAfter).toISOString();
      findings.push(good(`keys      ${whose}${file}: ${kind}, ${state}, until ${until}`));
    }
  }
  return [...findings, ...(await zotsThatShare(settings))];
}

async function zotsThatShare(settings: Settings): Promise<Finding[]> {
  const { exposedZots } = await import('../signing/key-sets.ts');
  return exposedZots(settings).map((service) => ({
    state: 'note',
    text: `keys      ${service} is a zot and shares its key: tokens for other services open it; set its key to own`,
  }));
}

/** The folder, every file in it, and the store's own view of its file. */
export async function checkData(settings: Settings): Promise<Finding[]> {
  const { data_dir: folder } = settings;
  if (!existsSync(folder)) return [good(`data      no ${folder} yet; the first start makes it`)];
  const names = readdirSync(folder).filter((name) => lstatSync(join(folder, name)).isFile());
  const wide = [
    ...tooWide(folder, 0o700),
    ...names.flatMap((name) => tooWide(join(folder, name), 0o600)),
  ];
  if (wide.length > 0) return wide;
  const found = [good(`data      ${folder}`)];
  if (!names.includes('wharfpass.db')) return found;
  return [...found, ...(await checkStore(settings))];
}

function tooWide(path: string, allowed: number): Finding[] {
  const mode = lstatSync(path).mode & 0o777;
  if ((mode & ~allowed) === 0) return [];
  const octal = (bits: number): string => bits.toString(8).padStart(4, '0');
  const mend = `chmod ${octal(allowed)} '${path}'`;
  return [bad(`data      ${path} has mode ${octal(mode)}, so others can reach it`, mend)];
}

async function checkStore(settings: Settings): Promise<Finding[]> {
  const { withStore } = await import('./store.ts');
  try {
    const damage = await withStore(settings, (store) => store.checkIntegrity());
    const lines = damage.map((line) => bad(`store     ${line}; see docs/backup.md`));
    return lines.length > 0 ? lines : [good('store     whole')];
  } catch (error) {
    if (error instanceof AppError) return [bad(`store     ${error.message}`)];
    throw error;
  }
}

/** Against the store where there is one, since the file may name what the API made. */
export async function checkDirectoryFile(settings: Settings): Promise<Finding[]> {
  const path = settings.directory.file;
  if (path === undefined) return [];
  try {
    if (!existsSync(join(settings.data_dir, 'wharfpass.db'))) {
      parseDirectory(readFileSync(path, 'utf8'), path);
      return [good(`directory ${path}`)];
    }
    const { withStore } = await import('./store.ts');
    const { planDirectoryFile } = await import('../directory/apply.ts');
    const { changes } = await withStore(settings, ({ directory }) =>
      planDirectoryFile({ directory, path }),
    );
    const todo = changes.length === 0 ? '' : `: ${changes.length} changes not applied yet`;
    return [good(`directory ${path}${todo}`)];
  } catch (error) {
    if (error instanceof ConfigurationError) {
      return error.problems.map((problem) => bad(`directory ${printProblem(problem)}`));
    }
    if (error instanceof AppError) return [bad(`directory ${error.message}`)];
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    return [bad(`directory ${path} cannot be read (${code})`)];
  }
}
