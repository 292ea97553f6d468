/** The leaves of a keys folder as last read, and how a new one comes in. Serves the key ring and the offline CLI. */
import type { Clock } from '../clock.ts';
import { AppError } from '../errors.ts';
import { loadAuthority, type Authority } from './authority.ts';
import { readSwitchAt, switchCa } from './ca-change.ts';
import type { KeyFolder } from './key-folder.ts';
import type { Leaf } from './leaf.ts';
import { issueLeaf, readLeaves } from './leaf-files.ts';
import { activeLeaf, renewalDue, retiresAt, signsUntil, type Schedule } from './leaf-schedule.ts';

export interface LeafSetOptions {
  readonly folder: KeyFolder;
  readonly authority: Authority;
  readonly schedule: Schedule;
  /** True: a renewal keeps the key and makes only a new certificate, for registries that were given the key itself. */
  readonly keepKey: boolean;
  readonly clock: Clock;
}

export interface LeafSet {
  authority(): Authority;
  /** In order of their turn. */
  leaves(): readonly Leaf[];
  /** The leaf that signs now; null where none may. */
  active(): Leaf | null;
  /** Reads the folder again. Resolves to what is wrong with single leaves; rejects if the folder cannot be used. */
  read(): Promise<readonly string[]>;
  /**
   * Makes the next leaf if it is due: at half-life, or because none is by the present CA. Switches the CA before, if
   * that is due. Null: not due, or another process was first.
   */
  renew(): Promise<Leaf | null>;
  /** Makes a leaf with a new key that signs from `activeFrom` on, which must be before the present one ends. */
  rotate(activeFrom: number): Promise<Leaf>;
  /** Removes the leaves whose last token has ended. Resolves to them. */
  retire(): Promise<readonly Leaf[]>;
}

const ROTATE_ATTEMPTS = 5;

/** A leaf that waits for its turn; null where none does. */
export function nextLeaf(leaves: readonly Leaf[], now: number): Leaf | null {
  return leaves.find(({ activeFrom }) => activeFrom > now) ?? null;
}

export function createLeafSet(options: LeafSetOptions): LeafSet {
  const { folder, schedule, keepKey, clock } = options;
  const known = new Map<string, Leaf | string>();
  let authority = options.authority;
  let leaves: readonly Leaf[] = [];
  let highest = 0;

  const active = (): Leaf | null => activeLeaf(leaves, clock.now(), schedule);

  const read = async (): Promise<readonly string[]> => {
    const found = await loadAuthority(folder);
    // A folder that is not mounted just now looks empty; that is no reason to drop the keys.
    if (found === null) throw new AppError('internal', `${folder.path} has no ca.crt.`);
    const files = await readLeaves(folder, found, known);
    authority = found;
    ({ leaves, highest } = files);
    return files.faults;
  };

  const issue = async (activeFrom: number, sameKeyAs: Leaf | null): Promise<Leaf | null> => {
    const number = highest + 1;
    const file = await issueLeaf(folder, authority, { number, schedule, activeFrom, sameKeyAs });
    await read();
    return leaves.find((leaf) => leaf.file === file) ?? null;
  };

  /** Not while a leaf by the old CA waits for its turn, since it would sign after the new one's. */
  const switchIfDue = async (): Promise<boolean> => {
    if (authority.trusted.length === 1 || nextLeaf(leaves, clock.now()) !== null) return false;
    const at = await readSwitchAt(folder);
    if (at === null || at > clock.now()) return false;
    return (await switchCa({ folder, clock })) !== null;
  };

  const renew = async (): Promise<Leaf | null> => {
    if (await switchIfDue()) await read();
    const now = clock.now();
    const ours = leaves.filter((leaf) => leaf.algorithm === schedule.algorithm);
    const vouchedFor = ours.some((leaf) => leaf.issuer === authority.keyId);
    if (vouchedFor && !renewalDue(leaves, now, authority.notAfter, schedule)) return null;
    return await issue(now, keepKey ? (ours.at(-1) ?? null) : null);
  };

  const rotate = async (activeFrom: number): Promise<Leaf> => {
    const current = active();
    if (current !== null && activeFrom >= signsUntil(current, schedule)) {
      const end = new Date(signsUntil(current, schedule)).toISOString();
      throw new AppError(
        'bad_request',
        `The new key must take over before ${end}, when ${current.file} stops signing.`,
      );
    }
    for (let attempt = 0; attempt < ROTATE_ATTEMPTS; attempt += 1) {
      const leaf = await issue(activeFrom, null);
      if (leaf !== null) return leaf;
    }
    throw new AppError('conflict', 'Other processes are making signing keys at the same time.');
  };

  const retire = async (): Promise<readonly Leaf[]> => {
    const now = clock.now();
    const gone = leaves.filter((_, index) => now >= retiresAt(leaves, index, schedule));
    for (const leaf of gone) await folder.remove(leaf.file);
    leaves = leaves.filter((leaf) => !gone.includes(leaf));
    return gone;
  };

  return {
    authority: () => authority,
    leaves: () => leaves,
    active,
    read,
    renew,
    rotate,
    retire,
  };
}
