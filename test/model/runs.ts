/** What is checked. docs/model.md says each line of it in words, and a test holds it to that. */
import type { Sizes } from './spin.ts';

export interface Run {
  readonly name: string;
  readonly sizes: Sizes;
}

/** The whole protocol, in worlds that can be searched in seconds. */
export const WORLDS: readonly Run[] = [
  { name: 'two nodes, a failover, a restart with older data', sizes: { NODES: 2, RESTORES: 1 } },
  { name: 'two nodes, a failover, a lost journal', sizes: { NODES: 2, DISK_LOSSES: 1 } },
  { name: 'three nodes, a failover, a crash', sizes: { NODES: 3, CRASHES: 1 } },
  { name: 'three nodes, two failovers', sizes: { NODES: 3, JOBS: 1, FAILOVERS: 2 } },
  {
    name: 'three nodes, instances that come, crash and leave',
    sizes: { NODES: 3, JOBS: 1, NEWCOMERS: 1, CRASHES: 1, LEAVES: 1 },
  },
  {
    name: 'an instance that a restore forgot, after the lease',
    sizes: { NODES: 2, JOBS: 1, FAILOVERS: 0, RESTORES: 1, NEWCOMERS: 1, BOUND_BY_LEASE: 1 },
  },
];

/** The same, larger: minutes and gigabytes. */
export const LARGE_WORLDS: readonly Run[] = [
  {
    name: 'three nodes, two failovers, a crash, newcomers',
    sizes: { NODES: 3, JOBS: 1, FAILOVERS: 2, CRASHES: 1, NEWCOMERS: 1 },
  },
  {
    name: 'three nodes, two failovers, an instance that leaves',
    sizes: { NODES: 3, JOBS: 1, FAILOVERS: 2, LEAVES: 1 },
  },
  {
    name: 'two nodes, two failovers, a restart with older data, a crash',
    sizes: { NODES: 2, JOBS: 1, FAILOVERS: 2, RESTORES: 1, CRASHES: 1 },
  },
  {
    name: 'three nodes, a failover, a restart with older data',
    sizes: { NODES: 3, JOBS: 1, RESTORES: 1 },
  },
  {
    name: 'three nodes, two jobs, newcomers, a crash',
    sizes: { NODES: 3, NEWCOMERS: 1, CRASHES: 1 },
  },
  { name: 'three nodes, two jobs, two failovers', sizes: { NODES: 3, FAILOVERS: 2 } },
];

const THREE: Sizes = { NODES: 3, JOBS: 1 };
const THREE_WITH_START: Sizes = { NODES: 3 };
const FORGOTTEN: Sizes = WORLDS.at(-1)?.sizes ?? {};

/** Rule taken out → the number it stands for and the smallest world in which it is missed. */
export const MUTANTS: Readonly<Record<string, { readonly rule: string; readonly sizes: Sizes }>> = {
  NO_POSITIVE_LIVENESS: { rule: 'R1', sizes: THREE_WITH_START },
  NO_COMPARE_AND_SET: { rule: 'R2', sizes: { NODES: 2, JOBS: 1 } },
  NO_TOMBSTONE: { rule: 'R2', sizes: THREE_WITH_START },
  NO_LEASE: { rule: 'R3', sizes: FORGOTTEN },
  NO_DEAD_LEASE: { rule: 'R3', sizes: FORGOTTEN },
  NO_JOURNAL: { rule: 'R4', sizes: THREE },
  NO_WAIT: { rule: 'R4', sizes: { NODES: 2, JOBS: 1, DISK_LOSSES: 1 } },
  NO_ACK_REPLID: { rule: 'R4', sizes: { ...THREE, NEWCOMERS: 1 } },
  NO_ACK_WHEN_OPEN: { rule: 'R4', sizes: THREE },
  NO_QUARANTINE: { rule: 'R5', sizes: THREE },
  NO_REPLAY_WHEN_OPEN: { rule: 'R5', sizes: THREE },
  NO_DOUBT: { rule: 'R5', sizes: THREE },
  NO_LATE_DOUBT: { rule: 'R5', sizes: THREE_WITH_START },
  NO_CARRIED_DOUBT: { rule: 'R5', sizes: { ...THREE, FAILOVERS: 2 } },
  NO_AGE_BY_DATA: { rule: 'R5', sizes: THREE },
  NO_DURABLE_REGISTRATION: { rule: 'R5', sizes: { ...THREE, NEWCOMERS: 1 } },
  NO_REPLAY_BEFORE_LEAVING: { rule: 'R5', sizes: { ...THREE, LEAVES: 1 } },
  NO_SCRIPT_CHECK: { rule: 'R6', sizes: THREE },
  NO_MIN_REPLICAS: { rule: 'R6', sizes: THREE },
  NO_ADMISSION_REPLID: { rule: 'R7', sizes: THREE },
  NO_LETTING_GO: { rule: 'R7', sizes: THREE },
  NO_DURABLE_TICK: { rule: 'R7', sizes: THREE },
  NO_YOUNG_TICK: { rule: 'R7', sizes: THREE },
};

/** Good things that must be possible, by the number that the model knows them by. */
export const WITNESSES: readonly string[] = [
  'a running job is admitted before the failover',
  'a job that began before the failover is admitted after it',
  'an end is acknowledged after the failover',
  'a job whose acknowledged end was lost is held back as in doubt',
  'a job is admitted once an instance that was passed over has come back',
  'a replay brings back an acknowledged end that was lost',
];
