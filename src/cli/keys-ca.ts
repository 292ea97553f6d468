/** `wharfpass keys ca`: replacing the CA while everything goes on. */
import { join } from 'node:path';
import { Command } from 'commander';
import { announceCa, readCaState, type CaState } from '../signing/ca-change.ts';
import { overlapEndsAt, retireWithLeaves, switchWithLeaf } from '../signing/ca-overlap.ts';
import { serviceOption, wholeSeconds, type ServiceOption } from './keys-options.ts';
import { openPlace, scheduleFor, type KeysPlace, type OpenPlace } from './keys-place.ts';
import { iso } from './keys-text.ts';

export interface KeysCaOptions {
  readonly place: (given: ServiceOption) => Promise<KeysPlace>;
  readonly stdout: (text: string) => void;
}

const HELP = `
In this order, each at any time after the one before:
  wharfpass keys ca renew     ca.crt has the old CA and the new one; the old one signs on
                              give every registry the new ca.crt and restart it, one after the other
  wharfpass keys ca switch    from now on the new one signs
  wharfpass keys ca retire    ca.crt has the new one alone; refused as long as a token may need the old one
`;

export function keysCaCommand({ place, stdout }: KeysCaOptions): Command {
  const command = new Command('ca')
    .description('replace the CA that registries trust, with an overlap')
    .addHelpText('after', HELP);
  command
    .command('status')
    .description('say how far a replacement is')
    .addOption(serviceOption())
    .action(async (given: ServiceOption) => stdout(await status(await place(given))));
  command
    .command('renew')
    .description('make a new CA and put it into ca.crt beside the old one')
    .option('--switch-after <seconds>', 'servers switch to it by themselves then', wholeSeconds)
    .addOption(serviceOption())
    .action(async (given: ServiceOption & { switchAfter?: number }) =>
      stdout(await renew(await place(given), given.switchAfter ?? null)),
    );
  command
    .command('switch')
    .description('sign under the new CA; every registry must have the new ca.crt')
    .addOption(serviceOption())
    .action(async (given: ServiceOption) => stdout(await switchOver(await place(given))));
  command
    .command('retire')
    .description('take the old CA out of ca.crt, and remove its key')
    .option('--now', 'also while tokens may need it: its key was stolen')
    .addOption(serviceOption())
    .action(async (given: ServiceOption & { now?: true }) =>
      stdout(await retire(await place(given), given.now === true)),
    );
  return command;
}

async function status(place: KeysPlace): Promise<string> {
  const open = await openPlace(place);
  return describe(await readCaState(open.folder), open, place);
}

function describe({ phase, authority, switchAt }: CaState, open: OpenPlace, place: KeysPlace) {
  const file = join(open.folder.path, 'ca.crt');
  if (phase === 'single') {
    return `One CA, until ${iso(authority.notAfter)}. Nothing is being replaced.\n`;
  }
  if (phase === 'announced') {
    const when =
      switchAt === null ? 'with: wharfpass keys ca switch' : `by itself at ${iso(switchAt)}`;
    return [
      `${file} has two CAs; leaves are still made under the old one.`,
      'Give every registry this file and restart it, then let the new one sign,',
      `${when}.`,
      '',
    ].join('\n');
  }
  const end = overlapEndsAt(open.leaves.leaves(), authority, scheduleFor(place.settings));
  const when = Number.isFinite(end) ? `from ${iso(end)} on` : 'when the server has made a leaf';
  return [
    `${file} has two CAs; the new one signs.`,
    `The old one can go ${when}: wharfpass keys ca retire`,
    '',
  ].join('\n');
}

async function renew(place: KeysPlace, switchAfter: number | null): Promise<string> {
  const open = await openPlace(place);
  const { clock, settings } = place;
  const switchAt = switchAfter === null ? null : clock.now() + switchAfter * 1000;
  const lifetime = settings.signing.ca_lifetime * 1000;
  const state = await announceCa({ folder: open.folder, clock }, lifetime, switchAt);
  return describe(state, open, place);
}

async function switchOver(place: KeysPlace): Promise<string> {
  const open = await openPlace(place);
  const leaf = await switchWithLeaf(open.leaves, { folder: open.folder, clock: place.clock });
  const signs = leaf === null ? '' : `${leaf.file} signs now, under the new CA.\n`;
  return signs + describe(await readCaState(open.folder), open, place);
}

async function retire(place: KeysPlace, now: boolean): Promise<string> {
  const open = await openPlace(place);
  const { clock, settings } = place;
  const options = { folder: open.folder, clock, schedule: scheduleFor(settings) };
  const state = await retireWithLeaves(open.leaves, options, now);
  return (
    `${join(open.folder.path, 'ca.crt')} has the new CA alone, until ${iso(state.authority.notAfter)}.\n` +
    'Give it to the registries at the next occasion; until then they trust the old one, too.\n'
  );
}
