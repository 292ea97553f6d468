import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { Command } from 'commander';
import { DEFAULT_FILE } from '../settings/load.ts';
import type { Settings } from '../settings/schema.ts';
import type { Context } from './context.ts';
import { packageFile } from './package-file.ts';

const HELP = `
It makes what the first start would make, and a settings file to begin with. What exists is left alone, so it does no
harm to run it again.

Examples:
  wharfpass init
  wharfpass init --config /etc/wharfpass/wharfpass.yml
`;

export function initCommand(context: Context): Command {
  return new Command('init')
    .description('make settings file, keys, data folder and admin token where they are missing')
    .addHelpText('after', HELP)
    .action(() => init(context));
}

async function init(context: Context): Promise<void> {
  const report = (made: boolean, what: string, path: string): void =>
    context.stdout(`${made ? 'made  ' : 'exists'}  ${what.padEnd(13)} ${path}\n`);
  const file = context.configFile() ?? context.env['WHARFPASS_CONFIG'] ?? DEFAULT_FILE;
  const path = resolve(context.cwd, file);
  report(makeSettingsFile(path), 'settings', path);
  const settings = await context.loadSettings();
  const things = thingsOf(settings);
  const before = new Set(things.filter(([, where]) => existsSync(where)).map(([what]) => what));
  await startOnce(settings, context);
  for (const [what, where] of things) report(!before.has(what), what, where);
}

function thingsOf(settings: Settings): [what: string, path: string][] {
  const { keys_dir: keys, data_dir: data } = settings;
  return [
    ['keys', keys],
    ['CA', join(keys, 'ca.crt')],
    ['data folder', data],
    ...(settings.admin_token === undefined
      ? [['admin token', join(data, 'admin-token')] as [string, string]]
      : []),
  ];
}

/** True if there was none. The schema next to it is for editors. */
function makeSettingsFile(path: string): boolean {
  if (existsSync(path)) return false;
  const schema = 'wharfpass.schema.json';
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, packageFile(`config/${basename(DEFAULT_FILE)}`), { flag: 'wx' });
  const schemaPath = join(dirname(path), schema);
  if (!existsSync(schemaPath)) writeFileSync(schemaPath, packageFile(`config/${schema}`));
  return true;
}

/** A start makes all there is to make, in the one way that serving does it; nobody can reach this one. */
async function startOnce(settings: Settings, context: Context): Promise<void> {
  const [{ openLog }, { startServer }] = await Promise.all([
    import('../log.ts'),
    import('../compose.ts'),
  ]);
  const { log, close } = openLog({ level: 'silent' });
  try {
    const hidden = { ...settings, listen: '127.0.0.1:0', metrics: { listen: 'off' } };
    const server = await startServer({ settings: hidden, log, clock: context.clock });
    await server.close();
  } finally {
    await close();
  }
}
