import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { hashPassword } from '../credential/password-hash.ts';
import { parseDirectory } from '../directory/parse.ts';
import type { Settings } from '../settings/schema.ts';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';
import { CommandError, EXIT } from './exit-codes.ts';

const HELP = `
The file is the one that directory.file in the settings names, or the one given. A running server applies its file at
start and on SIGHUP; \`directory apply\` does the same from outside, and the server takes it up at once.

Examples:
  wharfpass directory check config/directory.yml
  wharfpass directory diff                       what a reload would change
  wharfpass directory apply
  wharfpass directory hash-password              for password_hash in the file
`;

export function directoryCommand(context: Context): Command {
  const command = withExamples(
    new Command('directory').description('the directory file: check, compare, apply'),
    HELP,
  );
  command
    .command('check [file]')
    .description('read the file and say what is wrong with it')
    .action((file?: string) => check(context, file));
  command
    .command('diff [file]')
    .description('print what applying the file would change')
    .action((file?: string) => diff(context, file));
  command
    .command('apply [file]')
    .description('apply the file, all of it or nothing')
    .action((file?: string) => apply(context, file));
  command
    .command('hash-password')
    .description('read a password and print the line that goes into the file')
    .action(async () => {
      const secret = await context.readSecret('Password: ');
      if (secret.reveal().length < 8) {
        throw new CommandError(EXIT.usage, 'A password has at least 8 characters.');
      }
      context.stdout(`${await hashPassword(secret)}\n`);
    });
  return command;
}

async function check(context: Context, file: string | undefined): Promise<void> {
  const path = fileOf(context, await context.loadSettings(), file);
  const { snapshot, foreign } = parseDirectory(readText(path), path);
  const { users, groups, projects } = snapshot;
  const outside = foreign.length === 0 ? '' : `, ${foreign.length} names from outside it`;
  context.stdout(
    `${path} is good: ${users.length} users, ${groups.length} groups, ${projects.length} projects${outside}.\n`,
  );
}

async function diff(context: Context, file: string | undefined): Promise<void> {
  const settings = await context.loadSettings();
  const path = fileOf(context, settings, file);
  const { withStore, planDirectoryFile } = await storeParts();
  const { text } = await withStore(settings, ({ directory }) =>
    planDirectoryFile({ directory, path }),
  );
  print(context, text);
}

async function apply(context: Context, file: string | undefined): Promise<void> {
  const settings = await context.loadSettings();
  const path = fileOf(context, settings, file);
  const { clock } = context;
  const { withStore, applyDirectoryFile, createLog, openAudit, recordDirectoryChanges } =
    await storeParts();
  const log = createLog({ level: 'silent' }, { write: () => undefined });
  const text = await withStore(settings, async ({ directory, instance }) => {
    const plan = await applyDirectoryFile({ directory, path, clock, log });
    const { data_dir: dataDir, audit: wanted } = settings;
    const audit = openAudit({ settings: wanted, dataDir, instance, clock, log });
    const applied = { ...plan, file: path };
    await recordDirectoryChanges(audit.changes.bySystem, directory, applied);
    await audit.close();
    return plan.text;
  });
  print(context, text);
}

async function storeParts() {
  const [open, file, log, audit, changes] = await Promise.all([
    import('./store.ts'),
    import('../directory/apply.ts'),
    import('../log.ts'),
    import('../audit/open.ts'),
    import('../audit/directory-changes.ts'),
  ]);
  return { ...open, ...file, ...log, ...audit, ...changes };
}

function print(context: Context, text: string): void {
  if (text === '') context.stderr('Nothing differs.\n');
  else context.stdout(`${text}\n`);
}

function fileOf(context: Context, settings: Settings, file: string | undefined): string {
  const path = file === undefined ? settings.directory.file : resolve(context.cwd, file);
  if (path !== undefined) return path;
  throw new CommandError(EXIT.usage, 'Name a file, or set directory.file in the settings.');
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new CommandError(EXIT.configuration, `${path} cannot be read (${code}).`);
  }
}
