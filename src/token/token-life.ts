import type { Principal } from '../credential/principal.ts';

/** The specification's least life of a token: clients take anything shorter for a minute. */
export const MINIMUM_LIFE = 60;

export interface LifeSettings {
  /** Seconds. */
  readonly pullTtl: number;
  readonly pushTtl: number;
}

/**
 * The life of a token in whole seconds: as long as its actions need and no longer than the credential behind it. null
 * where the credential ends within the minute, because a token that outlives it must not exist.
 *
 * @param now milliseconds
 * @param credentialEnd milliseconds, or null for a credential without an end
 */
export function tokenLife(
  settings: LifeSettings,
  writes: boolean,
  credentialEnd: number | null,
  now: number,
): number | null {
  const wanted = writes ? settings.pushTtl : settings.pullTtl;
  const left = credentialEnd === null ? wanted : Math.floor((credentialEnd - now) / 1000);
  const life = Math.min(wanted, left);
  return life < MINIMUM_LIFE ? null : life;
}

/** When the credential behind a principal ends, in milliseconds; null: never, or there is none. */
export function endOf(principal: Principal): number | null {
  return principal.kind === 'anonymous' ? null : principal.expiresAt;
}
