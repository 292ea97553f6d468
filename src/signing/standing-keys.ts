/** What the keys folder holds besides the leaves, loaded or made. */
import { createHmac, createPublicKey, type KeyObject } from 'node:crypto';
import type { Logger } from '../log.ts';
import { CA_CERTIFICATE, CA_KEY, loadOrMakeAuthority, type Authority } from './authority.ts';
import { JOB_TOKEN_KEY } from './job-token.ts';
import type { KeyFolder } from './key-folder.ts';
import { generateEcKey } from './key-pair.ts';
import type { SigningSettings } from './key-sets.ts';
import { loadOrMakeKey } from './private-key-file.ts';
import { DEPLOY_TOKEN_SEAL_KEY, loadOrMakeRandomKey, SECRET_HASH_KEY } from './random-key-file.ts';

export interface StandingKeys {
  readonly authority: Authority;
  readonly jobTokenKey: KeyObject;
  readonly secretHashKey: Buffer;
  readonly deployTokenSealKey: Buffer;
}

/** Safe for several processes at once. */
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

export function fingerprintOf({ secretHashKey, jobTokenKey }: StandingKeys): string {
  const jobTokenPublic = createPublicKey(jobTokenKey).export({ type: 'spki', format: 'der' });
  return createHmac('sha256', secretHashKey).update(jobTokenPublic).digest('base64url');
}

/** A key made beside older ones replaces one that is lost, and what hung on that one is lost with it. */
export function tellOfNewKeys(
  before: readonly string[],
  after: readonly string[],
  log: Logger,
): void {
  const standing = [CA_CERTIFICATE, CA_KEY, JOB_TOKEN_KEY, SECRET_HASH_KEY, DEPLOY_TOKEN_SEAL_KEY];
  const made = standing.filter((name) => after.includes(name) && !before.includes(name));
  if (made.length === standing.length) log.info({ made }, 'made the keys');
  else if (made.length > 0) log.warn({ made }, 'made keys that were missing: see docs/keys.md');
}
