/** Keeps presence from filling the one socket that waits for replicas when none of them answers. */
import type { Clock } from '../../../clock.ts';

export interface DurableGate {
  allows(): boolean;
  /** A WAIT came back with too few replicas, after as long as it may take. */
  noteShort(): void;
}

const PAUSE = 500;

/** One for all partitions: they share the socket, and ends of jobs come first. */
export function createDurableGate(clock: Clock): DurableGate {
  let closedUntil = -Infinity;
  return {
    allows: () => clock.now() >= closedUntil,
    noteShort() {
      closedUntil = clock.now() + PAUSE;
    },
  };
}
