/** The key rings of a running server: the shared one, and one for each service that has its own key. */
import type { Clock } from '../clock.ts';
import type { Logger } from '../log.ts';
import { loadOrMakeAuthority } from './authority.ts';
import { openKeyFolder, type KeyFolder } from './key-folder.ts';
import { openKeyRing, type KeyRing } from './key-ring.ts';
import type { KeySet, SigningSettings } from './key-sets.ts';
import type { Schedule } from './leaf-schedule.ts';
import type { RegistrySigner } from './ports.ts';
import { createBurstSigner } from './sign-bytes.ts';
import { createRegistrySigner } from './signer.ts';

export interface OpenRingOptions {
  readonly settings: SigningSettings;
  readonly schedule: Schedule;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface ServiceRing {
  readonly set: KeySet;
  readonly ring: KeyRing;
}

/** Opens the ring of a set whose folder is open. */
export async function openRing(
  set: KeySet,
  folder: KeyFolder,
  options: OpenRingOptions,
): Promise<ServiceRing> {
  const { settings, clock } = options;
  const lifetime = settings.signing.ca_lifetime * 1000;
  const authority = await loadOrMakeAuthority(folder, clock.now(), lifetime);
  const ring = await openKeyRing({ folder, authority, keepKey: set.keepKey, ...options });
  return { set, ring };
}

/** One after the other; where one cannot be opened, none stays open. */
export async function openOwnRings(
  sets: readonly KeySet[],
  options: OpenRingOptions,
): Promise<readonly ServiceRing[]> {
  const rings: ServiceRing[] = [];
  try {
    for (const set of sets) {
      rings.push(await openRing(set, await openKeyFolder(set.path, true), options));
    }
    return rings;
  } catch (error) {
    await Promise.all(rings.map(async ({ ring }) => await ring.close()));
    throw error;
  }
}

/** Signs with the key of the service that a token is for, which its audience names. */
export function signerOf(shared: ServiceRing, own: readonly ServiceRing[]): RegistrySigner {
  const signInBursts = createBurstSigner();
  const ordinary = createRegistrySigner(shared.ring, signInBursts);
  if (own.length === 0) return ordinary;
  const byService = new Map(
    own.map(({ set, ring }) => [set.service, createRegistrySigner(ring, signInBursts)] as const),
  );
  return {
    sign: (claims, form) => (byService.get(claims.aud) ?? ordinary).sign(claims, form),
  };
}
