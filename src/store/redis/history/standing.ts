/** What one instance may rely on in one partition. */
import type { Clock } from '../../../clock.ts';
import type { Presence } from './presence.ts';

export interface Standing {
  /** The highest "last seen" that is known to be stored (server ms); 0 for none. */
  known(): number;
  /** @param began when the call was sent, by the clock given */
  learn(told: Presence, began: number): void;
  /** Whether nobody admits from an older history, and the others would wait for this instance if `replid` were lost now. */
  trusts(replid: string): boolean;
  /** Whether it trusts the history it saw last. */
  isTrusting(): boolean;
  /** Whether the last durable call is so old that the next one has to be durable, too. */
  isAgeing(): boolean;
  /** Whether it has been on the list for long enough to be missed. */
  isSeasoned(): boolean;
  forget(): void;
}

/**
 * A call that was sent longer ago than this vouches for nothing. Far less than presence.lua waits for those who were
 * there, and than it takes to pass somebody over: a primary that slept, and was replaced meanwhile, may serve for a
 * moment when it wakes, since it counts its replicas only once a second.
 */
const TRUST_FOR = 10_000;
const RENEW_AFTER = 500;
/**
 * Who has just come is on the list by its last moments only. Were these lost, others might not notice that anything was,
 * and would not wait. After this long they have said "I am here" since, so that they lose something, too.
 */
const SEASON = 2000;
/** Longer without a stored call, and it is as if it had just come. Less than what presence.lua waits for. */
const GAP = 60_000;

interface Streak {
  readonly from: number;
  last: number;
  readonly season: number;
}

/** @param clock monotonic @param replicas how many must have a write before it counts as stored */
export function createStanding(clock: Clock, replicas: number): Standing {
  let known = 0;
  let trusted: { replid: string; at: number } | null = null;
  let before: Presence | null = null;
  let streak: Streak | null = null;
  const isYoung = (ms: number): boolean => trusted !== null && clock.now() - trusted.at < ms;
  const isSeasoned = (): boolean => streak !== null && clock.now() - streak.from >= streak.season;

  function isBroken(told: Presence, began: number): boolean {
    if (streak === null || began - streak.last > GAP) return true;
    if (before?.round === told.round) return told.regressed && !before.regressed;
    // Opened without it: it was not on the list of this history.
    return told.regressed || (told.open && !told.replayed);
  }

  return {
    known: () => known,
    learn(told, began) {
      const stored = told.replicas >= replicas;
      // What the server had lost it has counted by now; the old mark would have it counted again.
      known = stored ? told.stored : Math.min(known, told.stored);
      // Having replayed is not enough: while the partition is closed another instance may still go by the old primary.
      // And the old history is let go of here, before the claim to have replayed is sent.
      if (!told.open || trusted?.replid !== told.replid) trusted = null;
      if (told.open && stored) trusted = { replid: told.replid, at: began };
      if (isBroken(told, began)) streak = null;
      before = told;
      if (!stored) return;
      streak ??= { from: began, last: began, season: told.others > 0 ? SEASON : 0 };
      streak.last = began;
    },
    trusts: (replid) => trusted?.replid === replid && isYoung(TRUST_FOR) && isSeasoned(),
    isTrusting: () => isYoung(TRUST_FOR) && isSeasoned(),
    isAgeing: () => !isYoung(RENEW_AFTER),
    isSeasoned,
    forget() {
      known = 0;
      trusted = null;
      streak = null;
    },
  };
}
