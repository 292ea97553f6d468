import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { systemClock } from '../clock.ts';
import { AppError } from '../errors.ts';
import { createLog } from '../log.ts';
import type { Settings } from '../settings/schema.ts';
import { databaseFile } from '../store/embedded/files.ts';
import { openEmbeddedStore, type EmbeddedStore } from '../store/embedded/open.ts';

export interface StoreCommandOptions {
  readonly loadSettings: () => Promise<Settings>;
  readonly stdout: (text: string) => void;
}

const EXAMPLES = `
Examples:
  wharfpass store backup /backup/wharfpass-2026-01-31.db   copy the store while it serves
  wharfpass store check                                    read the whole store and report damage
`;

/**
 * The `store` command. It opens the store's file itself, whether a server runs or not. Rejections are AppErrors whose
 * message is for the operator.
 */
export function storeCommand({ loadSettings, stdout }: StoreCommandOptions): Command {
  const command = new Command('store')
    .description('back the embedded store up, and check it')
    .addHelpText('after', EXAMPLES);
  command
    .command('backup')
    .description('copy the store into a new file, also while the server runs')
    .argument('<file>', 'the file to make; it must not exist')
    .action(async (file: string) => stdout(await backup(await loadSettings(), resolve(file))));
  command
    .command('check')
    .description('read the whole store and report damage')
    .action(async () => stdout(await check(await loadSettings())));
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
