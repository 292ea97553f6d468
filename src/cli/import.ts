import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { readRecordFile } from '../directory/record-file.ts';
import type { Context } from './context.ts';
import { CommandError, EXIT } from './exit-codes.ts';
import { checkKeys, sendRecords, type Counts } from './import-send.ts';
import { JSON_OPTION, printJson, type OutputOptions } from './output.ts';
import { createProgress } from './progress.ts';
import { table, type Column } from './table.ts';

const HELP = `
The file is one that \`wharfpass export\` wrote, or one like it written by hand: docs/import-export.md. It is read as a
whole before anything is changed. Importing it again changes nothing, so whatever breaks off is begun anew.

Examples:
  wharfpass import directory.yml
  wharfpass import --dry-run directory.yml        what it would change
  wharfpass export | WHARFPASS_URL=https://other.example.com wharfpass import -
`;

interface ImportOptions extends OutputOptions {
  readonly dryRun?: true;
  readonly withoutTokens?: true;
}

type Open = () => AsyncIterable<Uint8Array>;

const COLUMNS: readonly Column<Counts>[] = [
  ['objects', ({ kind }) => kind],
  ['created', ({ created }) => created],
  ['updated', ({ updated }) => updated],
  ['unchanged', ({ unchanged }) => unchanged],
];

const DRY_COLUMNS: readonly Column<Counts>[] = [
  ...COLUMNS,
  ['refers to what is missing', ({ unresolved }) => unresolved],
];

export function importCommand(context: Context): Command {
  return new Command('import')
    .description('read a file of an export, or one like it, into a server')
    .argument('<file>', 'the file, or - for standard input')
    .option('--dry-run', 'tell what would change, and change nothing')
    .option('--without-tokens', 'leave deploy tokens and personal access tokens out')
    .option(...JSON_OPTION)
    .addHelpText('after', HELP)
    .action((file: string, options: ImportOptions) => runImport(context, file, options));
}

function opener(context: Context, file: string): { name: string; open: Open } {
  if (file !== '-') {
    const path = resolve(context.cwd, file);
    return { name: file, open: () => createReadStream(path, { highWaterMark: 262_144 }) };
  }
  const { input } = context;
  if (input === undefined) throw new CommandError(EXIT.usage, 'There is no standard input.');
  return { name: 'standard input', open: input };
}

/** Every mistake is told before anything is changed. @returns how many records, and the key of their hashes */
async function check(context: Context, name: string, open: Open) {
  const progress = createProgress(context, { label: 'Checking' });
  let total = 0;
  let fingerprint: string | null = null;
  try {
    for await (const { head, records } of readRecordFile(open(), { name, check: true })) {
      total += records.length;
      fingerprint = head.keyFingerprint;
      progress.advance(records.length);
    }
  } finally {
    progress.done();
  }
  return { total, fingerprint };
}

/** Ctrl-C: what is on the way is finished, and then that is the end. */
function watchInterrupt(): { stopped: () => boolean; close: () => void } {
  let interrupted = false;
  const interrupt = (): void => void (interrupted = true);
  process.once('SIGINT', interrupt);
  return { stopped: () => interrupted, close: () => process.off('SIGINT', interrupt) };
}

async function runImport(context: Context, file: string, options: ImportOptions): Promise<void> {
  const { dryRun = false } = options;
  const withTokens = options.withoutTokens !== true;
  const { name, open } = opener(context, file);
  const api = await context.api();
  // Standard input comes by once only.
  const known = file === '-' ? null : await check(context, name, open);
  if (withTokens && typeof known?.fingerprint === 'string') await checkKeys(api, known.fingerprint);
  const label = dryRun ? 'Comparing' : 'Importing';
  const progress = createProgress(context, { label, total: known?.total });
  const interrupt = watchInterrupt();
  const pieces = readRecordFile(open(), { name, check: file === '-' });
  const { stopped } = interrupt;
  const { counts, complete } = await sendRecords(pieces, {
    api,
    name,
    dryRun,
    withTokens,
    progress,
    stopped,
  }).finally(() => {
    interrupt.close();
    progress.done();
  });
  tell(context, counts, options);
  if (complete) return;
  const message =
    'Stopped. Import the file again to go on: what is there already is left as it is.';
  throw new CommandError(EXIT.interrupted, message);
}

function tell(context: Context, counts: readonly Counts[], { dryRun, json }: ImportOptions): void {
  if (json) return printJson(context, counts);
  if (counts.length === 0) return context.stderr('The file holds nothing to import.\n');
  context.stdout(table(counts, dryRun ? DRY_COLUMNS : COLUMNS));
  if (dryRun) context.stderr('Nothing was changed.\n');
}
