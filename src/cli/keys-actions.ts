/** What `wharfpass keys` does, but for the CA. Each resolves to what is printed. */
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import { AppError } from '../errors.ts';
import type { Settings } from '../settings/schema.ts';
import { loadOrMakeAuthority } from '../signing/authority.ts';
import { openLeafSet, takeInventory } from '../signing/inventory.ts';
import { bundleOf, jwksOf } from '../signing/jwks.ts';
import { openKeyFolder } from '../signing/key-folder.ts';
import { keySetsOf, servesDistribution2, type KeySet } from '../signing/key-sets.ts';
import { loadOrMakeStandingKeys } from '../signing/standing-keys.ts';
import { openPlace, scheduleFor, setOf, type KeysPlace } from './keys-place.ts';
import { iso, keyFileAdvice, keyJson, keyTable, type KeyRow } from './keys-text.ts';

export type ExportFormat = 'jwks' | 'bundle' | 'certificate';

export async function initKeys(settings: Settings, clock: Clock): Promise<string> {
  const lines: string[] = [];
  for (const set of keySetsOf(settings.keys_dir, settings)) {
    lines.push(...(await initSet(set, settings, clock)));
  }
  const hint = `A registry's rootcertbundle points at ${join(settings.keys_dir, 'ca.crt')}.`;
  return `${[...lines, hint].join('\n')}\n`;
}

async function initSet(set: KeySet, settings: Settings, clock: Clock): Promise<readonly string[]> {
  const folder = await openKeyFolder(set.path, true);
  const before = await folder.names();
  if (set.service === null) await loadOrMakeStandingKeys(folder, settings, clock.now());
  else await loadOrMakeAuthority(folder, clock.now(), settings.signing.ca_lifetime * 1000);
  const leaves = await openLeafSet(folder, scheduleFor(settings), set.keepKey, clock);
  await leaves.renew();
  return (await folder.names())
    .filter((name) => /\.(crt|key|pem)$/.test(name))
    .toSorted()
    .map((name) => `${before.includes(name) ? 'exists' : 'made  '}  ${join(folder.path, name)}`);
}

/** Of one service, or of all: the shared keys first, then those of the services that have their own. */
export async function listKeys(place: KeysPlace, json: boolean): Promise<string> {
  const { settings, clock, service } = place;
  const sets = service === null ? keySetsOf(settings.keys_dir, settings) : [setOf(place)];
  const rows: KeyRow[] = [];
  for (const set of sets) {
    const folder = await openKeyFolder(set.path, false);
    const contents = set.service === null ? 'everything' : 'signing';
    const { entries } = await takeInventory(folder, scheduleFor(settings), clock, contents);
    rows.push(...entries.map((entry) => ({ ...entry, service: set.service })));
  }
  return json ? keyJson(rows) : keyTable(rows);
}

export async function rotateKeys(place: KeysPlace, after: number): Promise<string> {
  const { folder, leaves, set } = await openPlace(place);
  const leaf = await leaves.rotate(place.clock.now() + after * 1000);
  const start = after === 0 ? 'now' : iso(leaf.activeFrom);
  return [
    `New signing key: ${leaf.keyId}`,
    `It is in ${join(folder.path, leaf.file)}, signs from ${start} on, and ends on ${iso(leaf.notAfter)}.`,
    'A running server takes it up within a minute. Tokens of the old key stay good until they end.',
    'No registry that trusts ca.crt needs a restart or a new file.',
    ...keyFileAdvice(set, leaf, after),
    '',
  ].join('\n');
}

export async function exportKeys(place: KeysPlace, format: ExportFormat): Promise<string> {
  const set = setOf(place);
  const folder = await openKeyFolder(set.path, false);
  const inventory = await takeInventory(
    folder,
    scheduleFor(place.settings),
    place.clock,
    'signing',
  );
  if (format === 'jwks') return `${JSON.stringify(jwksOf(inventory.publicLeaves), null, 2)}\n`;
  if (format === 'certificate') {
    if (inventory.active !== null) return inventory.active.certificate.toString();
    throw new AppError(
      'not_found',
      `No certificate in ${set.path} can sign now. Start the server.`,
    );
  }
  const byLibtrustId = Object.values(set.services).some(({ header }) => header === 'kid-libtrust');
  const leaves = byLibtrustId ? inventory.publicLeaves : [];
  return bundleOf(inventory.authority, leaves, servesDistribution2(set) ? 'leave out' : 'keep');
}
