import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { systemClock } from '../clock.ts';
import { AppError } from '../errors.ts';
import { createLog } from '../log.ts';
import type { Settings } from '../settings/schema.ts';
import { databaseFile } from '../store/embedded/files.ts';
import { openEmbeddedStore, type EmbeddedStore } from '../store/embedded/open.ts';
import { withExamples } from './examples.ts';

export interface StoreCommandOptions {
  readonly loadSettings: () => Promise<Settings>;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly cwd: string;
  readonly isTerminal?: boolean;
}

const EXAMPLES = `
Examples:
  wharfpass store backup /backup/wharfpass-2026-01-31.db   copy the store while it serves
  wharfpass store check                                    read the whole store and report damage
  wharfpass store copy --from embedded --to redis          move to Redis; all servers are stopped
`;

const COPY_HELP = `
Stop all servers before: what changes during the copy makes it fail. "embedded" is the store in data_dir, and "redis"
the one of redis.url, with the other settings of redis. A password in a URL on the command line is seen by everybody
on the machine: set WHARFPASS_REDIS_URL and say redis.

Example:
  WHARFPASS_REDIS_URL=redis://127.0.0.1:6379 wharfpass store copy --from embedded --to redis
`;

/**
 * The `store` command. It opens the store's file itself, whether a server runs or not. Rejections are AppErrors whose
 * message is for the operator.
 */
export function storeCommand(options: StoreCommandOptions): Command {
  const { loadSettings, stdout } = options;
  const command = withExamples(
    new Command('store').description('look after the store: back up, check, move'),
    EXAMPLES,
  );
  command
    .command('backup')
    .description('copy the store into a new file, also while the server runs')
    .argument('<file>', 'the file to make; it must not exist')
    .action(async (file: string) => stdout(await backup(await loadSettings(), resolve(file))));
  command
    .command('check')
    .description('read the whole store and report damage')
    .action(async () => stdout(await check(await loadSettings())));
  command
    .command('copy')
    .description('copy everything into an empty store, and check that it is all there')
    .requiredOption('--from <store>', 'embedded, embedded:<data folder>, redis, or a Redis URL')
    .requiredOption('--to <store>', 'the same; it must be empty')
    .addHelpText('after', COPY_HELP)
    .action(async ({ from, to }: { from: string; to: string }) => {
      // Loaded late: the keys and Redis are needed for nothing else here.
      const { copy } = await import('./store-copy.ts');
      stdout(await copy({ ...options, settings: await loadSettings(), from, to }));
    });
  return command;
}

/** Opens the store next to a server that may be running on it, and closes it again. `not_found` where there is none. */
export async function withStore<T>(
  settings: Settings,
  work: (store: EmbeddedStore) => Promise<T>,
): Promise<T> {
  const path = databaseFile(settings.data_dir);
  const found = await stat(path).catch(() => null);
  if (found === null) {
    const advice = 'Is data_dir right, and has the server been started once?';
    throw new AppError('not_found', `There is no store at ${path}. ${advice}`);
  }
  const log = createLog({ level: 'silent' }, { write: () => {} });
  const store = await openEmbeddedStore({ dataDir: settings.data_dir, clock: systemClock, log });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

async function backup(settings: Settings, file: string): Promise<string> {
  await withStore(settings, (store) => store.backup(file));
  const { size } = await stat(file);
  const warning = 'It holds the hashes of all secrets: keep it as safe as the store itself.';
  return `${file}: ${size} bytes. ${warning}\n`;
}

async function check(settings: Settings): Promise<string> {
  const path = databaseFile(settings.data_dir);
  const damage = await withStore(settings, (store) => store.checkIntegrity());
  if (damage.length === 0) return `${path} is sound.\n`;
  const advice = 'docs/backup.md says how to restore a backup.';
  throw new AppError('internal', [`${path} is damaged. ${advice}`, ...damage].join('\n  '));
}
