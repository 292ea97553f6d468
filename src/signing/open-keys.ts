/** Everything of a keys folder that a server needs, put together. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Logger } from '../log.ts';
import { createExtendedTokenSigner } from './extended-token.ts';
import { createJobTokenSigner } from './job-token.ts';
import { jwksOf, type Jwks } from './jwks.ts';
import { openKeyFolder } from './key-folder.ts';
import type { KeyRing } from './key-ring.ts';
import { exposedZots, keySetsOf, scheduleOf, type SigningSettings } from './key-sets.ts';
import { openOwnRings, openRing, signerOf, type ServiceRing } from './open-rings.ts';
import type { ExtendedTokenSigner, JobTokenSigner, RegistrySigner } from './ports.ts';
import { fingerprintOf, loadOrMakeStandingKeys, tellOfNewKeys } from './standing-keys.ts';

export interface OpenKeysOptions {
  /** The keys folder; made if it is missing. */
  readonly folder: string;
  readonly settings: SigningSettings;
  readonly clock: Clock;
  readonly log: Logger;
  /** The longest life of any registry token, in seconds. */
  readonly maxTokenTtl: number;
}

export interface KeysState {
  /** False: no registry token can be signed now, for any service. */
  readonly ok: boolean;
  /** When the first certificate in use ends, in milliseconds since the epoch; null where there is none. */
  readonly notAfter: number | null;
}

export interface Keys {
  /** Signs with the key of the service that the claims name as audience. */
  readonly registrySigner: RegistrySigner;
  readonly jobTokenSigner: JobTokenSigner;
  readonly extendedTokenSigner: ExtendedTokenSigner;
  /** 32 bytes: the key under which the store keeps hashes of secrets. */
  readonly secretHashKey: Buffer;
  /** 32 bytes: the key that seals secrets which jobs are shown again. */
  readonly deployTokenSealKey: Buffer;
  /**
   * Of the keys by which instances know each other's secrets and job tokens; gives nothing of them away. The CA is not
   * among them, so that it can be replaced on one instance after the other.
   */
  readonly fingerprint: string;
  /** What a registry's `rootcertbundle` needs: CERTIFICATE blocks. Without a service, of the shared keys. */
  caCertificatePem(service?: string): string;
  /** The keys of a service, or the shared ones. */
  jwks(service?: string): Jwks;
  /** For readiness. */
  state(): KeysState;
  /** Signs with a new key from now on, for a service or for those that share. Resolves to its key id. */
  rotate(service?: string): Promise<string>;
  close(): Promise<void>;
}

/**
 * Opens the keys folder and makes what is missing. Rejects with a sentence for the operator, naming the file and the
 * command that mends it, if a file is open to others or does not fit the rest.
 */
export async function openKeys(options: OpenKeysOptions): Promise<Keys> {
  const { settings, clock, log } = options;
  const folder = await openKeyFolder(options.folder, true);
  const before = await folder.names();
  const standing = await loadOrMakeStandingKeys(folder, settings, clock.now());
  const [sharedSet, ...ownSets] = keySetsOf(options.folder, settings);
  const ringOptions = { settings, schedule: scheduleOf(settings, options.maxTokenTtl), clock, log };
  const shared = await openRing(sharedSet, folder, ringOptions);
  tellOfNewKeys(before, await folder.names(), log);
  const own = await openOwnRings(ownSets, ringOptions).catch(async (error: unknown) => {
    await shared.ring.close();
    throw error;
  });
  warnOfZots(settings, log);
  const rings = [shared, ...own];
  const ringOf = (service?: string): KeyRing =>
    (own.find(({ set }) => set.service === service) ?? shared).ring;
  const { issuer } = settings;
  const jobKeyOptions = { privateKey: standing.jobTokenKey, issuer, newId: randomUUID };
  return {
    registrySigner: signerOf(shared, own),
    jobTokenSigner: createJobTokenSigner(jobKeyOptions),
    extendedTokenSigner: createExtendedTokenSigner(jobKeyOptions),
    secretHashKey: standing.secretHashKey,
    deployTokenSealKey: standing.deployTokenSealKey,
    fingerprint: fingerprintOf(standing),
    caCertificatePem: (service) => ringOf(service).authority().pem,
    jwks: (service) => jwksOf(ringOf(service).leaves()),
    state: () => stateOf(rings),
    rotate: async (service) => (await ringOf(service).rotate()).keyId,
    close: async () => void (await Promise.all(rings.map(async ({ ring }) => await ring.close()))),
  };
}

/** A service without a key of its own is no reason to send the others' clients away. */
function stateOf(rings: readonly ServiceRing[]): KeysState {
  const inUse = rings.filter(({ set }) => Object.keys(set.services).length > 0);
  const ends = (inUse.length > 0 ? inUse : rings).flatMap(
    ({ ring }) => ring.active()?.notAfter ?? [],
  );
  return { ok: ends.length > 0, notAfter: ends.length > 0 ? Math.min(...ends) : null };
}

function warnOfZots(settings: SigningSettings, log: Logger): void {
  for (const service of exposedZots(settings)) {
    log.warn(
      { service },
      'zot checks neither audience nor issuer: tokens for other services with the same key open it. ' +
        'Set services.<name>.key to own for it, see docs/keys.md',
    );
  }
}
