/** The leaves of a keys folder as last read, and how a new one comes in. Serves the key ring and the offline CLI. */
import type { Clock } from '../clock.ts';
import { AppError } from '../errors.ts';
import { loadAuthority, type Authority } from './authority.ts';
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
  /** Makes the next leaf if it is due. Null: not due, or another process was first. */
  renew(): Promise<Leaf | null>;
  /** Makes a leaf with a new key that signs from `activeFrom` on, which must be before the present one ends. */
  rotate(activeFrom: number): Promise<Leaf>;
  /** Removes the leaves whose last token has ended. Resolves to them. */
  retire(): Promise<readonly Leaf[]>;
}

const ROTATE_ATTEMPTS = 5;

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

  const renew = async (): Promise<Leaf | null> => {
    const now = clock.now();
    if (!renewalDue(leaves, now, authority.notAfter, schedule)) return null;
    const newest = leaves.findLast((leaf) => leaf.algorithm === schedule.algorithm) ?? null;
    return await issue(now, keepKey ? newest : null);
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
