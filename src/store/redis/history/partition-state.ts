/** What one instance knows of one partition, and when the operator is told. */
import type { Clock } from '../../../clock.ts';
import type { Partition } from '../keys.ts';
import type { Announcer } from './announcer.ts';
import type { Presence } from './presence.ts';

export interface PartitionState {
  /** False until the server has said otherwise. */
  readonly open: boolean;
  /** When that began (ms since the epoch, own clock). */
  readonly since: number;
  /** Closed: instances that have yet to confirm. Open: instances that were passed over. */
  readonly missing: number;
  /** Open with doubt: jobs that began before this (ms since the epoch) are refused. */
  readonly doubt: number | null;
}

export interface PartitionView {
  now(): PartitionState;
  learn(told: Presence): void;
}

const SAY_AFTER = 1000;
const SAY_EVERY = 10_000;

function reasonFor(told: Presence, before: Presence | null): string {
  const lost = told.regressed ? ', and something that had been stored is missing' : '';
  if (before === null) return `this history of the store has not been vetted yet${lost}`;
  if (before.replid !== told.replid) {
    return `the history of the store changed: a failover, a restart or a restore${lost}`;
  }
  return 'the store was emptied or went back in time';
}

export function createPartitionView(
  partition: Partition,
  wallClock: Clock,
  announcer: Announcer,
): PartitionView {
  let state: PartitionState = { open: false, since: wallClock.now(), missing: 0, doubt: null };
  let before: Presence | null = null;
  let sayAt = 0;

  function onClosed(told: Presence): void {
    if (before === null || before.open || before.round !== told.round) {
      sayAt = SAY_AFTER;
      announcer.closed(partition, reasonFor(told, before));
    }
    if (told.age < sayAt) return;
    sayAt = told.age + SAY_EVERY;
    announcer.waiting(partition, told.ids, told.age);
  }

  function onOpen(told: Presence): void {
    const was = before;
    const opens = was !== null && !was.open;
    if (told.doubt !== null && (opens || was?.doubt !== told.doubt)) {
      announcer.openedWithDoubt(partition, wallClock.now() - state.since, told.ids);
    } else if (opens) {
      announcer.opened(partition, wallClock.now() - state.since);
    }
    if (was !== null && was.doubt !== null && told.doubt === null) announcer.doubtGone(partition);
  }

  return {
    now: () => state,
    learn(told) {
      if (told.open) onOpen(told);
      else onClosed(told);
      const same = before !== null && before.open === told.open && before.round === told.round;
      const since = same ? state.since : wallClock.now();
      state = { open: told.open, since, missing: told.missing, doubt: told.doubt };
      before = told;
    },
  };
}
