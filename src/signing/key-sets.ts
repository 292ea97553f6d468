/** Which services share signing keys: all of them one set in the keys folder, but for those that have their own. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { AppError } from '../errors.ts';
import type { Settings } from '../settings/schema.ts';
import type { Schedule } from './leaf-schedule.ts';

export type SigningSettings = Pick<Settings, 'issuer' | 'services' | 'signing'>;
type Services = SigningSettings['services'];

/** A folder with a CA and leaves, and the services whose tokens they sign. */
export interface KeySet {
  /** null: the shared set. */
  readonly service: string | null;
  readonly path: string;
  readonly services: Services;
  /** True: only `keys rotate` changes the key; the renewal at half-life makes nothing but a new certificate. */
  readonly keepKey: boolean;
}

const OWN_FOLDERS = 'services';
const LONGEST_NAME = 200;

/**
 * The shared set, which always exists, then those of services with their own.
 *
 * @param folder the keys folder
 */
export function keySetsOf(
  folder: string,
  { services }: Pick<SigningSettings, 'services'>,
): readonly [KeySet, ...KeySet[]] {
  const entries = Object.entries(services);
  const shared = Object.fromEntries(entries.filter(([, { key }]) => key === 'shared'));
  const own = entries.filter(([, { key }]) => key === 'own');
  return [
    { service: null, path: folder, services: shared, keepKey: keepsKey(shared) },
    ...own.map(([service, each]) => {
      const only = { [service]: each };
      const path = join(folder, OWN_FOLDERS, folderName(service));
      return { service, path, services: only, keepKey: keepsKey(only) };
    }),
  ];
}

/**
 * The set that signs for a service; null means the shared one.
 *
 * @throws AppError `not_found` for a service that is not configured
 */
export function keySetOf(
  folder: string,
  settings: Pick<SigningSettings, 'services'>,
  service: string | null,
): KeySet {
  const sets = keySetsOf(folder, settings);
  if (service === null) return sets[0];
  const found = sets.find((each) => Object.hasOwn(each.services, service));
  if (found !== undefined) return found;
  throw new AppError('not_found', `There is no service "${service}" in the settings.`);
}

/** A service's name may hold anything, a folder's may not. Two names never have one folder. */
function folderName(service: string): string {
  const name = encodeURIComponent(service).replace(/^\./, '%2E');
  if (name.length <= LONGEST_NAME) return name;
  return `${name.slice(0, 100)}%-${createHash('sha256').update(service).digest('hex')}`;
}

/**
 * Registries that were given the key itself read it once at their start and check no dates, so where there are such
 * services only `keys rotate` changes the key: those with a `kid` header form, and zot, whatever its tokens' header.
 */
export function keepsKey(services: Services): boolean {
  return Object.values(services).some(
    ({ header, registry }) => header !== 'x5c' || registry === 'zot',
  );
}

/** True if a registry of the set may be one of Distribution 2, which does not start with an Ed25519 certificate. */
export function servesDistribution2({ services }: Pick<KeySet, 'services'>): boolean {
  return Object.values(services).some(
    ({ registry }) => registry === 'any' || registry === 'distribution-2',
  );
}

/** The zots that take a token for somebody else, since they check neither audience nor issuer: each with one such service. */
export function exposedZots(settings: Pick<SigningSettings, 'services'>): readonly string[] {
  const { services } = keySetsOf('', settings)[0];
  const names = Object.keys(services);
  return names.filter((name) => services[name]?.registry === 'zot' && names.length > 1);
}

/** @param maxTokenTtl seconds */
export function scheduleOf(
  { signing }: Pick<SigningSettings, 'signing'>,
  maxTokenTtl: number,
): Schedule {
  return {
    algorithm: signing.algorithm,
    leafLifetime: signing.leaf_lifetime * 1000,
    maxTokenTtl: maxTokenTtl * 1000,
  };
}
