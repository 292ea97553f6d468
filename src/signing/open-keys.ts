/** Everything of a keys folder that a server needs, put together. */
import { createHmac, createPublicKey, randomUUID, type KeyObject } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Logger } from '../log.ts';
import type { Settings } from '../settings/schema.ts';
import { CA_CERTIFICATE, CA_KEY, loadOrMakeAuthority, type Authority } from './authority.ts';
import { createExtendedTokenSigner } from './extended-token.ts';
import { createJobTokenSigner, JOB_TOKEN_KEY } from './job-token.ts';
import { jwksOf, type Jwks } from './jwks.ts';
import { openKeyFolder, type KeyFolder } from './key-folder.ts';
import { generateEcKey } from './key-pair.ts';
import { openKeyRing } from './key-ring.ts';
import type { Schedule } from './leaf-schedule.ts';
import type { ExtendedTokenSigner, JobTokenSigner, RegistrySigner } from './ports.ts';
import { loadOrMakeKey } from './private-key-file.ts';
import { DEPLOY_TOKEN_SEAL_KEY, loadOrMakeRandomKey, SECRET_HASH_KEY } from './random-key-file.ts';
import { createRegistrySigner } from './signer.ts';

export type SigningSettings = Pick<Settings, 'issuer' | 'services' | 'signing'>;

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
  /** False: no registry token can be signed now. */
  readonly ok: boolean;
  /** When the certificate in use ends, in milliseconds since the epoch; null where there is none. */
  readonly notAfter: number | null;
}

export interface Keys {
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
  /** What a registry's `rootcertbundle` needs: one CERTIFICATE block. */
  caCertificatePem(): string;
  jwks(): Jwks;
  /** For readiness. */
  state(): KeysState;
  /** Signs with a new key from now on. Resolves to its key id. */
  rotate(): Promise<string>;
  close(): Promise<void>;
}

/** What a folder holds besides the leaves. */
export interface StandingKeys {
  readonly authority: Authority;
  readonly jobTokenKey: KeyObject;
  readonly secretHashKey: Buffer;
  readonly deployTokenSealKey: Buffer;
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
  const { authority, jobTokenKey, secretHashKey } = standing;
  const schedule = scheduleOf(settings, options.maxTokenTtl);
  const keepKey = keepsKey(settings);
  const ring = await openKeyRing({ folder, authority, schedule, keepKey, clock, log });
  tellOfNewKeys(before, await folder.names(), log);
  const { issuer } = settings;
  const jobKeyOptions = { privateKey: jobTokenKey, issuer, newId: randomUUID };
  return {
    registrySigner: createRegistrySigner(ring),
    jobTokenSigner: createJobTokenSigner(jobKeyOptions),
    extendedTokenSigner: createExtendedTokenSigner(jobKeyOptions),
    secretHashKey,
    deployTokenSealKey: standing.deployTokenSealKey,
    fingerprint: fingerprintOf(standing),
    caCertificatePem: () => ring.authority().pem,
    jwks: () => jwksOf(ring.leaves()),
    state: () => {
      const leaf = ring.active();
      return { ok: leaf !== null, notAfter: leaf?.notAfter ?? null };
    },
    rotate: async () => (await ring.rotate()).keyId,
    close: ring.close,
  };
}

function fingerprintOf({ secretHashKey, jobTokenKey }: StandingKeys): string {
  const jobTokenPublic = createPublicKey(jobTokenKey).export({ type: 'spki', format: 'der' });
  return createHmac('sha256', secretHashKey).update(jobTokenPublic).digest('base64url');
}

/** A key made beside older ones replaces one that is lost, and what hung on that one is lost with it. */
function tellOfNewKeys(before: readonly string[], after: readonly string[], log: Logger): void {
  const standing = [CA_CERTIFICATE, CA_KEY, JOB_TOKEN_KEY, SECRET_HASH_KEY, DEPLOY_TOKEN_SEAL_KEY];
  const made = standing.filter((name) => after.includes(name) && !before.includes(name));
  if (made.length === standing.length) log.info({ made }, 'made the keys');
  else if (made.length > 0) log.warn({ made }, 'made keys that were missing: see docs/keys.md');
}

/** Loads, or makes, all that is not a leaf. Safe for several processes at once. */
export async function loadOrMakeStandingKeys(
  folder: KeyFolder,
  settings: SigningSettings,
  now: number,
): Promise<StandingKeys> {
  const [authority, jobTokenKey, secretHashKey, deployTokenSealKey] = await Promise.all([
    loadOrMakeAuthority(folder, now, settings.signing.ca_lifetime * 1000),
    loadOrMakeKey(folder, JOB_TOKEN_KEY, generateEcKey),
    loadOrMakeRandomKey(folder, SECRET_HASH_KEY),
    loadOrMakeRandomKey(folder, DEPLOY_TOKEN_SEAL_KEY),
  ]);
  return { authority, jobTokenKey, secretHashKey, deployTokenSealKey };
}

/** @param maxTokenTtl seconds */
export function scheduleOf({ signing }: SigningSettings, maxTokenTtl: number): Schedule {
  return {
    algorithm: signing.algorithm,
    leafLifetime: signing.leaf_lifetime * 1000,
    maxTokenTtl: maxTokenTtl * 1000,
  };
}

/**
 * Registries that were given the key itself (`kid-jwks`, `kid-libtrust`) read it once at their start and check no
 * dates, so where there are such services only `keys rotate` changes the key.
 */
export function keepsKey({ services }: SigningSettings): boolean {
  return Object.values(services).some((service) => service.header !== 'x5c');
}
