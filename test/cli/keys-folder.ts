/** The `keys` command, run in this process on a folder of its own and with a clock that is moved by hand. */
import type { Command } from 'commander';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keysCommand } from '../../src/cli/keys.ts';
import { settingsSchema } from '../../src/settings/schema.ts';

export interface Row {
  readonly kind: string;
  readonly key_id: string;
  readonly state: string;
  readonly file: string;
  readonly service?: string;
}

const folders: string[] = [];
export function removeFolders(): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}

export function setUp(overrides: object = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'wharfpass-cli-keys-'));
  folders.push(folder);
  const keys = join(folder, 'keys');
  let now = Date.UTC(2026, 5, 1, 12);
  const run = async (...args: string[]) => {
    let out = '';
    const command = keysCommand({
      loadSettings: async () => settingsSchema.parse({ keys_dir: keys, ...overrides }),
      stdout: (text) => {
        out += text;
      },
      clock: { now: () => now },
    });
    quiet(command);
    await command.parseAsync(args, { from: 'user' });
    return out;
  };
  const list = async (): Promise<Row[]> => JSON.parse(await run('list', '--json'));
  return {
    keys,
    run,
    list,
    advance: (ms: number) => {
      now += ms;
    },
  };
}

/** Errors come back as exceptions, and nothing is printed. */
function quiet(command: Command): void {
  command.exitOverride().configureOutput({ writeOut: () => {}, writeErr: () => {} });
  for (const child of command.commands) quiet(child);
}
