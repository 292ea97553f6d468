/** The steps of a replacement of the CA that depend on the leaves. */
import { AppError } from '../errors.ts';
import type { Authority } from './authority.ts';
import {
  readCaState,
  retireCa,
  switchCa,
  type CaChangeOptions,
  type CaState,
} from './ca-change.ts';
import type { Leaf } from './leaf.ts';
import { PICK_UP, REGISTRY_LEEWAY, retiresAt, type Schedule } from './leaf-schedule.ts';
import { nextLeaf, type LeafSet } from './leaf-set.ts';

/**
 * From when on no token needs the old CA, in milliseconds since the epoch: every process has taken up a leaf of the new
 * one, and the longest token that was signed before has ended, with the leeway of registries. Infinity while no leaf is
 * by the new one, or one by the old one is still to sign.
 *
 * @param leaves in order of their turn
 */
export function overlapEndsAt(
  leaves: readonly Leaf[],
  authority: Pick<Authority, 'keyId'>,
  schedule: Schedule,
): number {
  const isNew = (leaf: Leaf): boolean => leaf.issuer === authority.keyId;
  const begun = leaves.filter(isNew).map(({ activeFrom }) => activeFrom);
  if (begun.length === 0) return Infinity;
  const enough = Math.min(...begun) + PICK_UP + schedule.maxTokenTtl + REGISTRY_LEEWAY;
  const ends = leaves.map((leaf, index) =>
    isNew(leaf) ? enough : retiresAt(leaves, index, schedule),
  );
  return Math.max(...ends);
}

/** Makes the new CA sign, and the first leaf under it. Resolves to the leaf that signs from now on. */
export async function switchWithLeaf(set: LeafSet, options: CaChangeOptions): Promise<Leaf | null> {
  await set.read();
  const next = nextLeaf(set.leaves(), options.clock.now());
  if (next !== null) {
    const time = new Date(next.activeFrom).toISOString();
    throw new AppError(
      'conflict',
      `${next.file} is by the old CA and takes over at ${time}. Switch after that.`,
    );
  }
  await switchCa(options);
  await set.read();
  await set.renew();
  return set.active();
}

/**
 * Takes the old CA out of `ca.crt`, with its leaves and its key.
 *
 * @param now true: also while tokens may need it, as after a theft of its key
 * @throws AppError `conflict` where that is too early, with the time from which on it is not
 */
export async function retireWithLeaves(
  set: LeafSet,
  options: CaChangeOptions & { readonly schedule: Schedule },
  now: boolean,
): Promise<CaState> {
  await set.read();
  const { phase, authority } = await readCaState(options.folder);
  if (phase === 'switched') {
    const end = overlapEndsAt(set.leaves(), authority, options.schedule);
    if (!now && options.clock.now() < end) throw tooEarly(end);
    // Before the CA goes: a leaf that nobody vouches for is a fault.
    for (const leaf of set.leaves()) {
      if (leaf.issuer !== authority.keyId) await options.folder.remove(leaf.file);
    }
  }
  return await retireCa(options);
}

function tooEarly(end: number): AppError {
  const when = Number.isFinite(end)
    ? `Wait until ${new Date(end).toISOString()}`
    : 'Start the server, or run: wharfpass keys ca switch';
  return new AppError(
    'conflict',
    `Tokens that were signed under the old CA may still be good. ${when}. If its key was stolen, add --now.`,
  );
}
