/** Where the keys lie that a `keys` command is about. */
import type { Clock } from '../clock.ts';
import type { Settings } from '../settings/schema.ts';
import { openLeafSet } from '../signing/inventory.ts';
import { openKeyFolder, type KeyFolder } from '../signing/key-folder.ts';
import { keySetOf, scheduleOf, type KeySet } from '../signing/key-sets.ts';
import type { Schedule } from '../signing/leaf-schedule.ts';
import type { LeafSet } from '../signing/leaf-set.ts';
import { longestLife } from '../settings/longest-life.ts';

export interface KeysPlace {
  readonly settings: Settings;
  readonly clock: Clock;
  /** null: the shared keys. */
  readonly service: string | null;
}

export interface OpenPlace {
  readonly set: KeySet;
  readonly folder: KeyFolder;
  readonly leaves: LeafSet;
}

export function scheduleFor(settings: Settings): Schedule {
  return scheduleOf(settings, longestLife(settings.token.ttl));
}

export function setOf({ settings, service }: KeysPlace): KeySet {
  return keySetOf(settings.keys_dir, settings, service);
}

/** Rejects where the keys were not made yet. */
export async function openPlace(place: KeysPlace): Promise<OpenPlace> {
  const set = setOf(place);
  const folder = await openKeyFolder(set.path, false);
  const schedule = scheduleFor(place.settings);
  const leaves = await openLeafSet(folder, schedule, set.keepKey, place.clock);
  return { set, folder, leaves };
}
