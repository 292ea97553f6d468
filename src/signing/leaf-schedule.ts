/**
 * Which leaf signs, which waits, which retires: arithmetic on times, with no clock and no files. Times and durations
 * are milliseconds. Lists of leaves are ordered by `activeFrom`, then by number.
 */
import type { SigningAlgorithm } from './ports.ts';

export interface LeafTimes {
  readonly number: number;
  readonly algorithm: SigningAlgorithm;
  readonly notBefore: number;
  readonly activeFrom: number;
  readonly notAfter: number;
}

export interface Schedule {
  readonly algorithm: SigningAlgorithm;
  /** How long a new leaf lives. */
  readonly leafLifetime: number;
  /** The longest that any token lives. */
  readonly maxTokenTtl: number;
}

export type LeafState = 'next' | 'active' | 'retiring' | 'retired' | 'expired';

/** Registries accept a token this long after its `exp`. */
export const REGISTRY_LEEWAY = 60_000;

/** Within this time every process that shares the folder signs with the newest leaf. */
export const PICK_UP = 60_000;

export function inOrder<T extends LeafTimes>(leaves: readonly T[]): readonly T[] {
  return leaves.toSorted((a, b) => a.activeFrom - b.activeFrom || a.number - b.number);
}

/** From then on a leaf signs no more, so that no token outlives its certificate. */
export function signsUntil(leaf: Pick<LeafTimes, 'notAfter'>, schedule: Schedule): number {
  return leaf.notAfter - schedule.maxTokenTtl - REGISTRY_LEEWAY;
}

/** The leaf to sign with at `now`, or null. After a step of the clock backwards, the one whose turn comes first. */
export function activeLeaf<T extends LeafTimes>(
  leaves: readonly T[],
  now: number,
  schedule: Schedule,
): T | null {
  let active: T | null = null;
  for (const leaf of leaves) {
    if (leaf.algorithm !== schedule.algorithm) continue;
    if (now < leaf.notBefore || now >= signsUntil(leaf, schedule)) continue;
    if (active === null || leaf.activeFrom <= now) active = leaf;
  }
  return active;
}

/**
 * True when no leaf can sign, or the newest has passed half of its life (or of the life that is set now, where that is
 * shorter). A leaf that lasts as long as its CA cannot be bettered.
 */
export function renewalDue(
  leaves: readonly LeafTimes[],
  now: number,
  caNotAfter: number,
  schedule: Schedule,
): boolean {
  const newest = leaves.findLast((leaf) => leaf.algorithm === schedule.algorithm);
  if (newest === undefined || activeLeaf(leaves, now, schedule) === null) return true;
  const life = Math.min(newest.notAfter - newest.activeFrom, schedule.leafLifetime);
  return now >= newest.activeFrom + life / 2 && newest.notAfter < caNotAfter;
}

/** When the last token of leaf `index` has ended for every registry; Infinity while no later leaf replaces it. */
export function retiresAt(leaves: readonly LeafTimes[], index: number, schedule: Schedule): number {
  const successor = leaves.slice(index + 1).find((leaf) => leaf.algorithm === schedule.algorithm);
  if (successor === undefined) return Infinity;
  return successor.activeFrom + PICK_UP + schedule.maxTokenTtl + REGISTRY_LEEWAY;
}

export function leafState(
  leaves: readonly LeafTimes[],
  index: number,
  now: number,
  schedule: Schedule,
): LeafState {
  const leaf = leaves[index];
  const active = activeLeaf(leaves, now, schedule);
  if (leaf === undefined || now >= retiresAt(leaves, index, schedule)) return 'retired';
  if (leaf === active) return 'active';
  if (now >= leaf.notAfter) return 'expired';
  return now < leaf.activeFrom && leaf.algorithm === schedule.algorithm ? 'next' : 'retiring';
}
