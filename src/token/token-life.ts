import type { Principal } from '../credential/principal.ts';
import type { RequestedResource } from '../policy/decision.ts';

/** The specification's least life of a token: clients take anything shorter for a minute. */
export const MINIMUM_LIFE = 60;

/** By what a token can do, in seconds. */
export interface LifeSettings {
  readonly pull: number;
  readonly push: number;
  readonly delete: number;
}

/**
 * The life of a token in whole seconds: as long as the longest of its actions needs and no longer than the credential
 * behind it. null where the credential ends within the minute, because a token that outlives it must not exist.
 *
 * @param access what is granted; a token for nothing, as a login gets, lives as long as one that can pull
 * @param credentialEnd milliseconds, or null for a credential without an end
 * @param now milliseconds
 */
export function tokenLife(
  settings: LifeSettings,
  access: readonly RequestedResource[],
  credentialEnd: number | null,
  now: number,
): number | null {
  const wanted = wantedLife(settings, access);
  const left = credentialEnd === null ? wanted : Math.floor((credentialEnd - now) / 1000);
  const life = Math.min(wanted, left);
  return life < MINIMUM_LIFE ? null : life;
}

/** Whoever deletes or lists the catalog without pulling needs no more than that. */
function wantedLife(settings: LifeSettings, access: readonly RequestedResource[]): number {
  let longest = 0;
  for (const { actions } of access) {
    for (const action of actions) {
      const life = action === 'push' || action === 'delete' ? settings[action] : settings.pull;
      if (life > longest) longest = life;
    }
  }
  return longest === 0 ? settings.pull : longest;
}

/** When the credential behind a principal ends, in milliseconds; null: never, or there is none. */
export function endOf(principal: Principal): number | null {
  return principal.kind === 'anonymous' ? null : principal.expiresAt;
}
