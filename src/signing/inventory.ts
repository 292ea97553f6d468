/** What a keys folder holds, for people. Reads and makes nothing. */
import { createPublicKey } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { AppError } from '../errors.ts';
import { CA_CERTIFICATE, loadAuthority, type Authority, type CaCertificate } from './authority.ts';
import { readCaState, type CaPhase } from './ca-change.ts';
import { jwkThumbprint } from './fingerprint.ts';
import { JOB_TOKEN_KEY } from './job-token.ts';
import type { KeyFolder } from './key-folder.ts';
import type { Leaf } from './leaf.ts';
import { createLeafSet, type LeafSet } from './leaf-set.ts';
import { leafState, type LeafState, type Schedule } from './leaf-schedule.ts';
import { loadPrivateKey } from './private-key-file.ts';
import { DEPLOY_TOKEN_SEAL_KEY, loadRandomKey, SECRET_HASH_KEY } from './random-key-file.ts';

export interface KeyEntry {
  readonly kind: 'ca' | 'registry' | 'job_token' | 'secret_hash' | 'deploy_token_seal';
  readonly file: string;
  /** RFC 7638 thumbprint; null for a key that has no public part, or is missing. */
  readonly keyId: string | null;
  /** Milliseconds since the epoch; null for a key that does not end. */
  readonly notBefore: number | null;
  readonly notAfter: number | null;
  readonly state: LeafState | 'missing';
}

export interface Inventory {
  readonly authority: Authority;
  readonly entries: readonly KeyEntry[];
  /** The leaves whose tokens may still be good, or will be. */
  readonly publicLeaves: readonly Leaf[];
  /** The one that signs now; null where none may. */
  readonly active: Leaf | null;
}

/** Opens the leaves of a folder that has been initialised; rejects with what to do about one that has not. */
export async function openLeafSet(
  folder: KeyFolder,
  schedule: Schedule,
  keepKey: boolean,
  clock: Clock,
): Promise<LeafSet> {
  const authority = await loadAuthority(folder);
  if (authority === null) {
    throw new AppError(
      'not_found',
      `There are no keys in ${folder.path} yet. Run: wharfpass keys init`,
    );
  }
  const set = createLeafSet({ folder, authority, schedule, keepKey, clock });
  const [fault] = await set.read();
  if (fault !== undefined) throw new AppError('internal', fault);
  return set;
}

/** @param contents `signing`: of a folder that belongs to one service, which holds nothing else */
export async function takeInventory(
  folder: KeyFolder,
  schedule: Schedule,
  clock: Clock,
  contents: 'everything' | 'signing' = 'everything',
): Promise<Inventory> {
  const set = await openLeafSet(folder, schedule, false, clock);
  const authority = set.authority();
  const leaves = set.leaves();
  const now = clock.now();
  const states = leaves.map((_, index) => leafState(leaves, index, now, schedule));
  const registry = leaves.map((leaf, index): KeyEntry => {
    const { file, keyId, notBefore, notAfter } = leaf;
    return {
      kind: 'registry',
      file,
      keyId,
      notBefore,
      notAfter,
      state: states[index] ?? 'retired',
    };
  });
  const { phase } = await readCaState(folder);
  return {
    authority,
    entries: [
      ...authority.trusted.map((each, index) => caEntry(each, index, phase, now)),
      ...registry,
      ...(contents === 'everything' ? await otherEntries(folder) : []),
    ],
    publicLeaves: leaves.filter((_, index) => states[index] !== 'retired'),
    active: set.active(),
  };
}

function caEntry(each: CaCertificate, index: number, phase: CaPhase, now: number): KeyEntry {
  const { keyId, notBefore, notAfter } = each;
  const other = phase === 'announced' ? 'next' : 'retiring';
  const state = now >= notAfter ? 'expired' : index === 0 ? 'active' : other;
  return { kind: 'ca', file: CA_CERTIFICATE, keyId, notBefore, notAfter, state };
}

async function otherEntries(folder: KeyFolder): Promise<readonly KeyEntry[]> {
  return [
    await jobTokenEntry(folder),
    await randomKeyEntry(folder, 'secret_hash', SECRET_HASH_KEY),
    await randomKeyEntry(folder, 'deploy_token_seal', DEPLOY_TOKEN_SEAL_KEY),
  ];
}

async function jobTokenEntry(folder: KeyFolder): Promise<KeyEntry> {
  const key = await loadPrivateKey(folder, JOB_TOKEN_KEY);
  const keyId = key && jwkThumbprint(createPublicKey(key).export({ format: 'jwk' }));
  return standing('job_token', JOB_TOKEN_KEY, keyId, key !== null);
}

async function randomKeyEntry(
  folder: KeyFolder,
  kind: KeyEntry['kind'],
  file: string,
): Promise<KeyEntry> {
  return standing(kind, file, null, (await loadRandomKey(folder, file)) !== null);
}

function standing(
  kind: KeyEntry['kind'],
  file: string,
  keyId: string | null,
  there: boolean,
): KeyEntry {
  const state = there ? 'active' : 'missing';
  return { kind, file, keyId, notBefore: null, notAfter: null, state };
}
