import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { Clock } from '../clock.ts';
import type { Settings } from '../settings/schema.ts';
import { openLeafSet, takeInventory } from '../signing/inventory.ts';
import { bundleOf, jwksOf } from '../signing/jwks.ts';
import { openKeyFolder } from '../signing/key-folder.ts';
import { keepsKey, loadOrMakeStandingKeys, scheduleOf } from '../signing/open-keys.ts';
import { iso, keyFileAdvice, keyJson, keyTable } from './keys-text.ts';

export interface KeysCommandOptions {
  readonly loadSettings: () => Promise<Settings>;
  readonly stdout: (text: string) => void;
  readonly clock: Clock;
}

const EXAMPLES = `
Examples:
  wharfpass keys init                            make the keys before the first start
  wharfpass keys list                            which key signs, until when
  wharfpass keys rotate                          sign with a new key from now on
  wharfpass keys rotate --after 3600             …in an hour, to hand out a new jwks first
  wharfpass keys export --format jwks > jwks.json
`;

/**
 * The `keys` command. It works on the keys folder itself, whether a server runs or not; a running server takes up
 * what changed within a minute. Rejections are AppErrors whose message is for the operator.
 */
export function keysCommand({ loadSettings, stdout, clock }: KeysCommandOptions): Command {
  const command = new Command('keys')
    .description('look after the signing keys')
    .addHelpText('after', EXAMPLES);
  command
    .command('init')
    .description('make the keys that are missing; what exists is left alone')
    .action(async () => stdout(await init(await loadSettings(), clock)));
  command
    .command('list')
    .description('show every key: kind, key id, validity, state')
    .option('--json', 'print JSON')
    .action(async (options: { json?: true }) =>
      stdout(await list(await loadSettings(), clock, options.json === true)),
    );
  command
    .command('rotate')
    .description('make a new signing key for registry tokens')
    .option('--after <seconds>', 'sign with it only after this time', wholeSeconds, 0)
    .action(async ({ after }: { after: number }) =>
      stdout(await rotate(await loadSettings(), clock, after)),
    );
  command
    .command('export')
    .description('print what registries need to verify tokens; public parts only')
    .addOption(
      new Option('--format <format>', 'jwks: public keys; bundle: certificates')
        .choices(['jwks', 'bundle'])
        .makeOptionMandatory(),
    )
    .action(async ({ format }: { format: 'jwks' | 'bundle' }) =>
      stdout(await exported(await loadSettings(), clock, format)),
    );
  return command;
}

function scheduleFor(settings: Settings) {
  return scheduleOf(settings, Math.max(settings.token.pull_ttl, settings.token.push_ttl));
}

async function init(settings: Settings, clock: Clock): Promise<string> {
  const folder = await openKeyFolder(settings.keys_dir, true);
  const before = await folder.names();
  await loadOrMakeStandingKeys(folder, settings, clock.now());
  const set = await openLeafSet(folder, scheduleFor(settings), keepsKey(settings), clock);
  await set.renew();
  const lines = (await folder.names())
    .filter((name) => /\.(crt|key|pem)$/.test(name))
    .toSorted()
    .map((name) => `${before.includes(name) ? 'exists' : 'made  '}  ${join(folder.path, name)}`);
  const hint = `A registry's rootcertbundle points at ${join(folder.path, 'ca.crt')}.`;
  return `${[...lines, hint].join('\n')}\n`;
}

async function list(settings: Settings, clock: Clock, json: boolean): Promise<string> {
  const folder = await openKeyFolder(settings.keys_dir, false);
  const { entries } = await takeInventory(folder, scheduleFor(settings), clock);
  return json ? keyJson(entries) : keyTable(entries);
}

async function rotate(settings: Settings, clock: Clock, after: number): Promise<string> {
  const folder = await openKeyFolder(settings.keys_dir, false);
  const set = await openLeafSet(folder, scheduleFor(settings), keepsKey(settings), clock);
  const leaf = await set.rotate(clock.now() + after * 1000);
  const start = after === 0 ? 'now' : iso(leaf.activeFrom);
  return [
    `New signing key: ${leaf.keyId}`,
    `It is in ${join(folder.path, leaf.file)}, signs from ${start} on, and ends on ${iso(leaf.notAfter)}.`,
    'A running server takes it up within a minute. Tokens of the old key stay good until they end.',
    'No registry that trusts ca.crt needs a restart or a new file.',
    ...keyFileAdvice(settings, leaf, after),
    '',
  ].join('\n');
}

async function exported(settings: Settings, clock: Clock, format: 'jwks' | 'bundle') {
  const folder = await openKeyFolder(settings.keys_dir, false);
  const inventory = await takeInventory(folder, scheduleFor(settings), clock);
  if (format === 'jwks') return `${JSON.stringify(jwksOf(inventory.publicLeaves), null, 2)}\n`;
  const byLibtrustId = Object.values(settings.services).some(
    ({ header }) => header === 'kid-libtrust',
  );
  return bundleOf(inventory.authority, byLibtrustId ? inventory.publicLeaves : []);
}

function wholeSeconds(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number of seconds.');
}
