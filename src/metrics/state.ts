import { Gauge, type Registry } from 'prom-client';
import type { Serving, StoreGauges } from '../store/ports.ts';

/** Asked at each scrape. */
export interface StateSource {
  /** With what signing says already in it. Never rejects. */
  serving(): Promise<Serving>;
  /** True while a registry token can be signed. */
  signing(): boolean;
  gauges(): StoreGauges | null;
}

const BREAKER_STATES = ['closed', 'half_open', 'open'] as const;

const bit = (value: boolean): number => (value ? 1 : 0);

function registerServing(registry: Registry, source: StateSource): void {
  const serving = new Gauge({
    name: 'wharfpass_serving',
    help: '1 while credentials of the kind can be answered for, 0 while they get 503.',
    labelNames: ['credential'],
    registers: [registry],
    async collect() {
      const { jobTokens, storedTokens, anonymous } = await source.serving();
      serving.set({ credential: 'job_token' }, bit(jobTokens.served));
      serving.set({ credential: 'stored_token' }, bit(storedTokens.served));
      serving.set({ credential: 'anonymous' }, bit(anonymous.served));
    },
  });
  const signing = new Gauge({
    name: 'wharfpass_signing',
    help: '1 while a registry token can be signed.',
    registers: [registry],
    collect(): void {
      signing.set(bit(source.signing()));
    },
  });
}

type Figure = readonly [name: string, help: string, read: (gauges: StoreGauges) => number];

const FIGURES: readonly Figure[] = [
  [
    'wharfpass_replica_age_seconds',
    'Since the last exchange that found the replica of the directory current.',
    ({ replicaAgeSeconds }) => replicaAgeSeconds,
  ],
  [
    'wharfpass_replica_version',
    'Changes of the directory and of stored tokens that the replica has.',
    ({ replicaVersion }) => replicaVersion,
  ],
  [
    'wharfpass_quarantined_partitions',
    'Partitions of the store that answer 503 until their history is vetted.',
    ({ closedPartitions }) => closedPartitions,
  ],
  [
    'wharfpass_journal_pending_entries',
    'Ends of jobs and revocations in this instance’s journal that the store has not acknowledged.',
    ({ journalPending }) => journalPending,
  ],
];

/** Without a sample where the store has no such figures, as the embedded one has none. */
function registerFigures(registry: Registry, source: StateSource): void {
  for (const [name, help, read] of FIGURES) {
    const gauge = new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        const gauges = source.gauges();
        if (gauges === null) gauge.remove();
        else gauge.set(read(gauges));
      },
    });
  }
  const breaker = new Gauge({
    name: 'wharfpass_store_breaker',
    help: '1 for the state that the circuit breaker before the store is in.',
    labelNames: ['state'],
    registers: [registry],
    collect(): void {
      const gauges = source.gauges();
      if (gauges === null) return breaker.reset();
      for (const state of BREAKER_STATES) breaker.set({ state }, bit(gauges.breaker === state));
    },
  });
}

export function registerState(registry: Registry, source: StateSource): void {
  registerServing(registry, source);
  registerFigures(registry, source);
}
