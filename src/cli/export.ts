import { createWriteStream, type WriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { recordLine, type PlainRecord } from '../directory/record-text.ts';
import { BULK_KINDS, TOKEN_KINDS, type BulkKind } from '../store/bulk.ts';
import type { ApiClient } from './api-client.ts';
import type { Context } from './context.ts';
import { createProgress, type Progress } from './progress.ts';

const HELP = `
The file has paths and names in place of ids, one object a line, always in the same order. There is no secret in it.
With --credentials it has the hashes of passwords and tokens, which only a server with the same keys can use: keep it as
you keep the data folder.

Examples:
  wharfpass export directory.yml
  wharfpass export | gzip > directory.yml.gz
  wharfpass export --credentials everything.yml
`;

interface ExportOptions {
  readonly credentials?: true;
}

interface Page {
  readonly records: readonly PlainRecord[];
  readonly next: string | null;
  readonly key_fingerprint: string | null;
}

/** Takes text, and resolves when it can take more. */
type Write = (text: string) => Promise<void>;

export function exportCommand(context: Context): Command {
  return new Command('export')
    .description('write the whole directory of a server as YAML')
    .argument('[file]', 'the file to write, or - for standard output', '-')
    .option('--credentials', 'with the hashes of passwords and tokens')
    .addHelpText('after', HELP)
    .action((file: string, options: ExportOptions) => runExport(context, file, options));
}

async function runExport(context: Context, file: string, options: ExportOptions): Promise<void> {
  const { credentials = false } = options;
  if (credentials) {
    context.stderr(
      'Warning: this export holds hashes of passwords and tokens. Let nobody read it who may not read the data folder.\n',
    );
  }
  const api = await context.api();
  const progress = createProgress(context, { label: 'Exporting' });
  try {
    if (file === '-') {
      const { stdout, written = () => Promise.resolve() } = context;
      const write: Write = (text) => {
        stdout(text);
        return written();
      };
      await exportAll(api, credentials, write, progress);
    } else {
      const path = resolve(context.cwd, file);
      await intoFile(path, credentials, (write) => exportAll(api, credentials, write, progress));
    }
  } finally {
    progress.done();
  }
}

/** The file is there when it is whole; one of before stays until then. */
async function intoFile(
  path: string,
  credentials: boolean,
  work: (write: Write) => Promise<void>,
): Promise<void> {
  const part = `${path}.part`;
  await rm(part, { force: true });
  const mode = credentials ? 0o600 : 0o666;
  const stream: WriteStream = createWriteStream(part, { flags: 'wx', mode, flush: true });
  try {
    await once(stream, 'open');
    await work(async (text) => {
      if (!stream.write(text)) await once(stream, 'drain');
    });
    stream.end();
    await once(stream, 'close');
    await rename(part, path);
  } catch (error) {
    stream.destroy();
    await rm(part, { force: true });
    throw error;
  }
}

const pathOf = (kind: BulkKind, credentials: boolean, after: string | null): string => {
  const query = new URLSearchParams({ kind, credentials: String(credentials) });
  if (after !== null) query.set('after', after);
  return `/directory/export?${query.toString()}`;
};

async function exportAll(
  api: ApiClient,
  credentials: boolean,
  write: Write,
  progress: Progress,
): Promise<void> {
  const kinds = BULK_KINDS.filter((kind) => credentials || !TOKEN_KINDS.has(kind));
  const ask = (kind: BulkKind, after: string | null) =>
    api.get<Page>(pathOf(kind, credentials, after));
  await write('wharfpass_export: 1\n');
  let headed = false;
  for (const kind of kinds) {
    let begun = false;
    let waiting: Promise<Page> | null = ask(kind, null);
    while (waiting !== null) {
      const { records, next, key_fingerprint: fingerprint }: Page = await waiting;
      if (!headed && fingerprint !== null) await write(`key_fingerprint: "${fingerprint}"\n`);
      headed = true;
      // The next page is on its way while this one is written.
      waiting = next === null ? null : ask(kind, next);
      waiting?.catch(() => undefined);
      const lines = records.map(recordLine).join('');
      if (lines !== '') await write(begun ? lines : `${kind}:\n${lines}`);
      begun ||= lines !== '';
      progress.advance(records.length);
    }
  }
}
